"""The page of the second factor: a one-time code from the authenticator app."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import login, proceed
from idp.flows.login import NotProven, Overtaken, Proven, Wait
from idp.flows.proceed import Page
from idp.interaction import frame
from idp.interaction.login import dispatched, too_many
from idp.web import forms
from idp.web.deps import Door, name_of
from idp.web.pages import sign_in
from idp.web.pages.sign_in import SignInError
from idp.web.routes import page_and_form

STEP = "otp"
_LONGEST_CODE = 32


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        return _page(door, request, seen) if frame.step_name(seen.step) == STEP else frame.onward(seen.interaction)

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], visitor, door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if frame.step_name(seen.step) != STEP:
            return frame.onward(seen.interaction)
        if not frame.is_current(door, seen.interaction, _question(seen), form):
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


def _question(seen: Page) -> str:
    """Whose code is asked for: in another tab somebody else may have signed in meanwhile."""
    return f"{STEP} {seen.present.person.id if seen.present else ''}"


def _page(door: Door, request: Request, seen: Page, *errors: SignInError) -> Response:
    page = sign_in.Otp(
        action=frame.address(seen.interaction, STEP),
        transition=frame.transition(door, seen.interaction, _question(seen)),
        person=name_of(seen.present.person) if seen.present else "",
        errors=errors,
        switch_uri=frame.address(seen.interaction, "switch"),
    )
    return door.pages.render(page, frame.context(door, request, seen))
