"""The code card's page: which code to type, and the PIN where it was not typed with the number of the card."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import code_cards, code_sign_in, proceed
from idp.flows.login import NotProven, Overtaken, Proven, Wait
from idp.flows.proceed import Page
from idp.interaction import frame
from idp.interaction.login import dispatched, too_many
from idp.interaction.step_up import code_ways, is_step_up, question, who_proves
from idp.kernel.secret import Secret
from idp.web import forms
from idp.web.deps import Door, name_of
from idp.web.forms import Form
from idp.web.pages import sign_in
from idp.web.pages.sign_in import SignInError
from idp.web.routes import page_and_form

STEP = "code-card"
_METHODS = (code_cards.KIND, code_cards.PIN)
_LONGEST = 32


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        who = who_proves(seen, *_METHODS)
        return frame.onward(seen.interaction) if who is None else await _page(door, request, seen, who)

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        who = who_proves(seen, *_METHODS)
        if who is None:
            return frame.onward(seen.interaction)
        if not frame.is_current(door, seen.interaction, question(seen, STEP), form):
            return await _page(door, request, seen, who, SignInError.STALE)
        return await _typed(door, request, seen, who, form)

    show_guarded, submit_guarded = frame.guarded(door, show), frame.guarded(door, submit)
    return [page_and_form("/i/{interaction_id}/code-card", show_guarded, submit_guarded)]


async def _typed(door: Door, request: Request, seen: Page, who: str, form: Form) -> Response:
    code, pin = (form.get("card_code") or "").strip()[:_LONGEST], (form.get("pin") or "").strip()[:_LONGEST]
    missing = (
        *((SignInError.PIN_MISSING,) if is_step_up(seen) and not pin else ()),
        *((SignInError.CODE_MISSING,) if not code else ()),
    )
    if missing:
        return await _page(door, request, seen, who, *missing)
    outcome = await code_sign_in.by_card(
        door.hall,
        seen.interaction,
        Secret(code),
        Secret(pin) if is_step_up(seen) else None,
        door.visitor(request),
        door.now(),
        stepping_up=is_step_up(seen),
    )
    match outcome:
        case Proven(cookie):
            response = frame.onward(seen.interaction)
            door.set_session(response, cookie)
            return response
        case Overtaken():
            return frame.onward(seen.interaction)
        case NotProven():
            return await _page(door, request, seen, who, SignInError.CODE)
        case Wait(seconds):
            return too_many(door, request, seen, seconds, STEP)


async def _page(door: Door, request: Request, seen: Page, who: str, *errors: SignInError) -> Response:
    page = sign_in.CodeCard(
        action=frame.address(seen.interaction, STEP),
        transition=frame.transition(door, seen.interaction, question(seen, STEP)),
        number=await code_sign_in.number_asked(door.hall, who, door.visitor(request), door.now()),
        # Whoever is signed in and proves more by their card proves all of it: a card alone would add nothing.
        asks_pin=is_step_up(seen),
        person=name_of(seen.present.person) if seen.present is not None and is_step_up(seen) else "",
        errors=errors,
        switch_uri=frame.address(seen.interaction, "switch"),
        other_ways=code_ways(seen, STEP),
    )
    return door.pages.render(page, frame.context(door, request, seen))
