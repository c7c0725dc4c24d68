"""The first officer's desk: a case is opened from the papers on it, prepared, handed over to a second, or refused."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import (
    counter_case,
    counter_chip,
    counter_refusal,
    evidence_binding,
    identity_numbers,
    verification_cases,
    verify_identity,
)
from idp.flows.counter_case import FIRST_ROLES, Stale, View
from idp.flows.counter_evidence import as_evidence
from idp.flows.hall import Hall
from idp.flows.officers import Officer
from idp.flows.verify_identity import Witnessed
from idp.identity import counter_case as rules
from idp.identity import login_identifier, name
from idp.identity.assurance import may_sign_in, person_level
from idp.identity.counter_case import PROVISIONAL, Consent, Fault, File, Papers, Reason, Tick, Unfit
from idp.identity.person import Fact, Person, PersonState
from idp.identity.routes import ROUTES, counter
from idp.identity.verification_case import CaseState
from idp.kernel.clock import day_of
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.storage.database import Tx
from idp.storage.errors import AlreadyExists
from idp.storage.persons import SANDBOX_MARK

SOURCE = "counter"


@dataclass(frozen=True, slots=True)
class Opened:
    """The case that was opened, or the one of this officer's that runs already."""

    case_id: str


@dataclass(frozen=True, slots=True)
class NotOpened:
    """`why`: this officer may have nothing to do with it. None: another desk has a case of this person."""

    why: Unfit | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the first officer did, as the form told it. `witnesses` are identifiers as they were typed."""

    ticks: tuple[Tick, ...]
    consent: Consent | None = field(repr=False)
    doubts_reason: str = field(default="", repr=False)
    kept: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = field(default=(), repr=False)


Outcome: TypeAlias = Opened | NotOpened


async def open_(hall: Hall, officer: Officer, route: str, papers: Papers, now: datetime) -> Outcome:
    """Somebody stands at the desk. Raises Refusal where their account is locked or being recovered."""
    for last in (False, True):
        try:
            async with hall.db.tx() as tx:
                return await _open(tx, hall, officer, route, papers, now)
        except AlreadyExists:
            # Another desk was faster with the same number: now its person is found.
            if last:
                raise
        except _Unfit as unfit:
            return NotOpened(unfit.why)
    raise AssertionError


class _Unfit(Exception):
    """Takes back what the transaction had begun."""

    def __init__(self, why: Unfit | None) -> None:
        super().__init__()
        self.why = why


async def _open(tx: Tx, hall: Hall, officer: Officer, route: str, papers: Papers, now: datetime) -> Outcome:
    unit = officer.unit(*FIRST_ROLES)
    if unit is None:
        raise Stale
    number = papers.identity_number()
    bearer = await identity_numbers.owner(tx, number) if number is not None else None
    person = await tx.persons.get(bearer) if bearer is not None else None
    created = person is None
    if person is None:
        person = await _add(tx, hall, officer, papers, now)
    file = File(papers, unit, created, rules.doubts(papers, day_of(now)))
    why = rules.unfit(officer.person, person, file)
    if why is not None:
        raise _Unfit(why)
    target = ROUTES[route].ceiling
    wanted = verification_cases.new_case(
        person, route, now, actor=officer.actor, target=target, unit=unit, details=rules.write(file)
    )
    case = await verification_cases.begin(tx, wanted)
    if case.id != wanted.id:
        desk = await tx.counter_desks.get(case.id)
        if desk is not None and desk.first_id == officer.person.id:
            return Opened(case.id)
        raise _Unfit(None)
    await tx.counter_desks.add(case.id, officer.person.id, unit)
    reason = Reason.DOCUMENT_EXPIRED if rules.has_expired(papers, day_of(now)) else None
    # A card that was replaced by one with another number is found by whoever finds it, and is nobody's evidence.
    if number is not None and await evidence_binding.refusal(tx, person.id, number) is not None:
        reason = Reason.DATA_DIFFERS
    if reason is not None:
        view = await counter_case.found(tx, officer, case.id, now)
        await counter_refusal.refuse(tx, hall, view, reason, "", officer.actor, now)
    return Opened(case.id)


async def submit(
    hall: Hall, officer: Officer, case_id: str, version: int, told: Prepared, now: datetime
) -> tuple[Fault, ...]:
    """To the second officer; empty: done. Raises NoSuchCase or Stale."""
    async with hall.db.tx() as tx:
        seen = await _own(tx, officer, case_id, version, now)
        file = await _filled(tx, seen, told, now)
        faults = rules.missing(file, seen.case.route)
        if not file.created and rules.belongs_to_another(seen.person, file.papers):
            # Not to be ticked away: either the values were mistyped, or it is a dispute.
            faults = (*faults, Fault.NAME)
        if faults:
            return faults
        file = await _provisional(tx, hall, officer, seen, file, now)
        moved = await verification_cases.move(
            tx, seen.case, CaseState.WAITS_FOR_SECOND, now, actor=officer.actor, details=rules.write(file)
        )
        await counter_case.draw(tx, moved, seen.desk, now)
    await counter_chip.forget(hall, case_id)
    hall.outbox_due.set()
    return ()


async def refuse(
    hall: Hall, officer: Officer, case_id: str, version: int, reason: Reason, note: str, now: datetime
) -> None:
    """At the desk already. Raises NoSuchCase or Stale."""
    async with hall.db.tx() as tx:
        seen = await _own(tx, officer, case_id, version, now)
        await counter_refusal.refuse(tx, hall, seen, reason, rules.clean(note), officer.actor, now)
    await counter_chip.forget(hall, case_id)
    hall.outbox_due.set()


async def dispute(hall: Hall, officer: Officer, case_id: str, version: int, now: datetime) -> None:
    """The person with the card says that the account is not theirs. Raises NoSuchCase or Stale."""
    async with hall.db.tx() as tx:
        seen = await _own(tx, officer, case_id, version, now)
        if seen.file is None or seen.file.created:
            raise Stale
        await counter_refusal.refuse(tx, hall, seen, Reason.IDENTITY_ALREADY_BOUND, "", officer.actor, now)
    await counter_chip.forget(hall, case_id)
    hall.outbox_due.set()


async def _own(tx: Tx, officer: Officer, case_id: str, version: int, now: datetime) -> View:
    seen = await counter_case.found(tx, officer, case_id, now)
    may = seen.is_first and officer.unit(*FIRST_ROLES) is not None
    if not may or seen.case.state is not CaseState.OPEN or seen.case.version != version or seen.file is None:
        raise Stale
    return seen


async def _add(tx: Tx, hall: Hall, officer: Officer, papers: Papers, now: datetime) -> Person:
    """Somebody whom nobody here knew. Nothing vouches for them yet, and a refusal gives the number free again."""
    facts = {claim: Fact(value, SOURCE, now) for claim, value in papers.claims().items()}
    person = Person(new_id(), PersonState.ACTIVE, Level.BASIC, facts, now, now)
    marks = (SANDBOX_MARK,) if hall.policies.is_sandbox else ()
    number = papers.identity_number()
    numbers = identity_numbers.identifiers(number) if number is not None else ()
    words = [("name_word", word) for word in (*name.search_words(papers.name), *marks)]
    await tx.persons.add(person, [*numbers, *words])
    if number is not None:
        await identity_numbers.remember(tx, person.id, number, source=SOURCE, now=now)
    told: dict[str, Any] = {
        "claims": sorted(facts),
        "identifiers": [number.index] if number is not None else [],
        "level": person.level.word,
        "source": SOURCE,
    }
    await tx.events.append(event(kinds.PERSON_ADDED, at=now, actor=officer.actor, person_id=person.id, **told))
    return person


async def _filled(tx: Tx, seen: View, told: Prepared, now: datetime) -> File:
    known = {way.key for way in seen.ways}
    file = seen.file
    if file is None:
        raise Stale
    return replace(
        file,
        ticks=told.ticks,
        consent=told.consent,
        doubts_reason=rules.clean(told.doubts_reason),
        kept=tuple(key for key in told.kept if key in known),
        witnesses=tuple(await _witnesses(tx, seen, told.witnesses, now)),
    )


async def _witnesses(tx: Tx, seen: View, typed: tuple[str, ...], now: datetime) -> list[str]:
    """Those who are verified themselves; whoever is not is not counted, and then there are too few."""
    found = []
    for text in typed:
        candidates = [await tx.persons.find(one.kind, one.value) for one in login_identifier.parse(text)]
        person_id = next((one for one in candidates if one is not None), None)
        person = await tx.persons.get(person_id) if person_id is not None else None
        outsider = person is not None and person.id not in (seen.person.id, seen.desk.first_id)
        if person is not None and outsider and may_sign_in(person) and person_level(person, now) >= Level.SUBSTANTIAL:
            found.append(person.id)
    return found


async def _provisional(tx: Tx, hall: Hall, officer: Officer, seen: View, file: File, now: datetime) -> File:
    """Meanwhile the citizen is served at `low`, on one officer's word and for some days."""
    if seen.case.route != counter.ROUTE.name or person_level(seen.person, now) >= Level.LOW:
        return file
    done = as_evidence(seen.case, file, Level.LOW, now)
    done = replace(done, ends_at=min(filter(None, (done.ends_at, now + PROVISIONAL))))
    by = Witnessed(officer.actor, None, counter_case.kept_authenticators(file))
    await verify_identity.record(tx, hall, seen.person, done, by, now)
    return replace(file, provisional=done.id)
