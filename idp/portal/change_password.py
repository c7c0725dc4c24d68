"""Changing one's password: the new one alone, since whoever is here has just signed in."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import credentials
from idp.flows.own_pages import Owner
from idp.kernel.secret import Secret
from idp.portal.credentials import PATH as LIST
from idp.portal.frame import context, fresh, is_own_form, stale, token
from idp.web import forms
from idp.web.deps import Door
from idp.web.pages.security import ChangePassword
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = f"{LIST}/password"
_ACT = "change_password"


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        return _page(door, request, owner, None)

    async def submit(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        if not is_own_form(door, request, owner, _ACT, form):
            return stale(door, request, owner, LIST)
        password, keep = Secret(form.get("password") or ""), form.get("keep") == "yes"
        weak = await credentials.change_password(door.hall, owner, password, door.now(), end_others=not keep)
        if weak is not None:
            return _page(door, request, owner, weak.value)
        return see_other(f"{LIST}?done=password")

    return [page_and_form(PATH, fresh(door, show), fresh(door, submit))]


def _page(door: Door, request: Request, owner: Owner, error: str | None) -> Response:
    page = ChangePassword(PATH, token(door, owner, _ACT), error=error)
    return door.pages.render(page, context(door, request, owner))
