"""A new case: the card is scanned into a field, which fills in the form and proves nothing, and the officer looks."""

from collections.abc import Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.admin.frame import PATH, case_uri, context, guarded, is_own_form, stale, token
from idp.flows import counter_case, counter_chip, counter_desk
from idp.flows.counter_case import FIRST_ROLES
from idp.flows.counter_desk import NotOpened, Opened
from idp.flows.officers import Officer
from idp.identity import counter_case as rules
from idp.identity.counter_case import FILLED_FROM
from idp.identity.scanned_card import scanned
from idp.kernel.clock import day_of
from idp.web import forms
from idp.web.deps import Door
from idp.web.pages.admin import AdminOpen
from idp.web.responses import see_other
from idp.web.routes import page_and_form

_ACT: Final = "open"
_FIELDS: Final = ("number", "name", "birthdate", "gender", "address", "expires", "endless", "filled_from")


def routes(door: Door) -> list[Route]:
    def route_of(request: Request, officer: Officer) -> str:
        route = str(request.path_params["route"])
        if not counter_case.is_on(door.hall, route) or officer.unit(*FIRST_ROLES) is None:
            raise HTTPException(404)
        return route

    async def show(request: Request, officer: Officer) -> Response:
        return _page(door, request, officer, route_of(request, officer))

    async def submit(request: Request, officer: Officer) -> Response:
        form, route = await forms.body(request), route_of(request, officer)
        if not is_own_form(door, request, officer, f"{_ACT} {route}", form):
            return stale(door, request, officer, _uri(route))
        today = day_of(door.now())
        if form.get("act") == "read":
            filled = scanned(form.get("scan") or "", today)
            if filled is None:
                return _page(door, request, officer, route, errors=("scan",))
            return _page(door, request, officer, route, filled)
        values = {field: form.get(field) or "" for field in _FIELDS}
        papers, faults = rules.read_papers(values, route, today)
        if papers is None:
            return _page(door, request, officer, route, values, tuple(fault.value for fault in faults))
        match await counter_desk.open_(door.hall, officer, route, papers, door.now()):
            case Opened(case_id):
                return see_other(case_uri(case_id))
            case NotOpened(why):
                return _page(door, request, officer, route, values, unfit=why.value if why else "other_desk")

    return [page_and_form(PATH + "/open/{route}", guarded(door, show), guarded(door, submit))]


def _uri(route: str) -> str:
    return f"{PATH}/open/{route}"


def _page(
    door: Door,
    request: Request,
    officer: Officer,
    route: str,
    values: Mapping[str, str] | None = None,
    errors: tuple[str, ...] = (),
    unfit: str | None = None,
) -> Response:
    filled = (values or {}).get("filled_from", "")
    page = AdminOpen(
        action=_uri(route),
        csrf=token(door, officer, f"{_ACT} {route}"),
        route=route,
        values=values or {},
        filled_from=filled if filled in FILLED_FROM else "",
        errors=errors,
        unfit=unfit,
        chip=counter_chip.is_read(door.hall, route),
    )
    return door.pages.render(page, context(door, request, officer))
