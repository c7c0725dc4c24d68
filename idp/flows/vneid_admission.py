"""VNeID has vouched: whose account that opens, by identity's rule, and what the account learns from it.

Everything happens in one transaction; of two first sign-ins at once the loser of a unique key judges once more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from idp.audit import kinds
from idp.audit.event import event
from idp.authn.authenticators import living
from idp.authn.sign_in_route import VNEID_METHODS, is_upstream
from idp.authn.sso_session import Proof, Session
from idp.flows import (
    evidence_binding,
    identity_numbers,
    known_browser,
    notices,
    recovery_running,
    sessions,
    switched_off,
    verify_identity,
)
from idp.flows.account_lock import refuse_if_locked
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction
from idp.flows.verify_identity import Witnessed
from idp.flows.visitor import Visitor
from idp.flows.vneid_facts import SOURCE, as_evidence, learn, new_person
from idp.identity import name
from idp.identity.assurance import may_sign_in
from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.person import Person
from idp.identity.upstream_link import (
    Asserted,
    Disagrees,
    FirstLink,
    Known,
    Link,
    NeedsLevelTwo,
    NeedsOwnProof,
    NewPerson,
    Verdict,
    judge,
)
from idp.kernel.clock import epoch
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from idp.notify import notice
from idp.storage.database import Tx
from idp.storage.errors import AlreadyExists
from idp.storage.persons import SANDBOX_MARK
from idp.upstream.vneid import Vouched

_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Admitted:
    cookie: Secret


@dataclass(frozen=True, slots=True)
class LinkFirst:
    """One of the account's own authenticators has to agree."""


@dataclass(frozen=True, slots=True)
class CaseOpened:
    number: str


@dataclass(frozen=True, slots=True)
class NotAdmitted:
    """`why` is one of the words of flows/vneid."""

    why: str


Outcome: TypeAlias = Admitted | LinkFirst | CaseOpened | NotAdmitted


@dataclass(frozen=True, slots=True)
class _Visit:
    """One answer on its way through: what stays the same in every try."""

    interaction: Interaction
    vouched: Vouched
    visitor: Visitor
    raised: str | None
    now: datetime


async def admit(
    hall: Hall, interaction: Interaction, vouched: Vouched, visitor: Visitor, raised: str | None, now: datetime
) -> Outcome:
    """`raised`: the person whose running session is to be raised; anybody else's VNeID is then refused."""
    visit = _Visit(interaction, vouched, visitor, raised, now)
    for _ in range(_TRIES):
        try:
            async with hall.db.tx() as tx:
                return await _once(tx, hall, visit)
        except AlreadyExists:
            continue
    return NotAdmitted("unavailable")


async def _once(tx: Tx, hall: Hall, visit: _Visit) -> Outcome:
    verdict = judge(await _asserted(tx, hall, visit))
    if isinstance(verdict, Disagrees):
        # Another first sign-in may have committed between two of our reads; both its rows are there by now.
        verdict = judge(await _asserted(tx, hall, visit))
    if visit.raised is not None and isinstance(verdict, NewPerson):
        return await _first_number(tx, hall, visit, visit.raised)
    if visit.raised is not None and _person_of(verdict) != visit.raised:
        return await _refuse(tx, visit, "other_person", None)
    match verdict:
        case Known(link):
            return await _enter(tx, hall, visit, link.person_id, link)
        case FirstLink(person_id):
            return await _enter(tx, hall, visit, person_id, None)
        case NewPerson():
            owner = await identity_numbers.owner(tx, _number(visit))
            if owner is not None:
                # It was theirs before they got another one: nobody is made a second time of an old card.
                return await _case(tx, visit, identity_numbers.BOUND, owner)
            return await _enter(tx, hall, visit, await _add(tx, hall, visit), None)
        case NeedsLevelTwo():
            return await _refuse(tx, visit, "level_two", None)
        case NeedsOwnProof():
            return LinkFirst()
        case Disagrees(change, person_id):
            return await _case(tx, visit, change.value, person_id)


