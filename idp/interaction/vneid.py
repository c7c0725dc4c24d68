"""The doors to VNeID and back: where the browser is sent off, where it returns, and the two pages in between."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn.login_policy import LoginPolicy
from idp.authn.sign_in_route import is_upstream
from idp.decision.step import Login, StepUp, Verify
from idp.flows import interactions, login, proceed, vneid, vneid_exchange
from idp.flows.interactions import Interaction
from idp.flows.proceed import Page
from idp.flows.vneid import Agree, Answer, Case, Failed, Outcome, Sent, SignedIn, Why
from idp.identity import national_id
from idp.interaction import frame
from idp.interaction.login import SHARED, dispatched, told_where, too_many
from idp.kernel.secret import Secret
from idp.web import forms
from idp.web.deps import Door, name_of
from idp.web.pages import sign_in
from idp.web.pages.problem import RefusalPage
from idp.web.pages.sign_in import SignInError
from idp.web.responses import see_other
from idp.web.routes import page_and_form

CALLBACK = "/vneid/callback"
START, RAISE, LINK = "vneid", "raise", "link"
_LONGEST = 2000


def routes(door: Door) -> list[Route]:
    """Without a connection to VNeID there are none."""
    if door.hall.vneid is None:
        return []

    async def start(request: Request) -> Response:
        visitor = door.visitor(request)
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], visitor, door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if not _offers(seen):
            return frame.onward(seen.interaction)
        seen = await told_where(door, seen, request.query_params.get(SHARED))
        lang = frame.context(door, request, seen).lang
        match await vneid.start(door.hall, seen, visitor, lang, door.now()):
            case Sent(location):
                return see_other(location)
            case Failed(interaction, why):
                return await _explained(door, request, interaction, why)

    async def callback(request: Request) -> Response:
        visitor = door.visitor(request)
        return await answered(door, request, await vneid.end(door.hall, _answer(request), visitor, door.now()))

    async def show_raise(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        return _raise(door, request, seen) if _raises(seen) else frame.onward(seen.interaction)

    async def show_link(request: Request) -> Response:
        return await _link(door, request, ())

    async def submit_link(request: Request) -> Response:
        form = await forms.body(request)
        interaction = await interactions.load(door.hall, request.path_params["interaction_id"], door.visitor(request))
        if not frame.is_current(door, interaction, LINK, form):
            return await _link(door, request, (SignInError.STALE,))
        password = form.get("password")
        if not password:
            return await _link(door, request, (SignInError.PASSWORD_MISSING,))
        outcome = await vneid.agree(door.hall, interaction, Secret(password), door.visitor(request), door.now())
        match outcome:
            case login.NotProven():
                return await _link(door, request, (SignInError.CREDENTIALS,))
            case login.Wait(seconds):
                return await _wait(door, request, seconds)
            case login.Overtaken():
                return frame.onward(interaction)
            case _:
                return await answered(door, request, outcome)

    return [
        Route("/i/{interaction_id}/vneid", frame.guarded(door, start), methods=["GET"]),
        Route("/i/{interaction_id}/raise", frame.guarded(door, show_raise), methods=["GET"]),
        page_and_form("/i/{interaction_id}/link", frame.guarded(door, show_link), frame.guarded(door, submit_link)),
        Route(CALLBACK, frame.guarded(door, callback), methods=["GET"]),
    ]


def _offers(seen: Page) -> bool:
    wants = isinstance(seen.step, Login | Verify) or _raises(seen)
    return wants and seen.registered.login_policy is not LoginPolicy.LOCAL


def _answer(request: Request) -> Answer:
    """A parameter that comes twice is no parameter (RFC 6749 §3.1)."""

    def one(name: str) -> str | None:
        values = request.query_params.getlist(name)
        return values[0] if len(values) == 1 and 0 < len(values[0]) <= _LONGEST else None

    named_twice = len(request.query_params.getlist("iss")) > 1
    return Answer(one("state"), one("code"), "" if named_twice else one("iss"), one("error"))


async def answered(door: Door, request: Request, outcome: Outcome) -> Response:
    match outcome:
        case SignedIn(interaction, cookie):
            response = frame.onward(interaction)
            door.set_session(response, cookie)
            return response
        case Agree(interaction):
            return frame.onward(interaction, LINK)
        case Failed(interaction, why):
            return await _explained(door, request, interaction, why)
        case Case(interaction, number):
            return await _case(door, request, interaction, number)


async def _explained(door: Door, request: Request, interaction: Interaction, why: Why) -> Response:
    """Back to where the person chose VNeID, with a plain sentence and the other ways."""
    seen = await proceed.look(door.hall, interaction.id, door.visitor(request), door.now())
    if not isinstance(seen, Page):
        return frame.onward(interaction)
    step = frame.step_name(seen.step)
    place = step if step in (RAISE, "login", "verify") else ""
    return see_other(f"{frame.address(interaction, place)}&{urlencode({frame.VNEID_ERROR: why.value})}")


async def _case(door: Door, request: Request, interaction: Interaction, number: str) -> Response:
    seen = await proceed.look(door.hall, interaction.id, door.visitor(request), door.now())
    context = frame.context(door, request, seen) if isinstance(seen, Page) else door.pages.context(request)
    return door.pages.render(RefusalPage("vneid_case", (("case", number),)), context)


def _raises(seen: Page) -> bool:
    """Whether VNeID is the next step, or another way of it."""
    return isinstance(seen.step, StepUp) and any(map(is_upstream, (seen.step.method, *seen.step.others)))


def _raise(door: Door, request: Request, seen: Page) -> Response:
    page = sign_in.Raise(
        vneid_uri=frame.address(seen.interaction, START),
        person=name_of(seen.present.person) if seen.present else "",
        vneid_error=frame.vneid_error(request),
        switch_uri=frame.address(seen.interaction, "switch"),
    )
    return door.pages.render(page, frame.context(door, request, seen))


async def _link(door: Door, request: Request, errors: tuple[SignInError, ...]) -> Response:
    seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
    if not isinstance(seen, Page):
        return dispatched(request)
    vouched = await vneid_exchange.kept_word(door.hall, seen.interaction)
    if vouched is None or not _offers(seen):
        return await _explained(door, request, seen.interaction, Why.LINK_LOST)
    page = sign_in.Link(
        action=frame.address(seen.interaction, LINK),
        transition=frame.transition(door, seen.interaction, LINK),
        number=national_id.mask(vouched.number),
        errors=errors,
        back_uri=frame.address(seen.interaction, "login"),
    )
    return door.pages.render(page, frame.context(door, request, seen))


async def _wait(door: Door, request: Request, seconds: int) -> Response:
    seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
    return too_many(door, request, seen, seconds, LINK) if isinstance(seen, Page) else dispatched(request)
