"""The userinfo endpoint by GET and POST: OpenID Connect Core §5.3, RFC 6750."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.cache import CacheUnavailable
from idp.flows import userinfo
from idp.flows.hall import Hall
from idp.flows.verified_tokens import AccessToken
from idp.kernel.clock import Clock
from idp.kernel.errors import InvalidRequest, InvalidToken, OAuthError
from idp.kernel.secret import Secret
from idp.oidc import answers, cors
from idp.protocol import access_token
from idp.protocol.client import Client
from idp.protocol.endpoints import USERINFO
from idp.storage.errors import StorageUnavailable
from idp.web import forms
from idp.web.errors import bearer_required
from idp.web.forms import FormError


def routes(hall: Hall, clock: Clock) -> list[Route]:
    issuer = hall.policies.issuer

    async def show(request: Request) -> Response:
        client: Client | None = None
        try:
            now = clock()
            presented = await _presented(request)
            if presented is None:
                return bearer_required(issuer)
            token = await hall.verified.read(hall.keys, presented, now)
            if token is None:
                raise InvalidToken("the access token is malformed or not ours")
            client = await _client_of(hall, token, now)
            response = _answer(await userinfo.userinfo(hall, client, token, now))
        except (OAuthError, FormError, StorageUnavailable, CacheUnavailable) as failure:
            response = answers.error(failure, request, realm=issuer, challenge="Bearer")
        return cors.allow(response, request, client)

    return [
        Route(USERINFO, show, methods=["GET"]),
        Route(USERINFO, show, methods=["POST"]),
        Route(USERINFO, cors.preflight(hall, clock, "GET, POST"), methods=["OPTIONS"]),
    ]


async def _client_of(hall: Hall, token: AccessToken, now: datetime) -> Client:
    """Whose token it is, even an expired one: the client's page must be able to read that it has expired."""
    registered = await hall.clients.get(token.client_id, now)
    if registered is None:
        raise InvalidToken("the access token is not valid any more", hint="its client is gone")
    return registered.client


async def _presented(request: Request) -> Secret | None:
    """RFC 6750 §2.1, §2.2. A token in the query lies in histories and logs, so it is refused even where it is valid."""
    if "access_token" in forms.query(request):
        raise InvalidRequest("the access token must not be sent in the query")
    params = None
    if request.method == "POST" and "content-type" in request.headers:
        params = await answers.form(request)
    return access_token.bearer(answers.authorization_header(request), params)


def _answer(answer: userinfo.Userinfo) -> Response:
    if answer.jwt is None:
        return answers.json(answer.claims)
    return Response(answer.jwt, 200, {"cache-control": "no-store", "pragma": "no-cache"}, "application/jwt")
