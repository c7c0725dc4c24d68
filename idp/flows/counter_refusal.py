"""A counter says no: with a stable reason, a case that another officer looks at, and nothing half made left behind."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import access, identity_numbers, verification_cases, verify_identity
from idp.flows.counter_case import View
from idp.flows.hall import Hall
from idp.flows.verification_cases import Overtaken
from idp.flows.verify_by_chip import SOD
from idp.identity import counter_case as rules
from idp.identity.counter_case import Reason
from idp.identity.person import PersonState
from idp.identity.verification_case import CaseState
from idp.storage.database import Tx

# Nobody stands at a desk for longer.
_OPEN_FOR: Final = timedelta(days=1)


async def refuse(tx: Tx, hall: Hall, seen: View, reason: Reason, note: str, actor: str, now: datetime) -> None:
    """The case is over. Whoever came into being by it is nobody again; what stood provisionally stands no more."""
    file, person = seen.file, seen.person
    told = seen.case if file is None else replace(seen.case, details=rules.write(replace(file, note=note)))
    await verification_cases.refuse(tx, told, reason.value, now, actor=actor)
    if file is not None and file.provisional is not None:
        await verify_identity.withdraw(tx, hall, person, frozenset({file.provisional}), reason.value, now, actor=actor)
    if reason is Reason.IDENTITY_ALREADY_BOUND:
        await _dispute(tx, seen, actor, now)
    if file is not None and file.created:
        await _undo(tx, seen, actor, now)


async def end_abandoned(hall: Hall, now: datetime) -> int:
    """Cases that their first officer left, or whose role ended: nobody else could ever take up the number again.

    How many were refused; the citizen stands at any desk anew.
    """
    async with hall.db.read() as tx:
        left = await tx.counter_desks.abandoned(now - _OPEN_FOR)
    for desk in left:
        # Another node, or the officer after all, may have been quicker.
        with suppress(Overtaken):
            async with hall.db.tx() as tx:
                case = await tx.verification_cases.get(desk.case_id)
                person = await tx.persons.get(case.person_id) if case is not None else None
                if case is None or person is None or case.state is not CaseState.OPEN:
                    continue
                seen = View(case, desk, person, rules.read(case.details), is_first=False)
                await refuse(tx, hall, seen, Reason.INCOMPLETE, "", "system", now)
    return len(left)


async def _dispute(tx: Tx, seen: View, actor: str, now: datetime) -> None:
    """Domain §4: a thief may have come first. The case is the account's; the card's bearer is told its number."""
    number = seen.file.papers.identity_number() if seen.file is not None else None
    if number is not None:
        await identity_numbers.open_dispute(tx, seen.person.id, number, actor=actor, now=now)


async def _undo(tx: Tx, seen: View, actor: str, now: datetime) -> None:
    """A claimed number reserves nothing: whoever comes next with it is not stopped by this one."""
    person = seen.person
    number = seen.file.papers.identity_number() if seen.file is not None else None
    for kind, value in identity_numbers.identifiers(number) if number is not None else ():
        await tx.persons.unidentify(person.id, kind, value)
    for kind in ("code_card", SOD):
        await tx.persons.set_identifiers(person.id, kind, ())
    await tx.persons.set_name_words(person.id, ())
    for one in await tx.authenticators.of_person(person.id):
        await tx.authenticators.remove(one.id, person.id)
    await access.end(tx, person.id, actor=actor, reason="refused", now=now)
    await tx.persons.set_state(person.id, PersonState.CLOSED, now)
    told = {"before": person.state.value, "after": PersonState.CLOSED.value, "reason": "refused"}
    await tx.events.append(event(kinds.PERSON_STATE_CHANGED, at=now, actor=actor, person_id=person.id, **told))
