"""One trivial Starlette route in the provider's own server stack: what any answer costs before it says anything."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.listening import listen
from idp.server import options
from idp.settings import load

_BODY = b'{"active":true}'


async def _bare(_request: Request) -> Response:
    return Response(_BODY, 200, media_type="application/json")


def run(port: int) -> None:
    settings = load({"PORT": str(port)})
    config = uvicorn.Config(Starlette(routes=[Route("/bare", _bare)]), **{**options(settings), "lifespan": "off"})
    uvicorn.Server(config).run(listen(settings.host, settings.port))


if __name__ == "__main__":
    run(int(sys.argv[1]))
