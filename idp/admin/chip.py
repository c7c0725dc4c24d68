"""The file that a reader at the counter wrote of the card on the desk."""

import base64
import binascii
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.admin import desk
from idp.admin.case import turn
from idp.admin.frame import CASES, context, guarded, is_own_form, stale
from idp.admin.words import act_of, uri
from idp.crypto.chip.policy import LARGEST_UPLOAD
from idp.crypto.chip.workers import Busy
from idp.flows import counter_case, counter_chip
from idp.flows.officers import Officer
from idp.web import uploads
from idp.web.deps import Door
from idp.web.forms import FormError, Reason
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.responses import see_other

_LONGEST: Final = 64
_TOO_LARGE: Final = "too_large"
_MALFORMED: Final = "malformed"


def routes(door: Door) -> list[Route]:
    async def submit(request: Request, officer: Officer) -> Response:
        seen = await counter_case.view(door.hall, officer, request.path_params["case_id"], door.now())
        if not counter_chip.is_read(door.hall, seen.case.route) or turn(seen) != desk.TURN:
            raise HTTPException(404)
        try:
            sent = await uploads.read(request, "upload", limit=LARGEST_UPLOAD)
        except FormError as unreadable:
            if unreadable.reason is not Reason.TOO_LARGE:
                raise
            return await desk.page(door, request, officer, seen, chip_error=_TOO_LARGE)
        if not is_own_form(door, request, officer, act_of(seen, desk.CHIP), sent.form):
            return stale(door, request, officer, uri(seen))
        if not sent.file:
            return await desk.page(door, request, officer, seen, chip_error=_MALFORMED)
        asked = _octets(sent.form.get("challenge") or "")
        case = seen.case
        try:
            code = await counter_chip.read(door.hall, officer, case.id, case.version, sent.file, asked, door.now())
        except Busy:
            page = ProblemPage(Problem.UNAVAILABLE, retry_uri=uri(seen))
            return door.pages.render(page, context(door, request, officer))
        if code is not None:
            return await desk.page(door, request, officer, seen, chip_error=code)
        return see_other(uri(seen))

    async def portrait(request: Request, officer: Officer) -> Response:
        image = await counter_chip.portrait(door.hall, officer, request.path_params["case_id"], door.now())
        if image is None:
            raise HTTPException(404)
        return Response(image, media_type="image/jpeg", headers={"cache-control": "no-store"})

    return [
        Route(CASES + "/{case_id}/" + desk.CHIP, guarded(door, submit), methods=["POST"]),
        Route(CASES + "/{case_id}/" + desk.PORTRAIT, guarded(door, portrait), methods=["GET"]),
    ]


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text[:_LONGEST], validate=True)
    except (ValueError, binascii.Error):
        return b""
