"""The composition root: the lists of doors, the frame around them, and what begins and ends with the process."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from logging import getLogger
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.admin import case, chip, home, open_case, pad, status
from idp.composition import hall_of
from idp.flows.hall import Hall
from idp.flows.jobs.node import ready_keys, standing_work
from idp.interaction import (
    by_code,
    code_card,
    consent,
    dispatch,
    login,
    message_code,
    passkey,
    recovery_code,
    step_up,
    verify,
    vneid,
)
from idp.kernel.clock import Clock, system_clock
from idp.oidc import (
    authorize,
    discovery,
    introspect,
    jwks,
    logout,
    par,
    register,
    revoke,
    security_events,
    token,
    userinfo,
)
from idp.ops import health, logging
from idp.ops.access import AccessRecord
from idp.ops.health import Probe, Readiness
from idp.ops.metrics import Metrics
from idp.portal import (
    add_app,
    add_message_code,
    add_passkey,
    change_password,
    credentials,
    history,
    make_codes,
    not_me,
    own_recovery,
    profile,
    prove_more,
    receipt,
    recover,
    recover_finish,
    recover_prove,
    services,
    sessions,
    verify_at_counter,
    verify_chip,
    verify_register,
    ways,
)
from idp.portal import verify as own_verification
from idp.settings import Settings
from idp.storage.errors import StorageUnavailable
from idp.web import errors, guides
from idp.web.cookies import CookiePolicy
from idp.web.deps import Door
from idp.web.errors import LastResort
from idp.web.fixed_paths import FixedPaths
from idp.web.headers import BaselineHeaders
from idp.web.hub import Hub
from idp.web.static import Assets
from idp.web.templating import Pages

_START_AGAIN_S = 0.5
_log = getLogger(__name__)


def hub_of(settings: Settings) -> Hub:
    """What the pages call this hub."""
    return Hub(
        origin=settings.issuer,
        name=settings.hub_name,
        name_en=settings.hub_name_en,
        authority=settings.authority,
        authority_en=settings.authority_en,
        hotline=settings.hotline,
    )


def create_app(hall: Hall, settings: Settings, clock: Clock, metrics: Metrics, readiness: Readiness) -> ASGIApp:
    """All doors, without what runs beside them: tests drive this directly."""
    pages = Pages(hub_of(settings), Assets(), CookiePolicy(secure=settings.is_https), clock)
    machines = _machine_routes(hall, clock)
    app = Starlette(routes=[*machines, *_routes(Door(hall, pages, clock), settings, metrics, readiness)])
    app.router.redirect_slashes = False
    errors.install(app, pages, realm=settings.issuer)
    hot = FixedPaths(app, machines, lambda request, error: errors.render(request, error, pages, realm=settings.issuer))
    # A browser keeps this for two years and for every port of the host: not for the loopback of a sandbox.
    return BaselineHeaders(LastResort(hot), tls=settings.is_https and not settings.is_sandbox)


def _machine_routes(hall: Hall, clock: Clock) -> list[Route]:
    """Called by programs, at fixed addresses."""
    rooms = (token, userinfo, introspect, jwks, discovery, revoke, par, register, security_events)
    return [_named(route) for room in rooms for route in room.routes(hall, clock)]


def _routes(door: Door, settings: Settings, metrics: Metrics, readiness: Readiness) -> list[Route]:
    """Pages for people, and what operators ask."""
    found: list[Route] = []
    codes = (step_up, message_code, code_card, recovery_code)
    ways_in = (authorize, dispatch, login, by_code, *codes, passkey, vneid, verify, consent, logout)
    authenticators = (credentials, add_app, add_passkey, add_message_code, make_codes, change_password, ways)
    verified = (own_verification, verify_chip, verify_register)
    own = (profile, *authenticators, *verified, sessions, services, receipt, history, prove_more)
    back_in = (recover, recover_prove, recover_finish, not_me)
    counter = (home, open_case, case, chip, status, pad, verify_at_counter)
    for person in (*ways_in, *back_in, *own, own_recovery, *counter):
        found += person.routes(door)
    found += [*guides.routes(door.pages), *health.routes(readiness, metrics, settings.metrics_token)]
    found.append(Route("/", _home, methods=["GET"]))
    return [_named(route) for route in found]


def _named(route: Route) -> Route:
    """Log and metrics speak of a request by its route's pattern, which Starlette does not leave in the scope."""
    inner = route.app

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = route
        await inner(scope, receive, send)

    route.app = app
    return route


async def _home(_request: Request) -> Response:
    """Whoever types the hub's address means their own account."""
    return RedirectResponse("/account", 303)


def probes_of(hall: Hall, clock: Clock) -> Mapping[str, Probe]:
    """What a node needs before it may get requests."""

    async def keys() -> None:
        for alg in ("ES256", "RS256"):
            hall.keys.ring.signer(alg, clock())

    return {"database": hall.db.ping, "cache": hall.cache.ping, "keys": keys}


class Provider:
    """The ASGI application of one process: opens the hall at its start, and closes it after the last request."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock = system_clock,
        write: Callable[[bytes], object] | None = None,
        *,
        counted_in: Path | None = None,
        waits: bool = False,
    ) -> None:
        """Several processes count together in `counted_in`; one that `waits` begins when the database is there."""
        self._settings = settings
        self._clock = clock
        self._write = write or logging.standard_output().write
        self._counted_in = counted_in
        self._waits = waits
        self._app: ASGIApp | None = None
        self._readiness: Readiness | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)

    def drain(self) -> None:
        """From now on /readyz says no, and nothing is waited for."""
        self._waits = False
        if self._readiness is not None:
            self._readiness.drain()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(await self._started())
            except Exception as failure:  # noqa: BLE001 - told in one sentence; a trace could hold the database's address
                await send({"type": "lifespan.startup.failed", "message": f"not started: {type(failure).__name__}"})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _started(self) -> AsyncExitStack:
        while True:
            async with AsyncExitStack() as stack:
                try:
                    await self._start(stack)
                    return stack.pop_all()
                except StorageUnavailable as failure:
                    if not self._waits:
                        raise
                    _log.warning("start waits: %s", type(failure).__name__)
            await asyncio.sleep(_START_AGAIN_S)

    async def _start(self, stack: AsyncExitStack) -> None:
        hall = await stack.enter_async_context(hall_of(self._settings, self._clock))
        await ready_keys(hall, self._clock)
        metrics = Metrics(self._counted_in)
        await stack.enter_async_context(standing_work(hall, self._clock, metrics.outbox_depth))
        self._readiness = Readiness(probes_of(hall, self._clock))
        app = create_app(hall, self._settings, self._clock, metrics, self._readiness)
        self._app = AccessRecord(app, metrics, self._write)
