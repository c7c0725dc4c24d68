"""Adding an authenticator app: its key as a picture and as text, then the first code."""

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.crypto.totp import provisioning_uri
from idp.flows import credentials, enrolment
from idp.flows.enrolment import PendingApp
from idp.flows.own_pages import Owner
from idp.kernel.secret import Secret
from idp.portal.credentials import PATH as LIST
from idp.portal.frame import context, fresh, is_own_form, stale, token
from idp.web import forms
from idp.web.deps import Door, name_of
from idp.web.pages.security import AddApp
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = f"{LIST}/app"
_ACT = "add_app"
_QUIET_ZONE = 4  # ISO/IEC 18004 §9.1
_LONGEST_CODE = 32


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        pending = await enrolment.begin_app(door.hall, owner, door.now())
        return _page(door, request, owner, pending, "", None)

    async def submit(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        if not is_own_form(door, request, owner, _ACT, form):
            return stale(door, request, owner, LIST)
        code = (form.get("otp") or "").replace(" ", "")[:_LONGEST_CODE]
        label, handle = form.get("label") or "", form.get("pending") or ""
        try:
            pending = await enrolment.confirm_app(door.hall, owner, handle, code, label, door.now())
        except credentials.Refused:
            return see_other(f"{LIST}?done=not_done")
        if pending is None:
            return see_other(f"{LIST}?done=added")
        return _page(door, request, owner, pending, label, "code" if code else "code_missing")

    return [page_and_form(PATH, fresh(door, show), fresh(door, submit))]


def _page(door: Door, request: Request, owner: Owner, pending: PendingApp, label: str, error: str | None) -> Response:
    frame = context(door, request, owner)
    uri = provisioning_uri(pending.secret, name_of(owner.person), door.pages.hub.called(frame.lang))
    page = AddApp(
        action=PATH,
        csrf=token(door, owner, _ACT),
        pending=pending.handle,
        secret=_grouped(pending.secret),
        qr=_picture(uri),
        label=label[: credentials.LONGEST_LABEL],
        error=error,
    )
    return door.pages.render(page, frame)


def _grouped(secret: Secret) -> str:
    text = secret.reveal()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _picture(uri: str) -> tuple[int, str]:
    """One path, a line for each run of dark modules: no style and no image that the policy would have to admit."""
    rows = [list(map(bool, row)) for row in segno.make(uri, error="m", micro=False).matrix]
    path = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            width = next((n for n, dark in enumerate(row[x:]) if not dark), len(row) - x)
            if width:
                path.append(f"M{x + _QUIET_ZONE} {y + _QUIET_ZONE}.5h{width}")
            x += width or 1
    return len(rows) + 2 * _QUIET_ZONE, "".join(path)
