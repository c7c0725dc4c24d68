"""Routes of pages that carry a form: shown by GET, answered by POST at the same address."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def page_and_form(path: str, show: Endpoint, submit: Endpoint) -> Route:
    """One route and not two, so that any other method is answered by 405 with both in `Allow` (RFC 9110 §15.5.6)."""

    async def respond(request: Request) -> Response:
        return await (submit if request.method == "POST" else show)(request)

    return Route(path, respond, methods=["GET", "POST"])