async def _first_number(tx: Tx, hall: Hall, visit: _Visit, person_id: str) -> Outcome:
    """Somebody who is signed in here, and of whom no number is known, is who level 2 says, if it says their name.

    Whoever has a number is found by it; another one is another person's.
    """
    person, told = await tx.persons.get(person_id), visit.vouched.facts.get("name")
    held = person.facts.get("name") if person is not None else None
    agrees = held is None or (told is not None and name.same(str(held.value), told))
    if person is None or not agrees or await tx.persons.bears(person_id, identity_numbers.INDEXES):
        return await _refuse(tx, visit, "other_person", None)
    if visit.vouched.level < Level.SUBSTANTIAL:
        return await _refuse(tx, visit, "level_two", None)
    # Thousands share a name: whoever is verified here was born on a day, too.
    done = as_evidence(person_id, visit.vouched, visit.now)
    if await evidence_binding.objection(tx, person, done, visit.now) is not None:
        return await _refuse(tx, visit, "other_person", None)
    if await recovery_running.living(tx, person_id, visit.now) is not None:
        # Nothing is recorded as evidence then, and a number goes with its evidence.
        return await _refuse(tx, visit, "not_admitted", person_id)
    entered = await _enter(tx, hall, visit, person_id, None)
    if isinstance(entered, Admitted):
        await identity_numbers.replace(tx, person_id, _number(visit), source=SOURCE, now=visit.now)
    return entered


def _person_of(verdict: Verdict) -> str | None:
    match verdict:
        case Known(link):
            return link.person_id
        case FirstLink(person_id) | NeedsOwnProof(person_id) | Disagrees(_, person_id):
            return person_id
        case NewPerson() | NeedsLevelTwo():
            return None


async def _asserted(tx: Tx, hall: Hall, visit: _Visit) -> Asserted:
    vouched = visit.vouched
    bearer = await tx.persons.find("national_id", vouched.number)
    if bearer is None:
        return Asserted(vouched.level, await tx.upstream_links.by_subject(vouched.issuer, vouched.sub), None, None)
    session = await sessions.current(tx, hall, visit.visitor, visit.now)
    return Asserted(
        vouched.level,
        await tx.upstream_links.by_subject(vouched.issuer, vouched.sub),
        bearer,
        await tx.upstream_links.of_person(bearer),
        has_own=bool(await tx.authenticators.of_person(bearer)),
        own_proven=session is not None and session.person_id == bearer and _own_proof(session, visit.now),
    )


def _own_proof(session: Session, now: datetime) -> bool:
    return any(not is_upstream(proof.method) for proof in living(session.proofs, now))


async def _add(tx: Tx, hall: Hall, visit: _Visit) -> str:
    """A person whom VNeID alone has told us of. Contact data finds nobody: it is unverified."""
    person = new_person(visit.vouched, visit.now)
    words = name.search_words(str(person.facts["name"].value)) if "name" in person.facts else ()
    marks = (SANDBOX_MARK,) if hall.policies.is_sandbox else ()
    number = _number(visit)
    found = [*identity_numbers.identifiers(number), *(("name_word", word) for word in (*words, *marks))]
    await tx.persons.add(person, found)
    await identity_numbers.remember(tx, person.id, number, source=SOURCE, now=visit.now)
    await tx.verifications.add(as_evidence(person.id, visit.vouched, visit.now))
    await tx.events.append(
        event(
            kinds.PERSON_ADDED,
            at=visit.now,
            actor=f"upstream:{SOURCE}",
            person_id=person.id,
            claims=sorted(person.facts),
            identifiers=["national_id"],
            level=person.level.word,
            source=SOURCE,
        )
    )
    return person.id


def _number(visit: _Visit) -> IdentityNumber:
    return IdentityNumber(NumberKind.PIN, visit.vouched.number)


