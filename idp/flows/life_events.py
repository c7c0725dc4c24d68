"""Events in a person's life, recorded and taken back: what they do to the account happens in the same moment.

A reversal gives back the state, the name and the number that the event took. It never gives back a session, a grant, a
token or a level: whoever was inside proves anew who they are.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import access, identity_numbers, names, notices, security_events, verify_identity
from idp.flows.hall import Hall
from idp.identity import life_event
from idp.identity.identity_number import IdentityNumber
from idp.identity.life_event import Consequence, LifeEvent, LifeEventKind, Teller
from idp.identity.person import Person, PersonState
from idp.kernel.clock import day_of, epoch
from idp.kernel.errors import Refusal
from idp.kernel.ids import new_id
from idp.notify.notice import ACCOUNT_HELD, ACCOUNT_RELEASED
from idp.storage.database import Tx
from idp.storage.errors import AlreadyExists

_REVERSED: Final = "reversed"
_OTHER_NUMBER: Final = "other_number"


class NobodyHere(Exception):
    """Nobody bears this id."""


class AlreadyBound(Exception):
    """`identity_already_bound`: the new number is or was another person's; the case's number."""

    def __init__(self, case_id: str | None) -> None:
        super().__init__(identity_numbers.BOUND)
        self.case_id = case_id


@dataclass(frozen=True, slots=True)
class Report:
    """`name` holds the new name and what is known of its parts; `number` is a new card's, where it is another one."""

    kind: LifeEventKind
    told_by: Teller
    effective_at: datetime
    known_at: datetime
    name: dict[str, str] = field(default_factory=dict, repr=False)
    number: IdentityNumber | None = None


@dataclass(frozen=True, slots=True)
class Done:
    event_id: str
    state: PersonState
    sessions: int


async def record(hall: Hall, person_id: str, report: Report, *, actor: str, now: datetime) -> Done:
    """Raises NobodyHere, AlreadyBound, and Refusal where the teller is not believed, or the dates can't be."""
    life_event.check_dates(report.effective_at, report.known_at, now)
    if (report.kind is LifeEventKind.NAME_CHANGED) != ("name" in report.name):
        raise Refusal("life_event_name")
    if report.number is not None and report.kind is not LifeEventKind.NEW_CARD:
        raise Refusal("life_event_number")
    try:
        async with hall.db.tx() as tx:
            done = await take(tx, hall, person_id, report, actor=actor, now=now)
    except AlreadyExists:
        numbers = [report.number] if report.number is not None else []
        raise AlreadyBound(await identity_numbers.dispute(hall, numbers, actor=actor, now=now)) from None
    hall.outbox_due.set()
    return done


async def take(tx: Tx, hall: Hall, person_id: str, report: Report, *, actor: str, now: datetime) -> Done:
    """The same within whatever else happens in the moment. Set `hall.outbox_due` after the commit.

    Raises NobodyHere, Refusal, and AlreadyExists for a number that is another person's.
    """
    person = await _alone(tx, person_id)
    happened = await tx.life_events.of_person(person_id)
    life_event.check_new(report.kind, report.told_by, happened)
    follows = life_event.consequence(report.kind, report.told_by, new_number=report.number is not None)
    new = LifeEvent(
        new_id(),
        person_id,
        report.kind,
        report.told_by,
        report.effective_at,
        report.known_at,
        now,
        life_event.base_of(person.state, happened),
        _details(report),
    )
    await tx.life_events.add(new)
    dates: dict[str, Any] = {
        "valid_from": day_of(new.effective_at).isoformat(),
        "known_at": new.known_at,
        "event_id": new.id,
    }
    if report.name:
        await names.change(tx, person, report.name, source=new.told_by.value, now=now, **dates)
    if report.number is not None:
        await identity_numbers.replace(tx, person_id, report.number, source=new.told_by.value, now=now, **dates)
        for answered in life_event.answered_by(new, happened):
            await tx.life_events.reverse(answered.id, new.id, now)
    return await _settle(tx, hall, person, new, follows, actor, now)


