"""The SMS gateway, the page that lists all messages, and the same list for programs."""

import asyncio
import hmac
import tomllib
from pathlib import Path
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.inbox.box import Box, Channel, Fault, Message, clock

_HERE = Path(__file__).parent
_LANGUAGES = ("vi", "en")
_SLOW_SECONDS = 30
_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def application(box: Box, token: str) -> Starlette:
    """`token` is the bearer token of the gateway; the page is open to whoever sits at this machine."""
    pages = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined)
    words = {lang: tomllib.loads((_HERE / "words" / f"{lang}.toml").read_text("utf-8")) for lang in _LANGUAGES}

    async def page(request: Request) -> Response:
        lang = request.query_params.get("lang", "vi")
        lang = lang if lang in _LANGUAGES else "vi"
        text = pages.get_template("inbox.html").render(
            lang=lang,
            other=next(one for one in _LANGUAGES if one != lang),
            t=words[lang],
            messages=box.list(request.query_params.get("to") or None),
            now=clock(),
            channels=list(Channel),
            faults={Channel.EMAIL: _MAIL_FAULTS, Channel.SMS: tuple(Fault)},
            chosen=box.faults,
        )
        return HTMLResponse(text, headers=_HEADERS)

    async def list_messages(request: Request) -> Response:
        wanted = box.list(request.query_params.get("to"), request.query_params.get("channel"))
        return JSONResponse({"messages": [one.told(clock()) for one in wanted]}, headers=_HEADERS)

    async def clear(request: Request) -> Response:
        box.clear()
        return _done(request)

    async def switch(request: Request) -> Response:
        form = await _form(request)
        try:
            box.faults[Channel(form.get("channel", ""))] = Fault(form.get("fault", ""))
        except ValueError:
            return PlainTextResponse("no such channel or fault", 400)
        return _done(request)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/messages", list_messages),
            Route("/messages", clear, methods=["DELETE"]),
            Route("/clear", clear, methods=["POST"]),
            Route("/faults", switch, methods=["POST"]),
            Route("/healthz", _healthz),
            *_gateway(box, token),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ]
    )


_MAIL_FAULTS = tuple(fault for fault in Fault if fault is not Fault.UNDELIVERABLE)


def _gateway(box: Box, token: str) -> list[Route]:
    def is_ours(request: Request) -> bool:
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode())

    async def take(request: Request) -> Response:
        if not is_ours(request):
            return JSONResponse({"error": "unauthorized"}, 401)
        match box.faults[Channel.SMS]:
            case Fault.REFUSE:
                return JSONResponse({"error": "number_refused"}, 422)
            case Fault.ERROR:
                return JSONResponse({"error": "broken"}, 500)
            case Fault.SLOW:
                await asyncio.sleep(_SLOW_SECONDS)
        form = await _form(request)
        told = {name: form.get(name, "") for name in ("id", "to", "text")}
        if not all(told.values()):
            return JSONResponse({"error": "incomplete"}, 400)
        lost = box.faults[Channel.SMS] is Fault.UNDELIVERABLE
        box.put(Message(**told, channel=Channel.SMS, at=clock(), undeliverable=lost))
        return JSONResponse({"id": told["id"], "state": "accepted"}, 202)

    async def report(request: Request) -> Response:
        if not is_ours(request):
            return JSONResponse({"error": "unauthorized"}, 401)
        found = box.find(Channel.SMS, request.path_params["id"])
        if found is None:
            return JSONResponse({"error": "unknown"}, 404)
        return JSONResponse({"id": found.id, "state": found.state(clock())})

    return [Route("/sms", take, methods=["POST"]), Route("/sms/{id}", report)]


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _done(request: Request) -> Response:
    """Back to the page for people; programs see that it was done."""
    if "text/html" not in request.headers.get("accept", ""):
        return Response(status_code=204)
    lang = request.query_params.get("lang")
    return RedirectResponse("/?lang=en" if lang == "en" else "/", 303)
