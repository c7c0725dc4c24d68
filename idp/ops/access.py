"""One record per request, in the log and in the metrics: method, route's template, status, time. Pure ASGI, and cheap.

No path as it came (it may hold identifiers), no query, no address, no user agent: who called isn't the operator's
business here; what people need to know about their own sign-ins stands in their history.
"""

from asyncio import CancelledError
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.ops import request_id
from idp.ops.metrics import Metrics

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNMATCHED: Final = "unmatched"
_GONE: Final = 499  # the caller hung up before there was an answer


class AccessRecord:
    """Outermost: whatever answers, it is counted once, and the answer carries X-Request-Id."""

    def __init__(self, app: ASGIApp, metrics: Metrics, write: Callable[[bytes], object]) -> None:
        self._app = app
        self._metrics = metrics
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = request_id.new_request_id()
        header = (b"x-request-id", name.encode())
        status = 500
        begun = perf_counter()

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        token = request_id.current.set(name)
        try:
            await self._app(scope, receive, named)
        except CancelledError:
            status = _GONE
            raise
        finally:
            request_id.current.reset(token)
            self._record(scope, name, status, perf_counter() - begun)

    def _record(self, scope: Scope, name: str, status: int, seconds: float) -> None:
        route: str = getattr(scope.get("route"), "path", None) or _UNMATCHED
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._metrics.request(route, method, status, seconds)
        # Every value here is ours, so the line needs no redaction; that is what makes it cheap.
        line = {
            "event": "request",
            "level": "info",
            "time": datetime.now(UTC),
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "request_id": name,
        }
        self._write(orjson.dumps(line, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE))
