"""The page of the second factor: a one-time code from the authenticator app."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn.authenticators import AUTHENTICATORS
from idp.authn.login_policy import LoginPolicy
from idp.authn.sign_in_route import is_upstream
from idp.decision.step import Login, StepUp
from idp.flows import login, proceed
from idp.flows.login import NotProven, Overtaken, Proven, Wait
from idp.flows.proceed import Page
from idp.interaction import frame
from idp.interaction.login import dispatched, too_many
from idp.web import forms
from idp.web.deps import Door, name_of
from idp.web.pages import sign_in
from idp.web.pages.sign_in import OtherWay, SignInError
from idp.web.routes import page_and_form

STEP = "otp"
METHOD = "totp"
_LONGEST_CODE = 32


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        return _page(door, request, seen) if admits(seen, METHOD) else frame.onward(seen.interaction)

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], visitor, door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if not admits(seen, METHOD):
            return frame.onward(seen.interaction)
        if not frame.is_current(door, seen.interaction, question(seen, STEP), form):
            return _page(door, request, seen, SignInError.STALE)
        code = (form.get("otp") or "").replace(" ", "")[:_LONGEST_CODE]
        if not code:
            return _page(door, request, seen, SignInError.CODE_MISSING)
        match await login.by_code(door.hall, seen.interaction, code, visitor, door.now()):
            case Proven(cookie):
                response = frame.onward(seen.interaction)
                door.set_session(response, cookie)
                return response
            case Overtaken():
                return frame.onward(seen.interaction)
            case NotProven():
                return _page(door, request, seen, SignInError.CODE)
            case Wait(seconds):
                return too_many(door, request, seen, seconds, STEP)

    show_guarded, submit_guarded = frame.guarded(door, show), frame.guarded(door, submit)
    return [page_and_form("/i/{interaction_id}/otp", show_guarded, submit_guarded)]


def admits(seen: Page, method: str) -> bool:
    """Whether this authenticator would do now."""
    return isinstance(seen.step, StepUp) and seen.step.admits(method)


def is_step_up(seen: Page) -> bool:
    """Somebody is signed in and proves more; otherwise whoever was named signs in."""
    return isinstance(seen.step, StepUp)


def who_proves(seen: Page, *methods: str) -> str | None:
    """Whose code is asked for: the person's who is signed in here, or of whoever was named; None: nobody's, now."""
    if is_step_up(seen):
        admitted = any(admits(seen, method) for method in methods)
        return seen.present.person.id if admitted and seen.present is not None else None
    named = seen.interaction.named
    accepts_ours = seen.registered.login_policy is not LoginPolicy.VNEID_ONLY
    return named.who if isinstance(seen.step, Login) and named is not None and accepts_ours else None


def question(seen: Page, step: str) -> str:
    """Whose authenticator is asked for: in another tab somebody else may have signed in meanwhile."""
    if isinstance(seen.step, Login) and seen.interaction.named is not None:
        return f"{step} {seen.interaction.named.who}"
    return f"{step} {seen.present.person.id if seen.present else ''}"


def code_ways(seen: Page, here: str) -> tuple[OtherWay, ...]:
    """What else somebody may do who waits for a code, or lacks the card."""
    if is_step_up(seen):
        return other_ways(seen, here)
    return tuple(OtherWay(way, frame.address(seen.interaction, way)) for way in ("by-code", "login"))


def other_ways(seen: Page, here: str) -> tuple[OtherWay, ...]:
    """Everything else that would do; a recovery code only where people replace what they lost."""
    if not isinstance(seen.step, StepUp) or seen.present is None:
        return ()
    methods = [*dict.fromkeys((seen.step.method, *seen.step.others))]
    if seen.asked.strongest:
        methods += [name for name in seen.present.authenticators if AUTHENTICATORS[name].recovers]
    # VNeID's page says first what is needed and why.
    inputs = ("raise" if is_upstream(method) else AUTHENTICATORS[method].input for method in methods)
    return tuple(OtherWay(way, frame.address(seen.interaction, way)) for way in dict.fromkeys(inputs) if way != here)


def _page(door: Door, request: Request, seen: Page, *errors: SignInError) -> Response:
    page = sign_in.Otp(
        action=frame.address(seen.interaction, STEP),
        transition=frame.transition(door, seen.interaction, question(seen, STEP)),
        person=name_of(seen.present.person) if seen.present else "",
        errors=errors,
        switch_uri=frame.address(seen.interaction, "switch"),
        other_ways=other_ways(seen, STEP),
    )
    return door.pages.render(page, frame.context(door, request, seen))
