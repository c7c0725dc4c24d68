"""The introspection endpoint: RFC 7662. For APIs and services that authenticate; never for web pages."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows.authenticate_client import authenticate
from idp.flows.hall import Hall
from idp.flows.introspect import introspect
from idp.kernel.clock import Clock
from idp.oidc import answers
from idp.protocol import introspection
from idp.protocol.endpoints import INTROSPECT


def routes(hall: Hall, clock: Clock) -> list[Route]:
    async def post(request: Request) -> Response:
        now = clock()
        params = await answers.form(request)
        header = answers.authorization_header(request)
        caller = await authenticate(hall, header, params, endpoint=INTROSPECT, now=now)
        return answers.json(await introspect(hall, caller.client, introspection.parse(params), now))

    return [Route(INTROSPECT, answers.guarded(post, realm=hall.policies.issuer), methods=["POST"])]
