"""Where one is signed in, and how to end it from afar."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import own_pages
from idp.flows.own_pages import Device, Owner
from idp.portal import prove_more
from idp.portal.frame import context, is_own_form, sees_all, signed_in, stale, token
from idp.web import catalogue, devices, discreet, forms
from idp.web.catalogue import Translator
from idp.web.deps import Door
from idp.web.pages.account import SessionLine, Sessions
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = "/account/sessions"
_EVERYWHERE = "end_everywhere"


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        page_context = context(door, request, owner)
        t = catalogue.translator(page_context.lang)
        found = await own_pages.devices(door.hall, owner.person.id, door.now())
        everything = sees_all(door, owner)
        reached = (registered for device in found for registered in device.services)
        hidden = any(discreet.is_hidden(registered, sees_all=everything) for registered in reached)
        page = Sessions(
            action=PATH,
            everywhere_csrf=token(door, owner, _EVERYWHERE),
            sessions=tuple(_line(door, owner, device, t) for device in found),
            prove_uri=prove_more.leading_to(PATH) if hidden else None,
            notice="session_ended" if request.query_params.get("done") == "session_ended" else None,
        )
        return door.pages.render(page, page_context)

    async def act(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        session_id = form.get("session")
        if form.get("everywhere") == "yes" and is_own_form(door, request, owner, _EVERYWHERE, form):
            await own_pages.end_everywhere(door.hall, owner, door.now())
            response = see_other("/logout")
            if owner.session.shared:
                door.leave_nothing(response)
            return response
        if session_id and is_own_form(door, request, owner, _act(session_id), form):
            await own_pages.end_session(door.hall, owner, session_id, door.now())
            return see_other(f"{PATH}?done=session_ended")
        return stale(door, request, owner, PATH)

    return [page_and_form(PATH, signed_in(door, show, PATH), signed_in(door, act, PATH))]


def _act(session_id: str) -> str:
    return f"end_session {session_id}"


def _line(door: Door, owner: Owner, device: Device, t: Translator) -> SessionLine:
    session, everything = device.session, sees_all(door, owner)
    names = (discreet.shown(registered, t, sees_all=everything).name for registered in device.services)
    return SessionLine(
        id=session.id,
        device=devices.describe(device.agent.user_agent, t),
        began_at=session.begun_at,
        seen_at=session.last_seen_at,
        csrf=token(door, owner, _act(session.id)),
        this_one=session.id == owner.session.id,
        # How many of them have no name is told to nobody either.
        services=tuple(dict.fromkeys(names)),
        address=device.agent.address or None,
        shared=session.shared,
    )
