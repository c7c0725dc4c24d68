"""Switching codes by SMS or e-mail on: the address that the person has here, a code to it, and the code typed."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn.message_code import Channel
from idp.flows import own_channels
from idp.flows.message_codes import Sent, Unreachable, Wait
from idp.flows.own_channels import TakenByAnother
from idp.flows.own_pages import Owner
from idp.identity import masking
from idp.portal.credentials import PATH as LIST
from idp.portal.frame import OwnPage, context, fresh, is_own_form, stale, token
from idp.web import forms
from idp.web.deps import Door
from idp.web.pages.security import AddMessageCode
from idp.web.pages.sign_in import SignInError
from idp.web.responses import see_other
from idp.web.routes import page_and_form

_LONGEST_CODE = 32
_PATHS = {Channel.SMS: f"{LIST}/sms-code", Channel.EMAIL: f"{LIST}/email-code"}


def routes(door: Door) -> list[Route]:
    found = []
    for channel, path in _PATHS.items():
        show, submit = _pages(door, channel)
        found.append(page_and_form(path, fresh(door, show), fresh(door, submit)))
    return found


def _pages(door: Door, channel: Channel) -> tuple[OwnPage, OwnPage]:
    async def show(request: Request, owner: Owner) -> Response:
        return await _page(door, request, owner, channel)

    async def submit(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        if not is_own_form(door, request, owner, _act(channel), form):
            return stale(door, request, owner, LIST)
        if form.get("act") == "send":
            match await own_channels.send(door.hall, owner, channel, door.now()):
                case Sent():
                    return await _page(door, request, owner, channel, just_sent=True)
                case Wait(seconds):
                    return await _page(door, request, owner, channel, wait_s=seconds)
                case Unreachable():
                    return await _page(door, request, owner, channel)
        code = (form.get("otp") or "").replace(" ", "")[:_LONGEST_CODE]
        if not code:
            return await _page(door, request, owner, channel, error=SignInError.CODE_MISSING)
        try:
            if await own_channels.confirm(door.hall, owner, channel, code, door.now()):
                return see_other(f"{LIST}?done=added")
        except TakenByAnother:
            return await _page(door, request, owner, channel, taken=True)
        return await _page(door, request, owner, channel, error=SignInError.CODE)

    return show, submit


async def _page(
    door: Door,
    request: Request,
    owner: Owner,
    channel: Channel,
    *,
    just_sent: bool = False,
    wait_s: int = 0,
    error: SignInError | None = None,
    taken: bool = False,
) -> Response:
    offer = await own_channels.offer(door.hall, owner, channel, door.now())
    mask = masking.phone if channel is Channel.SMS else masking.email
    page = AddMessageCode(
        action=_PATHS[channel],
        csrf=token(door, owner, _act(channel)),
        channel=channel.value,
        masked=mask(offer.address) if offer.address is not None else "",
        is_on=offer.is_on,
        sent=offer.sent,
        just_sent=just_sent,
        wait_s=wait_s,
        errors=(error,) if error is not None else (),
        taken=taken,
    )
    return door.pages.render(page, context(door, request, owner))


def _act(channel: Channel) -> str:
    return f"add_{channel.value}_code"
