"""Making a sheet of recovery codes: shown once, on a page that prints well."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import credentials, recovery_codes
from idp.flows.own_pages import Owner
from idp.portal.credentials import PATH as LIST
from idp.portal.frame import context, fresh, is_own_form, stale, token
from idp.web import forms
from idp.web.deps import Door
from idp.web.pages.security import RecoveryCodes
from idp.web.routes import page_and_form

PATH = f"{LIST}/recovery-codes"
_ACT = "new_recovery_codes"


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        standing = await credentials.standing(door.hall, owner, door.now())
        replaces = any(one.kind == recovery_codes.KIND for one in standing.authenticators)
        page = RecoveryCodes(PATH, token(door, owner, _ACT), replaces)
        return door.pages.render(page, context(door, request, owner))

    async def submit(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        if not is_own_form(door, request, owner, _ACT, form):
            return stale(door, request, owner, LIST)
        codes = await credentials.new_recovery_codes(door.hall, owner, door.now())
        shown = tuple(code.reveal() for code in codes)
        page = RecoveryCodes(PATH, token(door, owner, _ACT), codes=shown, made_at=door.now())
        return door.pages.render(page, context(door, request, owner))

    return [page_and_form(PATH, fresh(door, show), fresh(door, submit))]
