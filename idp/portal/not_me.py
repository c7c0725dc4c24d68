"""This wasn't me: the page behind the link of an e-mail or of the history, and the form for a message's number."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import not_me, not_me_link
from idp.flows.interactions import binding
from idp.flows.not_me import NotFound, Wait
from idp.flows.not_me_link import PATH, Claim
from idp.portal import recover_frame
from idp.portal.recover_frame import bound_token, browser_binding, is_bound, too_many
from idp.web import forms
from idp.web.deps import Door, browser_of
from idp.web.forms import Form
from idp.web.pages.not_me import NotMe, NotMeByNumber, NotMeDone
from idp.web.responses import see_other
from idp.web.routes import page_and_form

_BY_NUMBER = "not_me_by_number"
_ACT = "not_me"
_LONGEST = 254


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        claim = _claim(door, request)
        if claim is None:
            return _number(door, request, lapsed=True)
        shown = await not_me.look(door.hall, claim)
        if shown.case_id is not None or shown.dealt_with:
            return _done(door, request, shown.case_id)
        return _question(door, request, claim)

    async def act(request: Request) -> Response:
        form = await forms.body(request)
        claim, visitor = _claim(door, request), door.visitor(request)
        if claim is None:
            return _number(door, request, lapsed=True)
        if not is_bound(door, request, browser_binding(visitor), _subject(request), _ACT, form):
            return _question(door, request, claim)
        shown = await not_me.act(door.hall, claim, door.now())
        response = _done(door, request, shown.case_id)
        door.clear_session(response)
        return response

    async def ask(request: Request) -> Response:
        return _number(door, request)

    async def by_number(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        username, reference = _typed(form, "username"), _typed(form, "reference")
        if not is_bound(door, request, browser_binding(visitor), "", _BY_NUMBER, form):
            return _number(door, request, username, reference, "stale")
        if not username or not reference:
            return _number(door, request, username, reference, "missing")
        match await not_me.by_reference(door.hall, username, reference, visitor, door.now()):
            case Wait(seconds):
                return too_many(door, request, seconds, PATH)
            case NotFound():
                return _number(door, request, username, reference, "not_found")
            case Claim() as claim:
                return see_other(not_me_link.link(door.hall, claim, door.now()))

    return [page_and_form(PATH, ask, by_number), page_and_form(PATH + "/{token}", show, act)]


def _claim(door: Door, request: Request) -> Claim | None:
    return not_me_link.read(door.hall, _subject(request), door.now())


def _subject(request: Request) -> str:
    return str(request.path_params["token"])


def _typed(form: Form, name: str) -> str:
    return (form.get(name) or "").strip()[:_LONGEST]


def _question(door: Door, request: Request, claim: Claim) -> Response:
    """What would happen; nothing does yet."""
    visitor = door.visitor(request)
    browser = browser_of(visitor)
    token = _subject(request)
    sealed = bound_token(door, binding(browser), token, _ACT)
    page = NotMe(f"{PATH}/{quote(token, safe='')}", sealed, claim.about, claim.at)
    response = door.pages.render(page, door.pages.context(request))
    door.remember_browser(response, visitor, browser)
    return response


def _number(
    door: Door,
    request: Request,
    username: str = "",
    reference: str = "",
    error: str | None = None,
    *,
    lapsed: bool = False,
) -> Response:
    visitor = door.visitor(request)
    browser = browser_of(visitor)
    sealed = bound_token(door, binding(browser), "", _BY_NUMBER)
    page = NotMeByNumber(PATH, sealed, username, reference, error, lapsed)
    response = door.pages.render(page, door.pages.context(request))
    door.remember_browser(response, visitor, browser)
    return response


def _done(door: Door, request: Request, case_id: str | None) -> Response:
    return door.pages.render(NotMeDone(case_id, recover_frame.PATH), door.pages.context(request))
