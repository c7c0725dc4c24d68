"""The pushed authorization request endpoint: RFC 9126 §2."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import par
from idp.flows.authenticate_client import authenticate
from idp.flows.hall import Hall
from idp.kernel.clock import Clock
from idp.oidc import answers
from idp.protocol.endpoints import PAR


def routes(hall: Hall, clock: Clock) -> list[Route]:
    async def post(request: Request) -> Response:
        now = clock()
        params = await answers.form(request)
        header = answers.authorization_header(request)
        registered = await authenticate(hall, header, params, endpoint=PAR, now=now)
        return answers.json(await par.push(hall, registered, params), 201)

    return [Route(PAR, answers.guarded(post, realm=hall.policies.issuer), methods=["POST"])]
