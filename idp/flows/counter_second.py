"""The second officer: another person of another unit, drawn by lot, who confirms what the first did or refuses it."""

from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import (
    access,
    chip_trust,
    counter_case,
    counter_refusal,
    names,
    verification_cases,
    verify_identity,
)
from idp.flows.counter_case import Stale, View
from idp.flows.counter_desk import SOURCE
from idp.flows.counter_evidence import as_evidence
from idp.flows.hall import Hall
from idp.flows.officers import Officer
from idp.flows.verify_identity import Witnessed
from idp.identity import counter_case as rules
from idp.identity.counter_case import File, Reason
from idp.identity.person import Fact, Person
from idp.identity.routes import ROUTES
from idp.identity.verification_case import CaseState
from idp.storage.authenticators import Authenticator
from idp.storage.counter_desks import Desk
from idp.storage.database import Tx

_CARD = ("code_card", "pin")
_SUPERSEDED = "superseded"


async def confirm(hall: Hall, officer: Officer, case_id: str, version: int, now: datetime) -> None:
    """The level is theirs from now on. Raises NoSuchCase, Stale, and Refusal where their account is held or locked."""
    try:
        await _confirm(hall, officer, case_id, version, now)
    except _NotAccepted as refused:
        # Meanwhile the number became another's, or the signer was revoked: nothing of the account is dropped for it.
        await refuse(hall, officer, case_id, version, refused.reason, "", now)
    hall.outbox_due.set()


class _NotAccepted(Exception):
    """Takes back what the transaction had begun."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code)
        self.reason = Reason.DOCUMENT_SUSPECT if code == chip_trust.REVOKED else Reason.DATA_DIFFERS


async def _confirm(hall: Hall, officer: Officer, case_id: str, version: int, now: datetime) -> None:
    async with hall.db.tx() as tx:
        seen, file = await _drawn(tx, officer, case_id, version, now)
        await verification_cases.refuse_if_held(tx, seen.person.id)
        await _learn(tx, seen.person, officer.actor, file, now)
        kept = await _drop_unknown(tx, seen, file, officer.actor, now)
        done = as_evidence(seen.case, file, ROUTES[seen.case.route].ceiling, now)
        by = Witnessed(officer.actor, None, kept)
        moved = await verification_cases.accept(tx, hall, seen.case, done, by, now)
        if moved.state is not CaseState.ACCEPTED:
            raise _NotAccepted(moved.reason)
        if file.provisional is not None:
            person = await tx.persons.get(seen.person.id) or seen.person
            await verify_identity.withdraw(
                tx, hall, person, frozenset({file.provisional}), _SUPERSEDED, now, actor=officer.actor
            )


async def refuse(
    hall: Hall, officer: Officer, case_id: str, version: int, reason: Reason, note: str, now: datetime
) -> None:
    """Raises NoSuchCase or Stale."""
    async with hall.db.tx() as tx:
        seen, _ = await _drawn(tx, officer, case_id, version, now)
        await counter_refusal.refuse(tx, hall, seen, reason, rules.clean(note), officer.actor, now)
    hall.outbox_due.set()


async def _drawn(tx: Tx, officer: Officer, case_id: str, version: int, now: datetime) -> tuple[View, File]:
    """Every rule anew, at the moment of the word: a role may have lapsed since the lot was cast."""
    seen = await counter_case.found(tx, officer, case_id, now)
    unit, role = officer.unit(rules.second_role(seen.case.route)), rules.second_role(seen.case.route)
    if seen.file is None or seen.case.state is not CaseState.WAITS_FOR_SECOND or seen.case.version != version:
        raise Stale
    if unit is None or role not in officer.roles or seen.desk.second_id != officer.person.id:
        raise Stale
    if rules.unfit_as_second(officer.person, unit, seen.desk.first_id, seen.person, seen.file) is not None:
        raise Stale
    if not await tx.counter_desks.decide(case_id, officer.person.id, now):
        raise Stale
    return seen, seen.file


async def _learn(tx: Tx, person: Person, actor: str, file: File, now: datetime) -> None:
    """What was not known, or only the year of; a name that was there differs in writing at most, and stays."""
    told = {claim: value for claim, value in file.papers.claims().items() if _is_news(person, claim, value)}
    if not told:
        return
    facts = {**person.facts, **{claim: Fact(value, SOURCE, now) for claim, value in told.items()}}
    await tx.persons.set_facts(person.id, facts, now)
    if "name" in told:
        await names.reindex(tx, person.id, facts, await tx.personal_history.of_person(person.id))
    changed: dict[str, Any] = {"claims": sorted(told), "source": SOURCE}
    await tx.events.append(event(kinds.PERSON_FACTS_CHANGED, at=now, actor=actor, person_id=person.id, **changed))


def _is_news(person: Person, claim: str, value: object) -> bool:
    known = person.facts[claim].value if claim in person.facts else None
    return not known or (claim == "birthdate" and len(str(known)) < len(str(value)))


async def _drop_unknown(tx: Tx, seen: View, file: File, actor: str, now: datetime) -> frozenset[str]:
    """Domain §3: what the citizen did not recognise at the desk is gone; what they did keeps its worth."""
    kept = counter_case.kept_authenticators(file)
    staying, ended = set(), False
    person_id = seen.person.id
    for one in (*await tx.authenticators.of_person_alone(person_id), *await tx.authenticators.suspended(person_id)):
        if one.id in kept or _is_of_this_case(one, seen.desk):
            staying.add(one.id)
            continue
        await tx.authenticators.remove(one.id, person_id)
        told: dict[str, Any] = {"method": one.kind, "authenticator_id": one.id}
        await tx.events.append(event(kinds.AUTHENTICATOR_REMOVED, at=now, actor=actor, person_id=person_id, **told))
        ended = True
    if ended:
        # Whoever came in by it stays no longer than it, though no level rises that would end every session.
        await access.end(tx, person_id, actor=actor, reason="authenticator_removed", now=now)
    await _drop_channels(tx, seen.person, counter_case.kept_channels(file), actor, now)
    return frozenset(staying)


async def _drop_channels(tx: Tx, person: Person, kept: frozenset[str], actor: str, now: datetime) -> None:
    gone = [claim for claim in counter_case.channels(person) if claim not in kept]
    if not gone:
        return
    current = await tx.persons.get(person.id) or person
    dropped = {name for claim in gone for name in (claim, f"{claim}_verified")}
    facts = {claim: fact for claim, fact in current.facts.items() if claim not in dropped}
    await tx.persons.set_facts(person.id, facts, now)
    for claim in gone:
        await tx.persons.set_identifiers(person.id, claim, ())
    told: dict[str, Any] = {"claims": sorted(gone), "source": SOURCE}
    await tx.events.append(event(kinds.PERSON_FACTS_CHANGED, at=now, actor=actor, person_id=person.id, **told))


def _is_of_this_case(one: Authenticator, desk: Desk) -> bool:
    """The card that was printed here: made in the very act that the desk wrote down."""
    return one.kind in _CARD and desk.printed_at is not None and one.enrolled_at == desk.printed_at
