"""The code by SMS or e-mail: sent when asked for, typed here; for whoever was just named, or is proving more."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn.message_code import Channel
from idp.flows import channel_standing, code_sign_in, proceed
from idp.flows.login import NotProven, Overtaken, Proven, Wait
from idp.flows.proceed import Page
from idp.identity import masking
from idp.identity.person import Person
from idp.interaction import frame
from idp.interaction.by_code import told
from idp.interaction.login import dispatched, too_many
from idp.interaction.step_up import code_ways, is_step_up, question, who_proves
from idp.web import forms
from idp.web.deps import Door, name_of
from idp.web.forms import Form
from idp.web.pages import sign_in
from idp.web.pages.sign_in import SignInError
from idp.web.responses import see_other
from idp.web.routes import Endpoint, page_and_form

_LONGEST_CODE = 32
_LONGEST_WAIT = 24 * 3600
_STEPS = {Channel.SMS: "sms-code", Channel.EMAIL: "email-code"}


def routes(door: Door) -> list[Route]:
    found = []
    for channel, step in _STEPS.items():
        show, submit = _endpoints(door, _Channel(channel, step))
        guarded = frame.guarded(door, show), frame.guarded(door, submit)
        found.append(page_and_form(f"/i/{{interaction_id}}/{step}", *guarded))
    return found


@dataclass(frozen=True, slots=True)
class _Channel:
    """One of the two, and its page."""

    channel: Channel
    step: str

    @property
    def method(self) -> str:
        return channel_standing.KINDS[self.channel]


def _endpoints(door: Door, by: _Channel) -> tuple[Endpoint, Endpoint]:
    async def show(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        who = who_proves(seen, by.method)
        return frame.onward(seen.interaction) if who is None else await _page(door, request, seen, by, who)

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        who = who_proves(seen, by.method)
        if who is None:
            return frame.onward(seen.interaction)
        if not frame.is_current(door, seen.interaction, question(seen, by.step), form):
            return await _page(door, request, seen, by, who, SignInError.STALE)
        if form.get("act") == "send":
            visitor = door.visitor(request)
            sending = await code_sign_in.send(door.hall, seen.interaction, who, by.channel, visitor, door.now())
            return see_other(frame.address(seen.interaction, by.step) + told(sending))
        return await _typed(door, request, seen, by, who, form)

    return show, submit


async def _typed(door: Door, request: Request, seen: Page, by: _Channel, who: str, form: Form) -> Response:
    code = (form.get("otp") or "").replace(" ", "")[:_LONGEST_CODE]
    if not code:
        return await _page(door, request, seen, by, who, SignInError.CODE_MISSING)
    outcome = await code_sign_in.by_message(
        door.hall, seen.interaction, by.channel, code, door.visitor(request), door.now(), stepping_up=is_step_up(seen)
    )
    match outcome:
        case Proven(cookie):
            response = frame.onward(seen.interaction)
            door.set_session(response, cookie)
            return response
        case Overtaken():
            return frame.onward(seen.interaction)
        case NotProven():
            return await _page(door, request, seen, by, who, SignInError.CODE)
        case Wait(seconds):
            return too_many(door, request, seen, seconds, by.step)


async def _page(door: Door, request: Request, seen: Page, by: _Channel, who: str, *errors: SignInError) -> Response:
    person = seen.present.person if seen.present is not None and is_step_up(seen) else None
    wait = request.query_params.get("wait", "")
    page = sign_in.MessageCode(
        action=frame.address(seen.interaction, by.step),
        transition=frame.transition(door, seen.interaction, question(seen, by.step)),
        channel=by.channel.value,
        sent=await code_sign_in.is_pending(door.hall, seen.interaction, who, by.channel, door.now()),
        person=name_of(person) if person is not None else "",
        masked=_masked(person, by.channel) if person is not None else "",
        wait_s=min(int(wait), _LONGEST_WAIT) if wait.isascii() and wait.isdecimal() and len(wait) < 8 else 0,
        just_sent=request.query_params.get("sent") == "1" and not errors,
        errors=errors,
        switch_uri=frame.address(seen.interaction, "switch"),
        other_ways=code_ways(seen, by.step),
    )
    return door.pages.render(page, frame.context(door, request, seen))


def _masked(person: Person, channel: Channel) -> str:
    address = channel_standing.verified(person, channel) or ""
    return masking.phone(address) if channel is Channel.SMS else masking.email(address)
