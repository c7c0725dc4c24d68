"""Sign-in without a password: the name, and where the code comes from. Whatever is typed leads to the same page."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn.login_policy import LoginPolicy
from idp.authn.message_code import Channel
from idp.decision.step import Login
from idp.flows import code_sign_in, proceed
from idp.flows.login import Wait
from idp.flows.message_codes import Sent
from idp.flows.proceed import Page
from idp.interaction import frame, login
from idp.interaction.login import SHARED, dispatched, told_where
from idp.web import forms
from idp.web.deps import Door
from idp.web.pages import sign_in
from idp.web.pages.sign_in import SignInError
from idp.web.responses import see_other
from idp.web.routes import page_and_form

STEP = "by-code"
_LONGEST_USERNAME = 254
_CARD = "card"
# A way as the form names it, the page that it leads to, and the channel by which the code comes.
_WAYS: dict[str, tuple[str, Channel | None]] = {
    Channel.SMS.value: ("sms-code", Channel.SMS),
    Channel.EMAIL.value: ("email-code", Channel.EMAIL),
    _CARD: ("code-card", None),
}


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        return _page(door, request, seen) if _is_open(seen) else frame.onward(seen.interaction)

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], visitor, door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if not _is_open(seen):
            return frame.onward(seen.interaction)
        seen = await told_where(door, seen, form.get(SHARED))
        username, way = (form.get("username") or "")[:_LONGEST_USERNAME], form.get("way") or ""
        if not frame.is_current(door, seen.interaction, STEP, form):
            return _page(door, request, seen, username, way, SignInError.STALE)
        if not username.strip() or way not in _ways(door):
            return _page(door, request, seen, username, way, SignInError.USERNAME_MISSING)
        step, channel = _WAYS[way]
        sending = await code_sign_in.name(door.hall, seen.interaction, username, channel, visitor, door.now())
        return see_other(frame.address(seen.interaction, step) + told(sending))

    show_guarded, submit_guarded = frame.guarded(door, show), frame.guarded(door, submit)
    return [page_and_form("/i/{interaction_id}/by-code", show_guarded, submit_guarded)]


def told(sending: Sent | Wait | None) -> str:
    """For the page that follows: a code is on its way, or when the next one may be."""
    match sending:
        case Sent():
            return "&sent=1"
        case Wait(seconds):
            return f"&wait={seconds}"
        case None:
            return ""


def _is_open(seen: Page) -> bool:
    return isinstance(seen.step, Login) and seen.registered.login_policy is not LoginPolicy.VNEID_ONLY


def _ways(door: Door) -> tuple[str, ...]:
    """The channels that this deployment has, and the card."""
    channels = door.hall.channels.all()
    return tuple(way for way, (_, channel) in _WAYS.items() if channel is None or channel in channels)


def _page(
    door: Door, request: Request, seen: Page, username: str = "", way: str = "", *errors: SignInError
) -> Response:
    ways = _ways(door)
    page = sign_in.ByCode(
        action=frame.address(seen.interaction, STEP),
        transition=frame.transition(door, seen.interaction, STEP),
        ways=ways,
        username=username or seen.interaction.request.login_hint or "",
        chosen=way if way in ways else ways[0],
        errors=errors,
        shared=seen.interaction.shared,
        back_uri=frame.address(seen.interaction, login.STEP),
    )
    return door.pages.render(page, frame.context(door, request, seen))
