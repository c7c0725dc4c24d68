"""The simulator's doors: one for machines, behind mutual TLS; one for people and tests, who choose what goes wrong."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from sandbox.population_register import page
from sandbox.population_register.faults import OF_A_RECORD, Fault
from sandbox.population_register.people import Record
from sandbox.population_register.register import Refused, Register

_FOREVER = 60
_LONGEST_QUESTION = 16 * 1024
_DRIPS_EVERY = 0.2
_COME_BACK_IN = 7


def machine_door(register: Register) -> Starlette:
    """What the hub calls."""

    async def jwks(_request: Request) -> Response:
        return await _misbehave(register.fault) or JSONResponse(register.jwks())

    async def questions(request: Request) -> Response:
        body = await request.body()
        if len(body) > _LONGEST_QUESTION:
            return PlainTextResponse("too large", 413)
        failed = await _misbehave(register.fault)
        if failed is not None:
            return failed
        try:
            text = register.answer(body)
        except Refused as refused:
            return PlainTextResponse(refused.reason, refused.status)
        if register.fault is Fault.SLOW_DRIP:
            return StreamingResponse(_drip(text), media_type="application/jose")
        return Response(text, media_type="application/jose", headers={"cache-control": "no-store"})

    return Starlette(routes=[Route("/jwks", jwks), Route("/questions", questions, methods=["POST"])])


def people_door(register: Register, show_certificate: Callable[[bool], None]) -> Starlette:
    """What a browser opens. `show_certificate` is told whether the expired one is to be shown."""

    async def home(request: Request) -> Response:
        asked = request.query_params.get("q", "")[:100].strip()
        found = itertools.islice((one for one in register.people.values() if _is_meant(one, asked)), page.SHOWN)
        shown = page.home(register.fault, register.faults, found, len(register.people), asked, register.url)
        return HTMLResponse(shown)

    async def health(_request: Request) -> Response:
        return PlainTextResponse("ok")

    async def set_fault(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        try:
            fault = Fault(form.get("fault", "none"))
        except ValueError:
            return PlainTextResponse("no such fault", 400)
        number = form.get("number")
        if number is None:
            register.fault = fault
            show_certificate(fault is Fault.EXPIRED_CERTIFICATE)
        elif fault in OF_A_RECORD and number in register.people:
            register.faults[number] = fault
            if fault is Fault.NONE:
                del register.faults[number]
        else:
            return PlainTextResponse("no such record, or no fault of a record", 400)
        return RedirectResponse("/", 303)

    async def heard(_request: Request) -> Response:
        return JSONResponse(register.heard)

    return Starlette(
        routes=[
            Route("/", home),
            Route("/healthz", health),
            Route("/faults", set_fault, methods=["POST"]),
            Route("/heard", heard),
        ]
    )


def _is_meant(one: Record, asked: str) -> bool:
    return not asked or one.number.startswith(asked) or asked.casefold() in one.name.casefold()


async def _misbehave(fault: Fault) -> Response | None:
    match fault:
        case Fault.TIMEOUT:
            await asyncio.sleep(_FOREVER)
            return PlainTextResponse("too late", 504)
        case Fault.ERROR_500:
            return PlainTextResponse("error", 500)
        case Fault.OK_WITH_ERROR:
            return JSONResponse({"error": "SYSTEM_BUSY", "code": 500})
        case Fault.GARBAGE:
            return Response(b"\x00\xff\xfe<html>" * 9, media_type="application/jose")
        case Fault.TOO_MANY:
            return PlainTextResponse("too many", 429, headers={"retry-after": str(_COME_BACK_IN)})
        case _:
            return None


async def _drip(text: str) -> AsyncIterator[str]:
    for letter in text:
        yield letter
        await asyncio.sleep(_DRIPS_EVERY)
