"""Doors for whoever runs the provider: is the process alive, may it get requests, and what has it counted."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import Final, TypeAlias

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from idp.kernel.secret import Secret
from idp.ops.metrics import Metrics

Probe: TypeAlias = Callable[[], Awaitable[object]]
"""Returns when all is well, raises otherwise."""

_NO_STORE: Final = {"cache-control": "no-store"}
_log = logging.getLogger(__name__)


class Readiness:
    """Whether this node should get requests. A node that is going down says no first, and still answers."""

    def __init__(self, probes: Mapping[str, Probe], *, patience_s: float = 2.0) -> None:
        self._probes = dict(probes)
        self._patience_s = patience_s
        self._draining = False

    def drain(self) -> None:
        """At the beginning of a graceful shutdown: the balancer looks elsewhere while open requests finish."""
        self._draining = True

    async def checks(self) -> dict[str, str]:
        """`ok` or `failed` by name; why it failed stands in the log."""
        outcomes = await asyncio.gather(*(self._try(name, probe) for name, probe in self._probes.items()))
        return dict(zip(self._probes, outcomes, strict=True)) | ({"shutdown": "draining"} if self._draining else {})

    async def _try(self, name: str, probe: Probe) -> str:
        try:
            async with asyncio.timeout(self._patience_s):
                await probe()
        except Exception as failure:  # noqa: BLE001 whatever a probe raises means the same: not ready
            _log.warning("not ready: %s (%s)", name, type(failure).__name__)
            return "failed"
        return "ok"


def routes(readiness: Readiness, metrics: Metrics, metrics_token: Secret | None) -> list[Route]:
    """`/healthz`, `/readyz`, `/metrics`."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_NO_STORE)

    async def readyz(_request: Request) -> Response:
        checks = await readiness.checks()
        ready = set(checks.values()) <= {"ok"}
        content = {"status": "ready" if ready else "not_ready", "checks": checks}
        return JSONResponse(content, 200 if ready else 503, headers=_NO_STORE)

    async def exposition(request: Request) -> Response:
        if not _may_read(request, metrics_token):
            return PlainTextResponse("Not Found", 404, headers=_NO_STORE)
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST, headers=_NO_STORE)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", exposition)]


def _may_read(request: Request, token: Secret | None) -> bool:
    """With a token only by it; without one only this machine itself, and not a proxy on it that speaks for others."""
    if token is not None:
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and Secret(presented) == token
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via")):
        return False
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
