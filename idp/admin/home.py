"""The console's first page: what waits for this officer, what they prepared, and whether they may be drawn."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.admin.frame import PATH, case_uri, context, guarded, is_own_form, stale, token
from idp.flows import counter_case, officers
from idp.flows.counter_case import FIRST_ROLES, View
from idp.flows.officers import Officer
from idp.identity.officer import Role
from idp.web import forms
from idp.web.deps import Door, name_of
from idp.web.pages.admin import AdminHome, CaseLine
from idp.web.responses import see_other
from idp.web.routes import page_and_form

_ACT: Final = "duty"
_SECONDS: Final = (Role.VERIFICATION, Role.SUPERVISOR)


def routes(door: Door) -> list[Route]:
    async def show(request: Request, officer: Officer) -> Response:
        own, drawn = await counter_case.queue(door.hall, officer, door.now())
        opens = officer.unit(*FIRST_ROLES) is not None
        page = AdminHome(
            csrf=token(door, officer, _ACT),
            roles=tuple(role.value for role in Role if role in officer.roles),
            unit=await officers.unit_of(door.hall, officer, door.now(), *Role),
            drawn=tuple(_line(one) for one in drawn),
            own=tuple(_line(one) for one in own),
            routes=tuple(one for one in counter_case.ROUTES if opens and counter_case.is_on(door.hall, one)),
            may_be_drawn=officer.unit(*_SECONDS) is not None,
            on_duty_until=officer.duty.until if officer.duty else None,
        )
        return door.pages.render(page, context(door, request, officer))

    async def submit(request: Request, officer: Officer) -> Response:
        form = await forms.body(request)
        if not is_own_form(door, request, officer, _ACT, form):
            return stale(door, request, officer, PATH)
        wanted = form.get("duty")
        if wanted in ("on", "off"):
            await officers.set_duty(door.hall, officer, on=wanted == "on", now=door.now())
            if wanted == "on":
                await counter_case.draw_waiting(door.hall, door.now())
        return see_other(PATH)

    return [page_and_form(PATH, guarded(door, show), guarded(door, submit))]


def _line(one: View) -> CaseLine:
    case = one.case
    return CaseLine(
        case_uri(case.id),
        name_of(one.person),
        case.route,
        case.state.value,
        case.updated_at,
        one.units.get(case.unit or "", ""),
    )
