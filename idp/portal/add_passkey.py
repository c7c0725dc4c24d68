"""Adding a passkey: the browser makes it, the person gives it a name."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.crypto.webauthn_ceremony import InvalidPasskey
from idp.flows import credentials, enrolment, passkeys
from idp.flows.own_pages import Owner
from idp.portal.credentials import PATH as LIST
from idp.portal.frame import context, fresh, is_own_form, stale, token
from idp.web import catalogue, devices, forms
from idp.web.deps import Door, name_of
from idp.web.pages.security import AddPasskey
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = f"{LIST}/passkey"
_ACT = "add_passkey"


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        return await _page(door, request, owner)

    async def submit(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        if not is_own_form(door, request, owner, _ACT, form):
            return stale(door, request, owner, LIST)
        label = form.get("label") or ""
        try:
            await enrolment.add_passkey(door.hall, owner, form.get("credential"), label, door.now())
        except credentials.Refused:
            return see_other(f"{LIST}?done=not_done")
        except InvalidPasskey:
            return await _page(door, request, owner, label, "passkey")
        return see_other(f"{LIST}?done=added")

    return [page_and_form(PATH, fresh(door, show), fresh(door, submit))]


async def _page(
    door: Door, request: Request, owner: Owner, label: str | None = None, error: str | None = None
) -> Response:
    if not passkeys.is_offered(door.hall):
        return see_other(f"{LIST}?done=not_done")
    frame = context(door, request, owner)
    hub = door.pages.hub.called(frame.lang)
    options = await enrolment.begin_passkey(door.hall, owner, name_of(owner.person), hub, door.now())
    agent = door.visitor(request).user_agent
    page = AddPasskey(
        action=PATH,
        csrf=token(door, owner, _ACT),
        options=orjson.dumps(options).decode(),
        label=devices.describe(agent, catalogue.translator(frame.lang)) if label is None else label,
        error=error,
    )
    return door.pages.render(page, frame)