async def reverse(hall: Hall, person_id: str, event_id: str, told_by: Teller, *, actor: str, now: datetime) -> Done:
    """A report was wrong. Raises NobodyHere, and Refusal where this teller can't take it back."""
    async with hall.db.tx() as tx:
        person = await _alone(tx, person_id)
        happened = await tx.life_events.of_person(person_id)
        asked = next((one for one in happened if one.id == event_id), None)
        wrong = life_event.check_reversal(asked, told_by)
        await tx.life_events.reverse(wrong.id, told_by.value, now)
        # What this event had answered is open again.
        await tx.life_events.reopen(wrong.id)
        await tx.personal_history.strike(person_id, wrong.id, now)
        if wrong.kind is LifeEventKind.NAME_CHANGED:
            await names.follow(tx, person, now)
        follows = Consequence()
        if "number" in wrong.details:
            number = identity_numbers.from_json(wrong.details["number"])
            await identity_numbers.give_back(tx, person_id, number)
            # Whoever signed in by it signed in by a number that never was this person's.
            follows = Consequence(ends_access=True, level_falls=True)
        done = await _settle(tx, hall, person, wrong, follows, actor, now, reversed_by=told_by)
    hall.outbox_due.set()
    return done


async def _settle(
    tx: Tx,
    hall: Hall,
    person: Person,
    about: LifeEvent,
    follows: Consequence,
    actor: str,
    now: datetime,
    *,
    reversed_by: Teller | None = None,
) -> Done:
    """The state that everything which stands asks for, at once on every session, grant and token."""
    state = life_event.state_of(about.base, await tx.life_events.of_person(person.id))
    if state is not person.state:
        await tx.persons.set_state(person.id, state, now)
        await security_events.account_changed(tx, person, state, now)
    if follows.level_falls:
        # What was verified was verified of a number that is not this person's, or no longer.
        await verify_identity.withdraw_all(tx, hall, person, _OTHER_NUMBER, now, actor=actor)
    await _tell(tx, hall, person, state, now)
    ended = 0
    if follows.ends_access or state is not PersonState.ACTIVE:
        why = about.kind.value if reversed_by is None else _REVERSED
        ended = await access.end(tx, person.id, actor=actor, reason=why, now=now)
    told: dict[str, Any] = {
        "reason": about.kind.value,
        "event_id": about.id,
        "source": (reversed_by or about.told_by).value,
        "before": person.state.value,
        "state": state.value,
        "sessions": ended,
    }
    kind = kinds.LIFE_EVENT_RECORDED if reversed_by is None else kinds.LIFE_EVENT_REVERSED
    await tx.events.append(event(kind, at=now, actor=actor, person_id=person.id, **told))
    return Done(about.id, state, ended)


async def _tell(tx: Tx, hall: Hall, person: Person, state: PersonState, now: datetime) -> None:
    """Whoever lives learns that somebody said otherwise. Of a death that a register reports nobody is written to."""
    match (person.state, state):
        case (PersonState.ACTIVE, PersonState.SUSPENDED):
            await notices.tell(tx, hall, person, ACCOUNT_HELD, now, at=epoch(now))
        case (PersonState.SUSPENDED | PersonState.CLOSED, PersonState.ACTIVE):
            await notices.tell(tx, hall, person, ACCOUNT_RELEASED, now, at=epoch(now))
        case _:
            pass


async def _alone(tx: Tx, person_id: str) -> Person:
    """Of two events at once the second sees what the first did."""
    person = await tx.persons.alone(person_id)
    if person is None:
        raise NobodyHere
    return person


def _details(report: Report) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if report.name:
        details["name"] = dict(report.name)
    if report.number is not None:
        details["number"] = identity_numbers.to_json(report.number)
    return details
