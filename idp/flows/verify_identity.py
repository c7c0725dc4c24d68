"""A person's level rises and falls by evidence alone: an act is recorded, the level computed anew, and whatever was
enrolled before a raise is held at what it was worth then.

The level beside the person (`persons.level`) is only what these rows came to last; nothing else writes it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import notices, security_events, sessions
from idp.flows.hall import Hall
from idp.identity.assurance import Standing, person_level, standing
from idp.identity.person import Person
from idp.identity.routes import ROUTES
from idp.identity.verification import Framework, Verification
from idp.kernel.clock import epoch
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.notify import notice
from idp.storage.database import Tx

LAPSED: Final = "lapsed"
# VNeID's own application tells of each sign-in there, and a link to it is told of by itself.
_TOLD_ELSEWHERE: Final = frozenset({"vneid"})


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Who stood by when a person was verified: what they proved in that very act is theirs without any doubt.

    `session_id` is kept; `authenticators` keep what they are worth. Everything else from before is held down.
    """

    actor: str
    session_id: str | None = None
    authenticators: frozenset[str] = frozenset()


async def record(tx: Tx, hall: Hall, person: Person, done: Verification, by: Witnessed, now: datetime) -> Standing:
    """One act of verification, for good. Set `hall.outbox_due` after the commit."""
    route = ROUTES[done.route]
    if done.level > route.ceiling or done.framework is not route.framework:
        raise ValueError(f"{done.route} gives no such level")
    # Evidence must not be added beside a standing level that has no row yet.
    await _take_over(tx, person, now)
    await tx.verifications.add(done)
    told = {"verification_id": done.id, "source": done.route, "level": done.level.word}
    await tx.events.append(event(kinds.IDENTITY_VERIFIED, at=now, actor=by.actor, person_id=person.id, **told))
    before = person_level(person, now)
    reached = await settle(tx, hall, person, now, actor=by.actor)
    if reached.level > before:
        await _hold_earlier(tx, person, before, by, now)
    return reached


async def settle(tx: Tx, hall: Hall, person: Person, now: datetime, *, actor: str = "system") -> Standing:
    """The level that the rows give now. What lapsed is marked, so that its end is an event like any other."""
    rows = await _take_over(tx, person, now)
    for one in rows:
        if one.ended_at is None and not one.counts(now):
            await tx.verifications.end(one.id, person.id, LAPSED, now)
            # By itself: where better evidence stands beside it, no level changes that could tell of it.
            lapsed = event(kinds.EVIDENCE_LAPSED, at=now, actor=actor, person_id=person.id, verification_id=one.id)
            await tx.events.append(lapsed)
    reached = standing(rows, now)
    if (reached.level, reached.ends_at) == (person.level, person.level_ends_at):
        return reached
    await tx.persons.set_level(person.id, reached.level, reached.ends_at, now)
    if reached.level is person.level:
        return reached
    raised = reached.level > person.level
    source = reached.by.route if reached.by is not None else LAPSED
    told = {"before": person.level.word, "after": reached.level.word, "source": source}
    kind = kinds.PERSON_LEVEL_RAISED if raised else kinds.PERSON_LEVEL_LOWERED
    await tx.events.append(event(kind, at=now, actor=actor, person_id=person.id, **told))
    change = security_events.level_change(hall.policies.issuer, person.level, reached.level, now)
    await security_events.tell(tx, person.id, change, now)
    if source not in _TOLD_ELSEWHERE:
        telling = notice.LEVEL_RAISED if raised else notice.LEVEL_LOWERED
        await notices.tell(tx, hall, person, telling, now, at=epoch(now), level=reached.level.word)
    return reached


async def withdraw(
    tx: Tx, hall: Hall, person: Person, verification_ids: frozenset[str], why: str, now: datetime, *, actor: str
) -> Standing:
    """What some evidence was worth is gone: a signer revoked, a card reported wrong, a decision reversed."""
    await _take_over(tx, person, now)
    for key in sorted(verification_ids):
        if await tx.verifications.end(key, person.id, why, now):
            told = {"verification_id": key, "reason": why}
            await tx.events.append(event(kinds.EVIDENCE_WITHDRAWN, at=now, actor=actor, person_id=person.id, **told))
    return await settle(tx, hall, person, now, actor=actor)


async def withdraw_all(tx: Tx, hall: Hall, person: Person, why: str, now: datetime, *, actor: str) -> Standing:
    """Whatever it was that was verified, it was not of this person as they are now."""
    rows = await _take_over(tx, person, now)
    return await withdraw(tx, hall, person, frozenset(one.id for one in rows), why, now, actor=actor)


async def _take_over(tx: Tx, person: Person, now: datetime) -> list[Verification]:
    """All rows of a person; a level from before there were rows becomes one."""
    rows = await tx.verifications.of_person(person.id)
    if rows or person.level is Level.BASIC:
        return rows
    link = await tx.upstream_links.of_person(person.id)
    by_vneid = link is not None and link.level >= person.level
    taken = Verification(
        id=new_id(),
        person_id=person.id,
        route="vneid" if by_vneid else "imported",
        level=person.level,
        framework=Framework.VNEID if by_vneid else Framework.PROVINCE,
        at=min(person.created_at, now),
        ends_at=person.level_ends_at,
    )
    await tx.verifications.add(taken)
    told = {"verification_id": taken.id, "source": taken.route, "level": taken.level.word}
    await tx.events.append(event(kinds.IDENTITY_VERIFIED, at=now, actor="system", person_id=person.id, **told))
    return [taken]


async def _hold_earlier(tx: Tx, person: Person, before: Level, by: Witnessed, now: datetime) -> None:
    """Domain §3: whoever prepared an account for somebody gains nothing when that person is verified.

    Sessions and lasting access from before end; ways to sign in stay, but are worth no more than before the raise,
    until the person confirms them from a session that is worth more (`idp/flows/credentials.py`).
    """
    held = []
    for one in (*await tx.authenticators.of_person(person.id), *await tx.authenticators.suspended(person.id)):
        if one.id not in by.authenticators and one.level_cap > before:
            await tx.authenticators.set_cap(one.id, person.id, before)
            held.append(one.id)
    keep = await _still_witnessed(tx, person, by, now)
    ended = await sessions.end_all(tx, person.id, actor=by.actor, reason="level_raised", now=now, keep=keep)
    grants = [grant for grant in await tx.grants.of_person(person.id) if grant.session_id != keep]
    for grant in grants:
        await tx.grants.revoke(grant.id, now)
    if held or ended or grants:
        told: dict[str, Any] = {"authenticators": held, "level": before.word, "sessions": ended, "grants": len(grants)}
        await tx.events.append(event(kinds.EARLIER_WAYS_HELD, at=now, actor=by.actor, person_id=person.id, **told))


async def _still_witnessed(tx: Tx, person: Person, by: Witnessed, now: datetime) -> str | None:
    """The session of the act, where nothing else was proven in it since.

    A session goes on in its browser after it lapsed: a day later, at a kiosk, somebody may have come back into it by
    what they had enrolled before.
    """
    for session, _ in await tx.sessions.of_person(person.id, now):
        if session.id == by.session_id and all(one.authenticator_id in by.authenticators for one in session.proofs):
            return session.id
    return None
