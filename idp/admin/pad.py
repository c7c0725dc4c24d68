"""The citizen's pad: a short code from the officer's screen, then a PIN that nobody else sees. Nobody signs in here."""

from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.crypto.root_keys import Purpose
from idp.flows import counter_case, counter_pad
from idp.flows.code_cards import NoCard, WeakPin
from idp.flows.counter_pad import NoPad, Pad
from idp.flows.interactions import binding
from idp.kernel.secret import Secret
from idp.web import csrf, forms
from idp.web.deps import Door, browser_of
from idp.web.forms import Form
from idp.web.pages.admin import PadCode, PadDone, PadPin
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.responses import see_other
from idp.web.routes import page_and_form
from idp.web.steps import FIELD, Transition, seal, verify

PATH: Final = "/pad"
_LONGEST_PIN: Final = 32


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        if not any(counter_case.is_on(door.hall, route) for route in counter_case.ROUTES):
            raise HTTPException(404)
        return _code(door, request)

    async def submit(request: Request) -> Response:
        form, visitor = await forms.body(request), door.visitor(request)
        if visitor.browser is None or not _is_current(door, request, visitor.browser, "code", form):
            return _code(door, request, "stale")
        entered: Pad | int
        try:
            typed = form.get("code") or ""
            entered = await counter_pad.enter(door.hall, typed, visitor.browser, visitor.address, door.now())
        except NoPad:
            return _code(door, request, "code")
        if isinstance(entered, int):
            return _code(door, request, wait_minutes=-(-entered // 60))
        return see_other(f"{PATH}/{quote(entered.handle, safe='')}")

    async def show_pin(request: Request) -> Response:
        pad = await _pad(door, request)
        return _lost(door, request) if pad is None else _pin(door, request, pad)

    async def submit_pin(request: Request) -> Response:
        form, pad = await forms.body(request), await _pad(door, request)
        if pad is None:
            return _lost(door, request)
        browser = browser_of(door.visitor(request))
        if not _is_current(door, request, browser, pad.handle, form):
            return _pin(door, request, pad, "stale")
        pin = (form.get("pin") or "")[:_LONGEST_PIN]
        if pin != (form.get("pin_again") or "")[:_LONGEST_PIN]:
            return _pin(door, request, pad, "differs")
        try:
            await counter_pad.choose(door.hall, pad, Secret(pin), door.now())
        except WeakPin as weak:
            return _pin(door, request, pad, weak.why.value)
        except (NoPad, NoCard):
            return _lost(door, request)
        return door.pages.render(PadDone(), door.pages.context(request))

    return [
        page_and_form(PATH, show, submit),
        page_and_form(PATH + "/{handle}", show_pin, submit_pin),
    ]


async def _pad(door: Door, request: Request) -> Pad | None:
    try:
        return await counter_pad.look(door.hall, request.path_params["handle"], door.visitor(request).browser)
    except NoPad:
        return None


def _code(door: Door, request: Request, error: str | None = None, wait_minutes: int = 0) -> Response:
    visitor = door.visitor(request)
    browser = browser_of(visitor)
    page = PadCode(PATH, _token(door, browser, "code"), error, wait_minutes)
    response = door.pages.render(page, door.pages.context(request), status=429 if wait_minutes else 200)
    door.remember_browser(response, visitor, browser)
    return response


def _pin(door: Door, request: Request, pad: Pad, error: str | None = None) -> Response:
    token = _token(door, browser_of(door.visitor(request)), pad.handle)
    page = PadPin(f"{PATH}/{quote(pad.handle, safe='')}", token, pad.name, error)
    return door.pages.render(page, door.pages.context(request))


def _lost(door: Door, request: Request) -> Response:
    return door.pages.render(ProblemPage(Problem.PAD_LOST, retry_uri=PATH), door.pages.context(request))


def _token(door: Door, browser: Secret, step: str) -> str:
    return seal(door.hall.roots.derive(Purpose.TRANSITION_TOKENS), _bound(browser, step))


def _is_current(door: Door, request: Request, browser: Secret, step: str, form: Form) -> bool:
    key = door.hall.roots.derive(Purpose.TRANSITION_TOKENS)
    genuine = verify(key, _bound(browser, step), form.get(FIELD))
    return genuine and csrf.is_same_origin(request.headers, door.hall.policies.issuer)


def _bound(browser: Secret, step: str) -> Transition:
    return Transition(binding(browser), "pad", step, "")
