"""The second officer's look: all that the first gathered, to be confirmed as it stands or refused with a reason."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.admin.desk import reason_of
from idp.admin.frame import context, token
from idp.admin.words import act_of, called, papers_of, uri, ways_of
from idp.flows import counter_second
from idp.flows.counter_case import Stale, View
from idp.flows.officers import Officer
from idp.identity.counter_case import CHOSEN, Consent
from idp.identity.routes import ROUTES
from idp.web.catalogue import translator
from idp.web.deps import Door
from idp.web.forms import Form
from idp.web.pages.admin import AdminReview
from idp.web.responses import see_other

TURN: Final = "review"


def page(door: Door, request: Request, officer: Officer, seen: View, error: str | None = None) -> Response:
    file = seen.file
    if file is None:
        raise Stale
    frame = context(door, request, officer)
    earlier = () if file.created else seen.ways
    shown = AdminReview(
        action=uri(seen),
        csrf=token(door, officer, act_of(seen, TURN)),
        case_id=seen.case.id,
        route=seen.case.route,
        unit=seen.units[seen.desk.first_unit],
        name=called(seen),
        opened_at=seen.case.opened_at,
        papers=papers_of(seen, frame.lang),
        ticks=tuple(tick.value for tick in file.ticks),
        level=ROUTES[seen.case.route].ceiling.word,
        consent=_consent(file.consent, frame.lang),
        ways=ways_of(tuple(way for way in earlier if way.key in file.kept)),
        dropped=ways_of(tuple(way for way in earlier if way.key not in file.kept)),
        doubts=file.doubts,
        doubts_reason=file.doubts_reason,
        witnesses=len(file.witnesses),
        chip=file.chip["clone_check"] if file.chip else None,
        reasons=tuple(reason.value for reason in CHOSEN),
        error=error,
    )
    return door.pages.render(shown, frame)


async def submit(door: Door, request: Request, officer: Officer, seen: View, form: Form) -> Response:
    case, now = seen.case, door.now()
    match form.get("act"):
        case "confirm":
            if form.get("seen") != "yes":
                return page(door, request, officer, seen, "seen")
            await counter_second.confirm(door.hall, officer, case.id, case.version, now)
        case "refuse":
            reason = reason_of(form)
            if reason is None:
                return page(door, request, officer, seen, "reason")
            await counter_second.refuse(door.hall, officer, case.id, case.version, reason, form.get("note") or "", now)
        case _:
            raise Stale
    return see_other(uri(seen))


def _consent(consent: Consent | None, lang: str) -> tuple[tuple[str, str], ...]:
    """How they were told and agreed, with the name of whoever helped."""
    if consent is None:
        return ()
    t = translator(lang)
    reading, mark = t(f"counter.reading.{consent.reading.value}"), t(f"counter.mark.{consent.mark.value}")
    return (
        (reading, consent.helper),
        (mark, consent.witness),
    )
