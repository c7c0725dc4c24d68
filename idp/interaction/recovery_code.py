"""The page for a recovery code: only on the way to one's own authenticators, where people replace what they lost."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.decision.step import StepUp
from idp.flows import proceed, recovery_codes
from idp.flows.login import NotProven, Overtaken, Proven, Wait
from idp.flows.proceed import Page
from idp.interaction import frame
from idp.interaction.login import dispatched, too_many
from idp.interaction.step_up import other_ways, question
from idp.kernel.secret import Secret
from idp.web import forms
from idp.web.deps import Door, name_of
from idp.web.pages import sign_in
from idp.web.pages.sign_in import SignInError
from idp.web.routes import page_and_form

STEP = "recovery-code"
_LONGEST_CODE = 40


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        return _page(door, request, seen) if _helps(seen) else frame.onward(seen.interaction)

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], visitor, door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if not _helps(seen):
            return frame.onward(seen.interaction)
        if not frame.is_current(door, seen.interaction, question(seen, STEP), form):
            return _page(door, request, seen, SignInError.STALE)
        code = (form.get("recovery_code") or "").strip()[:_LONGEST_CODE]
        if not code:
            return _page(door, request, seen, SignInError.CODE_MISSING)
        match await recovery_codes.use(door.hall, seen.interaction, Secret(code), visitor, door.now()):
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
    return [page_and_form("/i/{interaction_id}/recovery-code", show_guarded, submit_guarded)]


def _helps(seen: Page) -> bool:
    return isinstance(seen.step, StepUp) and seen.asked.strongest


def _page(door: Door, request: Request, seen: Page, *errors: SignInError) -> Response:
    page = sign_in.RecoveryCode(
        action=frame.address(seen.interaction, STEP),
        transition=frame.transition(door, seen.interaction, question(seen, STEP)),
        person=name_of(seen.present.person) if seen.present else "",
        errors=errors,
        switch_uri=frame.address(seen.interaction, "switch"),
        other_ways=other_ways(seen, STEP),
    )
    return door.pages.render(page, frame.context(door, request, seen))
