"""Somebody is recovering this account: whoever is signed in strongly says no with one click."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import not_me_link, own_pages, recovery
from idp.flows.not_me_link import Claim
from idp.flows.own_pages import Owner
from idp.portal.frame import context, fresh, is_own_form, signed_in, stale, token
from idp.web import forms
from idp.web.deps import Door
from idp.web.pages.recovery import OwnRecovery
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = "/account/recovery"
_ACT = "cancel_recovery"
_NOTICES = frozenset({"recovery_cancelled", "not_done"})


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        found = await own_pages.running_recovery(door.hall, owner, door.now())
        done = request.query_params.get("done", "")
        page = OwnRecovery(
            action=PATH,
            csrf=token(door, owner, _ACT),
            due_at=found.due_at if found is not None else None,
            may_cancel=recovery.may_cancel(owner, door.now()),
            prove_uri=f"{PATH}/prove",
            not_me_uri=not_me_link.link(door.hall, Claim(owner.person.id, "recovery_begun", found.begun_at), door.now())
            if found is not None
            else "",
            notice=done if done in _NOTICES else None,
        )
        return door.pages.render(page, context(door, request, owner))

    async def cancel(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        if not is_own_form(door, request, owner, _ACT, form):
            return stale(door, request, owner, PATH)
        done = await recovery.cancel(door.hall, owner, door.now())
        return see_other(f"{PATH}?done={'recovery_cancelled' if done else 'not_done'}")

    async def prove(_request: Request, _owner: Owner) -> Response:
        """Whoever comes here has proven all they can."""
        return see_other(PATH)

    return [
        page_and_form(PATH, signed_in(door, show, PATH), signed_in(door, cancel, PATH)),
        Route(f"{PATH}/prove", fresh(door, prove), methods=["GET"]),
    ]
