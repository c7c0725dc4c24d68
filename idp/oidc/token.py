"""The token endpoint: RFC 6749 §3.2."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.cache import CacheUnavailable
from idp.crypto.root_keys import Purpose
from idp.flows import token
from idp.flows.authenticate_client import authenticate
from idp.flows.hall import Hall
from idp.kernel.clock import Clock
from idp.kernel.errors import OAuthError
from idp.oidc import answers, cors
from idp.protocol.client import Client
from idp.protocol.endpoints import TOKEN
from idp.storage.errors import StorageUnavailable


def routes(hall: Hall, clock: Clock) -> list[Route]:
    issuer = hall.policies.issuer
    successor_key = hall.roots.derive(Purpose.REFRESH_SUCCESSOR)

    async def post(request: Request) -> Response:
        client: Client | None = None
        try:
            now = clock()
            params = await answers.form(request)
            header = answers.authorization_header(request)
            client = (await authenticate(hall, header, params, endpoint=TOKEN, now=now)).client
            response = answers.json(await token.grant(hall, client, params, successor_key, now))
        except (OAuthError, StorageUnavailable, CacheUnavailable) as failure:
            response = answers.error(failure, request, realm=issuer)
        return cors.allow(response, request, client)

    return [
        Route(TOKEN, post, methods=["POST"]),
        Route(TOKEN, cors.preflight(hall, clock, "POST"), methods=["OPTIONS"]),
    ]
