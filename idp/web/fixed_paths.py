"""A short way for addresses without parameters: one look into a table instead of the framework's chain of wrappers."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
Render: TypeAlias = Callable[[Request, Exception], Response]


class FixedPaths:
    """Pure ASGI. Programs call these doors at every click of a citizen; whatever is not in the table goes on to `app`.

    The same routes stand in `app` too, which knows what to say to another method (405 and `Allow`).
    """

    def __init__(self, app: ASGIApp, routes: Iterable[Route], render: Render) -> None:
        self._app = app
        self._render = render
        self._table: dict[tuple[str, str], tuple[Route, Endpoint]] = {
            (method, route.path): (route, route.endpoint) for route in routes for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._table.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["route"], endpoint = found
        request = Request(scope, receive, send)
        try:
            response = await endpoint(request)
        except Exception as error:  # noqa: BLE001 - rendered as everywhere; what can't be is the last resort's
            response = self._render(request, error)
        await response(scope, receive, send)