async def _link(tx: Tx, visit: _Visit, person_id: str) -> Link:
    await refuse_if_locked(tx, person_id)
    link = Link(new_id(), person_id, visit.vouched.level)
    await tx.upstream_links.add(link, visit.vouched.issuer, visit.vouched.sub, visit.now)
    told = {"upstream": SOURCE, "level": link.level.word}
    actor = f"person:{person_id}"
    await tx.events.append(event(kinds.UPSTREAM_LINKED, at=visit.now, actor=actor, person_id=person_id, **told))
    return link


async def _enter(tx: Tx, hall: Hall, visit: _Visit, person_id: str, linked: Link | None) -> Outcome:
    person = await tx.persons.get(person_id)
    vouched, now = visit.vouched, visit.now
    forbidden = VNEID_METHODS[vouched.level] in await switched_off.kinds(tx, person_id)
    if person is None or not may_sign_in(person) or forbidden:
        return await _refuse(tx, visit, "not_admitted", person_id)
    link = linked or await _link(tx, visit, person_id)
    if linked is None and person.created_at < now:
        # Whoever came into being by this very sign-in knows of it.
        await notices.tell(tx, hall, person, notice.VNEID_LINKED, now, at=epoch(now))
    if link.level is not vouched.level:
        await tx.upstream_links.set_level(link.id, vouched.level)
    proof = Proof(VNEID_METHODS[vouched.level], now, link.id)
    await learn(tx, person, vouched, now)
    opened = await sessions.prove(tx, hall, visit.visitor, person.id, proof, now, shared=visit.interaction.shared)
    await tx.events.append(
        event(
            kinds.SIGN_IN if visit.raised is None else kinds.STEP_UP,
            at=now,
            actor=f"person:{person.id}",
            person_id=person.id,
            client_id=visit.interaction.request.client_id,
            method=proof.method,
            session_id=opened.session.id,
            level=vouched.level.word,
        )
    )
    await _verify(tx, hall, person, visit, opened.session)
    shared = opened.session.shared
    await known_browser.met(tx, hall, person, visit.visitor, proof.method, now, shared=shared)
    return Admitted(opened.cookie)


async def _verify(tx: Tx, hall: Hall, person: Person, visit: _Visit, session: Session) -> None:
    """What VNeID vouches for is evidence, once for each level. Nothing falls: what a counter verified stays verified.

    Not while a recovery runs: whoever is taking the account over would gain by it.
    """
    vouched, now = visit.vouched, visit.now
    if await recovery_running.living(tx, person.id, now) is not None:
        return
    known = [one for one in await tx.verifications.of_person(person.id) if one.route == SOURCE and one.counts(now)]
    if any(one.level >= vouched.level for one in known):
        return
    proven = frozenset(proof.authenticator_id for proof in living(session.proofs, now))
    by = Witnessed(f"upstream:{SOURCE}", session.id, proven)
    await verify_identity.record(tx, hall, person, as_evidence(person.id, vouched, now), by, now)


async def _refuse(tx: Tx, visit: _Visit, why: str, person_id: str | None) -> NotAdmitted:
    await tx.events.append(
        event(
            kinds.SIGN_IN_FAILED,
            at=visit.now,
            actor="anonymous",
            person_id=person_id,
            client_id=visit.interaction.request.client_id,
            method="vneid",
            reason=why,
        )
    )
    return NotAdmitted(why)


async def _case(tx: Tx, visit: _Visit, kind: str, person_id: str) -> CaseOpened:
    """What changed is for an officer: neither the old account nor the new word is believed meanwhile."""
    vouched = visit.vouched
    details = {"issuer": vouched.issuer, "sub": vouched.sub, "number": vouched.number, "level": vouched.level.word}
    number, new = await tx.cases.open_(kind, person_id, details, visit.now)
    if new:
        told = {"case_id": number, "reason": kind}
        opened = event(kinds.CASE_OPENED, at=visit.now, actor=f"upstream:{SOURCE}", person_id=person_id, **told)
        await tx.events.append(opened)
    await _refuse(tx, visit, kind, person_id)
    return CaseOpened(number)
