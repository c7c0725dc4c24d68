"""One case: the first officer's desk while it is open, the second's look while it waits for them, then what became."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.admin import desk, review, status
from idp.admin.frame import CASES, guarded, is_own_form, stale
from idp.admin.words import act_of
from idp.flows import counter_case
from idp.flows.counter_case import View
from idp.flows.officers import Officer
from idp.identity.verification_case import CaseState
from idp.web import forms
from idp.web.deps import Door
from idp.web.routes import page_and_form


def routes(door: Door) -> list[Route]:
    async def show(request: Request, officer: Officer) -> Response:
        seen = await counter_case.view(door.hall, officer, request.path_params["case_id"], door.now())
        match turn(seen):
            case "desk":
                return await desk.page(door, request, officer, seen)
            case "review":
                return review.page(door, request, officer, seen)
            case _:
                return status.page(door, request, officer, seen)

    async def submit(request: Request, officer: Officer) -> Response:
        form = await forms.body(request)
        seen = await counter_case.view(door.hall, officer, request.path_params["case_id"], door.now())
        whose = turn(seen)
        # A form is good for the state in which it was shown: the second sending of one finds another.
        if not is_own_form(door, request, officer, act_of(seen, whose), form):
            return stale(door, request, officer, request.url.path)
        match whose:
            case "desk":
                return await desk.submit(door, request, officer, seen, form)
            case "review":
                return await review.submit(door, request, officer, seen, form)
            case _:
                return await status.submit(door, request, officer, seen, form)

    return [page_and_form(CASES + "/{case_id}", guarded(door, show), guarded(door, submit))]


def turn(seen: View) -> str:
    """Whose turn it is, as far as this officer is concerned."""
    if seen.is_first and seen.case.state is CaseState.OPEN:
        return "desk"
    waits = seen.case.state is CaseState.WAITS_FOR_SECOND and seen.desk.decided_at is None
    return "review" if waits and not seen.is_first else "status"
