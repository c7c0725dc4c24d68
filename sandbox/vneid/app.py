"""The simulator's doors: discovery, keys, the page of choice, the token endpoint, and a switch for faults."""

import asyncio
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.vneid import page
from sandbox.vneid.faults import Fault
from sandbox.vneid.provider import Choice, Registered, Simulator

_FOREVER = 60


def app_of(registered: Registered) -> Starlette:
    simulator = Simulator(registered)
    doors = _Doors(simulator)
    app = Starlette(
        routes=[
            Route("/", doors.home),
            Route("/healthz", doors.health),
            Route("/.well-known/openid-configuration", doors.discovery),
            Route("/jwks", doors.jwks),
            Route("/authorize", doors.show, methods=["GET"]),
            Route("/authorize", doors.choose, methods=["POST"]),
            Route("/token", doors.token, methods=["POST"]),
            Route("/faults", doors.set_fault, methods=["POST"]),
        ]
    )
    app.state.simulator = simulator
    return app


class _Doors:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def home(self, _request: Request) -> Response:
        return HTMLResponse(page.home(self._simulator.fault))

    async def health(self, _request: Request) -> Response:
        return PlainTextResponse("ok")

    async def discovery(self, _request: Request) -> Response:
        return await _misbehave(self._simulator.fault) or JSONResponse(self._simulator.discovery())

    async def jwks(self, _request: Request) -> Response:
        return await _misbehave(self._simulator.fault) or JSONResponse(self._simulator.jwks())

    async def show(self, request: Request) -> Response:
        objection = self._simulator.objection(request.query_params)
        if objection is not None:
            return HTMLResponse(page.refused(objection), 400)
        people = self._simulator.people.values()
        return HTMLResponse(page.choose(request.url.query, people, Fault.NONE))

    async def choose(self, request: Request) -> Response:
        form = await _form(request)
        asked = dict(parse_qsl(form.get("request", "")))
        objection = self._simulator.objection(asked)
        citizen = self._simulator.people.get(form.get("person", ""))
        if objection is not None or citizen is None:
            return HTMLResponse(page.refused(objection or "person"), 400)
        level, fault = form.get("level", "2"), Fault(form.get("fault", "none"))
        organisation = level == "organisation"
        choice = Choice(citizen, 2 if organisation else int(level), organisation, fault)
        answer = self._simulator.answer(asked, None if form.get("decision") == "refuse" else choice)
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    async def token(self, request: Request) -> Response:
        form = await _form(request)
        issued = self._simulator.codes.get(form.get("code", ""))
        chosen = issued.choice.fault if issued is not None else Fault.NONE
        failed = await _misbehave(self._simulator.fault) or await _misbehave(chosen)
        if failed is not None:
            return failed
        status, answer = self._simulator.redeem(form)
        return JSONResponse(answer, status, headers={"cache-control": "no-store"})

    async def set_fault(self, request: Request) -> Response:
        self._simulator.fault = Fault((await _form(request)).get("fault", "none"))
        return RedirectResponse("/", 303)


async def _misbehave(fault: Fault) -> Response | None:
    if fault is Fault.TIMEOUT:
        await asyncio.sleep(_FOREVER)
    return PlainTextResponse("error", 500) if fault in (Fault.TIMEOUT, Fault.ERROR_500) else None


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))
