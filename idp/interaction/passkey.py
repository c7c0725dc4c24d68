"""The passkey: the answer of the sign-in page's second form, and a page of its own where one more step is asked."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn.login_policy import LoginPolicy
from idp.decision.step import Login
from idp.flows import passkeys, proceed
from idp.flows.login import NotProven, Outcome, Overtaken, Proven, Wait
from idp.flows.proceed import Page
from idp.interaction import frame, login
from idp.interaction.login import dispatched, passkey_form, too_many
from idp.interaction.step_up import admits, other_ways, question
from idp.web import forms
from idp.web.deps import Door, name_of
from idp.web.pages import sign_in
from idp.web.pages.sign_in import SignInError
from idp.web.responses import see_other
from idp.web.routes import page_and_form

STEP = "passkey"
METHOD = "passkey"


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
        signs_in = isinstance(seen.step, Login)
        if seen.registered.login_policy is LoginPolicy.VNEID_ONLY or not (signs_in or admits(seen, METHOD)):
            return frame.onward(seen.interaction)
        asked = login.STEP if signs_in else question(seen, STEP)
        if not frame.is_current(door, seen.interaction, asked, form):
            return frame.onward(seen.interaction) if signs_in else _page(door, request, seen, SignInError.STALE)
        seen = await login.told_where(door, seen, form.get(login.SHARED))
        person_id = None if signs_in or seen.present is None else seen.present.person.id
        answer = form.get("credential")
        outcome = await passkeys.by_passkey(
            door.hall, seen.interaction, answer, visitor, door.now(), person_id=person_id
        )
        return await _respond(door, request, seen, outcome)

    show_guarded, submit_guarded = frame.guarded(door, show), frame.guarded(door, submit)
    return [page_and_form("/i/{interaction_id}/passkey", show_guarded, submit_guarded)]


async def _respond(door: Door, request: Request, seen: Page, outcome: Outcome) -> Response:
    signs_in = isinstance(seen.step, Login)
    match outcome:
        case Proven(cookie):
            response = frame.onward(seen.interaction)
            door.set_session(response, cookie)
            return response
        case Overtaken():
            return frame.onward(seen.interaction)
        case NotProven():
            # A refused counter has used the challenge up: a new page brings a new one.
            step = login.STEP if signs_in else STEP
            return see_other(f"{frame.address(seen.interaction, step)}&error={SignInError.PASSKEY.value}")
        case Wait(seconds):
            return too_many(door, request, seen, seconds, login.STEP if signs_in else STEP)


def _page(door: Door, request: Request, seen: Page, *errors: SignInError) -> Response:
    refused = request.method == "GET" and request.query_params.get("error") == SignInError.PASSKEY.value
    page = sign_in.Passkey(
        passkey=passkey_form(door, seen, question(seen, STEP)),
        person=name_of(seen.present.person) if seen.present else "",
        errors=(SignInError.PASSKEY,) if refused else errors,
        switch_uri=frame.address(seen.interaction, "switch"),
        other_ways=other_ways(seen, STEP),
    )
    return door.pages.render(page, frame.context(door, request, seen))
