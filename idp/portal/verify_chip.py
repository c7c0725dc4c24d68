"""Being verified by the chip of one's card: the challenge for the reader, and the file that the reader wrote."""

import base64
import binascii

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.crypto.chip.policy import LARGEST_UPLOAD
from idp.crypto.chip.workers import Busy
from idp.flows import own_verification, verify_by_chip
from idp.flows.own_pages import Owner
from idp.identity.routes import chip
from idp.portal.frame import context, is_own_form, signed_in, stale, token
from idp.portal.verify import PATH as LIST
from idp.portal.verify import uri
from idp.web import uploads
from idp.web.deps import Door
from idp.web.forms import FormError, Reason
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.pages.verification import ChipForm
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = f"{LIST}/{chip.ROUTE.name}"
_ACT = "verify_by_chip"
_LONGEST = 64


def routes(door: Door) -> list[Route]:
    """With the route switched off there are none."""
    if chip.ROUTE.name not in own_verification.open_routes(door.hall):
        return []

    async def show(request: Request, owner: Owner) -> Response:
        return await _page(door, request, owner, request.query_params.get("for", ""))

    async def submit(request: Request, owner: Owner) -> Response:
        try:
            sent = await uploads.read(request, "upload", limit=LARGEST_UPLOAD)
        except FormError as unreadable:
            if unreadable.reason is not Reason.TOO_LARGE:
                raise
            return await _page(door, request, owner, "", "too_large")
        if not is_own_form(door, request, owner, _ACT, sent.form):
            return stale(door, request, owner, PATH)
        said = (sent.form.get("wish") or "")[:_LONGEST]
        error = "file" if not sent.file else "agree" if sent.form.get("agree") != "yes" else None
        if error is not None or not own_verification.is_reached(owner):
            return await _page(door, request, owner, said, error)
        wish = await own_verification.wish(door.hall, said, door.visitor(request))
        asked = _octets(sent.form.get("challenge") or "")
        try:
            case = await verify_by_chip.verify(door.hall, owner, sent.file, asked, wish, door.now())
        except Busy:
            return door.pages.render(ProblemPage(Problem.UNAVAILABLE, retry_uri=PATH), context(door, request, owner))
        return see_other(uri(case.id))

    return [page_and_form(PATH, signed_in(door, show), signed_in(door, submit))]


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text[:_LONGEST], validate=True)
    except (ValueError, binascii.Error):
        return b""


async def _page(door: Door, request: Request, owner: Owner, wish: str, error: str | None = None) -> Response:
    asked = await verify_by_chip.challenge(door.hall, owner)
    page = ChipForm(
        action=PATH,
        csrf=token(door, owner, _ACT),
        challenge=base64.b64encode(asked).decode(),
        wish=wish[:_LONGEST],
        error=error,
        reached=own_verification.is_reached(owner),
    )
    return door.pages.render(page, context(door, request, owner))
