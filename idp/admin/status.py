"""A case that was handed over or decided: what happens next, the citizen's PIN and card, and the paper to take home."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.admin.frame import CASES, case_uri, context, guarded, token
from idp.admin.words import act_of, called, uri
from idp.flows import counter_case, counter_pad
from idp.flows.counter_case import Stale, View
from idp.flows.officers import Officer
from idp.identity.assurance import person_level
from idp.identity.verification_case import CaseState
from idp.web.deps import Door
from idp.web.forms import Form
from idp.web.pages.admin import AdminStatus, CounterReceipt, PrintedCard

TURN: Final = "status"
PAD: Final = "/pad"


def routes(door: Door) -> list[Route]:
    async def receipt(request: Request, officer: Officer) -> Response:
        seen = await counter_case.view(door.hall, officer, request.path_params["case_id"], door.now())
        case = seen.case
        if not seen.is_first or case.state is CaseState.OPEN:
            raise Stale
        page = CounterReceipt(
            case_uri=uri(seen),
            case_id=case.id,
            name=called(seen),
            unit=seen.units[seen.desk.first_unit],
            route=case.route,
            state=case.state.value,
            at=case.updated_at,
            level=person_level(seen.person, door.now()).word,
            second_unit=seen.units.get(seen.desk.second_unit or ""),
            ends_at=seen.person.level_ends_at,
            reason=case.reason,
            review=seen.review,
        )
        return door.pages.render(page, context(door, request, officer))

    return [Route(CASES + "/{case_id}/receipt", guarded(door, receipt), methods=["GET"])]


def page(door: Door, request: Request, officer: Officer, seen: View, pad_code: str | None = None) -> Response:
    case, desk = seen.case, seen.desk
    shown = AdminStatus(
        action=uri(seen),
        csrf=token(door, officer, act_of(seen, TURN)),
        case_id=case.id,
        route=case.route,
        unit=seen.units[desk.first_unit],
        name=called(seen),
        state=case.state.value,
        at=case.updated_at,
        level=person_level(seen.person, door.now()).word,
        second_unit=seen.units.get(desk.second_unit or ""),
        reason=case.reason,
        review=seen.review,
        may_print=counter_pad.may_print(seen, officer, door.now()),
        pad_uri=f"{door.hall.policies.issuer}{PAD}",
        pad_code=pad_code,
        pin_waits=desk.pin_set_at is not None,
        receipt_uri=case_uri(case.id, "receipt") if seen.is_first and case.state is not CaseState.OPEN else None,
        provisional=seen.file is not None and seen.file.provisional is not None,
    )
    return door.pages.render(shown, context(door, request, officer))


async def submit(door: Door, request: Request, officer: Officer, seen: View, form: Form) -> Response:
    match form.get("act"):
        case "pad":
            code = (await counter_pad.open_(door.hall, officer, seen.case.id, door.now())).reveal()
            return page(door, request, officer, seen, f"{code[:4]} {code[4:]}")
        case "card":
            card = await counter_pad.print_card(door.hall, officer, seen.case.id, door.now())
            number = f"{card.number[:2]} {card.number[2:6]} {card.number[6:]}"
            codes = tuple(f"{code.reveal()[:4]} {code.reveal()[4:]}" for code in card.codes)
            printed = PrintedCard(uri(seen), called(seen), number, codes, door.now())
            return door.pages.render(printed, context(door, request, officer))
        case _:
            raise Stale
