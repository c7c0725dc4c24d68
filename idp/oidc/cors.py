"""Which web pages may read an answer: any for public documents, the client's own origins elsewhere, otherwise none.

Discovery and JWKS are for any origin; token, userinfo and revocation only for the registered origins of the very client
that the request is about; nothing else for any. Cookies are never admitted.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.flows.hall import Hall
from idp.kernel.clock import Clock
from idp.oidc import answers
from idp.oidc.answers import Endpoint
from idp.protocol import redirect_uri
from idp.protocol.client import Client
from idp.storage.errors import StorageUnavailable
from idp.web import request_headers

ANY_ORIGIN: Final = {"access-control-allow-origin": "*"}
_MAX_AGE: Final = "600"


def allow(response: Response, request: Request, client: Client | None) -> Response:
    """Let the page read this answer, if it is one of the client's own."""
    origin = request_headers.first(request, b"origin")
    if origin is not None:
        response.headers["vary"] = "Origin"
        if client is not None and origin in redirect_uri.origins(client):
            response.headers["access-control-allow-origin"] = origin
            response.headers["access-control-expose-headers"] = "WWW-Authenticate"
    return response


def preflight(hall: Hall, clock: Clock, methods: str) -> Endpoint:
    """Fetch §4.8: asked before the request, without a client. Any registered origin may go on to ask."""

    async def answer(request: Request) -> Response:
        headers = {"allow": f"{methods}, OPTIONS", "vary": "Origin", "cache-control": "no-store"}
        origin = request.headers.get("origin")
        try:
            known = origin is not None and await hall.origins.knows(origin, hall.db, clock())
        except StorageUnavailable as failure:
            return answers.error(failure, request, realm=hall.policies.issuer)
        if known and origin is not None:
            headers |= {
                "access-control-allow-origin": origin,
                "access-control-allow-methods": methods,
                "access-control-allow-headers": "Authorization, Content-Type",
                "access-control-max-age": _MAX_AGE,
            }
        return Response(status_code=204, headers=headers)

    return answer


async def public_preflight(_: Request) -> Response:
    """For documents that are the same for everybody."""
    headers = {
        **ANY_ORIGIN,
        "allow": "GET, HEAD, OPTIONS",
        "access-control-allow-methods": "GET, HEAD",
        "access-control-allow-headers": "*",
        "access-control-max-age": _MAX_AGE,
    }
    return Response(status_code=204, headers=headers)
