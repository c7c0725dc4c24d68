"""The first officer's desk: what they did, one box each; what the citizen agreed to; what of the account is theirs."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.admin.frame import context, token
from idp.admin.words import act_of, called, papers_of, uri, ways_of
from idp.flows import counter_chip, counter_desk
from idp.flows.counter_case import Stale, View
from idp.flows.counter_desk import Prepared
from idp.flows.officers import Officer
from idp.identity import counter_case as rules
from idp.identity.counter_case import CHOSEN, TICKS, WITNESSES, Consent, Mark, Reading, Reason, Tick
from idp.web.deps import Door
from idp.web.forms import Form
from idp.web.pages.admin import AdminCase
from idp.web.responses import see_other

TURN: Final = "desk"
CHIP: Final = "chip"
PORTRAIT: Final = "portrait"
_TEXTS: Final = ("reading", "helper", "mark", "witness", "doubts_reason", "note", "reason")
_WITNESSES: Final = tuple(f"witness{n}" for n in range(1, WITNESSES + 1))


async def page(
    door: Door,
    request: Request,
    officer: Officer,
    seen: View,
    form: Form | None = None,
    errors: tuple[str, ...] = (),
    chip_error: str | None = None,
) -> Response:
    file = seen.file
    if file is None:
        raise Stale
    frame = context(door, request, officer)
    reads = counter_chip.is_read(door.hall, seen.case.route)
    unread = reads and file.chip is None
    shown = AdminCase(
        action=uri(seen),
        csrf=token(door, officer, act_of(seen, TURN)),
        case_id=seen.case.id,
        route=seen.case.route,
        unit=seen.units[seen.desk.first_unit],
        name=called(seen),
        opened_at=seen.case.opened_at,
        papers=papers_of(seen, frame.lang),
        ticks=tuple(tick.value for tick in TICKS[seen.case.route]),
        # Whoever came into being here has no earlier way in.
        ways=() if file.created else ways_of(seen.ways),
        sessions=0 if file.created else seen.sessions,
        doubts=file.doubts,
        reasons=tuple(reason.value for reason in CHOSEN),
        conflict=not file.created and rules.belongs_to_another(seen.person, file.papers),
        may_dispute=not file.created,
        values={name: form.get(name) or "" for name in (*_TEXTS, *_WITNESSES)} if form is not None else {},
        chosen=frozenset((*form.all("tick"), *form.all("kept"))) if form is not None else frozenset(),
        errors=errors,
        chip_action=f"{uri(seen)}/{CHIP}" if reads else None,
        chip_csrf=token(door, officer, act_of(seen, CHIP)),
        challenge=await counter_chip.challenge(door.hall, officer, seen.case.id) if unread else "",
        chip=str(file.chip["clone_check"]) if file.chip is not None else None,
        chip_error=chip_error,
        portrait_uri=await _portrait(door, officer, seen),
    )
    return door.pages.render(shown, frame)


async def submit(door: Door, request: Request, officer: Officer, seen: View, form: Form) -> Response:
    case, now = seen.case, door.now()
    match form.get("act"):
        case "submit":
            told = _prepared(form)
            faults = await counter_desk.submit(door.hall, officer, case.id, case.version, told, now)
            if faults:
                return await page(door, request, officer, seen, form, tuple(fault.value for fault in faults))
        case "refuse":
            reason = reason_of(form)
            if reason is None:
                return await page(door, request, officer, seen, form, ("reason",))
            note = form.get("note") or ""
            await counter_desk.refuse(door.hall, officer, case.id, case.version, reason, note, now)
        case "dispute":
            await counter_desk.dispute(door.hall, officer, case.id, case.version, now)
        case _:
            raise Stale
    return see_other(uri(seen))


async def _portrait(door: Door, officer: Officer, seen: View) -> str | None:
    """None where no chip was read, or the half hour in which its picture stays is over."""
    found = await counter_chip.portrait(door.hall, officer, seen.case.id, door.now())
    return f"{uri(seen)}/{PORTRAIT}" if found is not None else None


def reason_of(form: Form) -> Reason | None:
    return next((one for one in CHOSEN if one.value == form.get("reason")), None)


def _prepared(form: Form) -> Prepared:
    ticked = form.all("tick")
    return Prepared(
        ticks=tuple(tick for tick in Tick if tick.value in ticked),
        consent=_consent(form),
        doubts_reason=form.get("doubts_reason") or "",
        kept=form.all("kept"),
        witnesses=tuple(text for name in _WITNESSES if (text := form.get(name))),
    )


def _consent(form: Form) -> Consent | None:
    reading = next((one for one in Reading if one.value == form.get("reading")), None)
    mark = next((one for one in Mark if one.value == form.get("mark")), None)
    if reading is None or mark is None:
        return None
    return Consent(reading, mark, rules.clean(form.get("helper") or ""), rules.clean(form.get("witness") or ""))
