"""The revocation endpoint: RFC 7009."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.cache import CacheUnavailable
from idp.flows.authenticate_client import authenticate
from idp.flows.hall import Hall
from idp.flows.revoke import revoke
from idp.kernel.clock import Clock
from idp.kernel.errors import OAuthError
from idp.oidc import answers, cors
from idp.protocol import revocation
from idp.protocol.client import Client
from idp.protocol.endpoints import REVOKE
from idp.storage.errors import StorageUnavailable


def routes(hall: Hall, clock: Clock) -> list[Route]:
    async def post(request: Request) -> Response:
        client: Client | None = None
        try:
            now = clock()
            params = await answers.form(request)
            header = answers.authorization_header(request)
            client = (await authenticate(hall, header, params, endpoint=REVOKE, now=now)).client
            await revoke(hall, client, revocation.parse(params), now)
            # §2.2: the status is the answer.
            response = Response(status_code=200, headers={"cache-control": "no-store", "pragma": "no-cache"})
        except (OAuthError, StorageUnavailable, CacheUnavailable) as failure:
            response = answers.error(failure, request, realm=hall.policies.issuer)
        return cors.allow(response, request, client)

    return [
        Route(REVOKE, post, methods=["POST"]),
        Route(REVOKE, cors.preflight(hall, clock, "POST"), methods=["OPTIONS"]),
    ]
