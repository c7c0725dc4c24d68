"""Recovering an account: two roots begin it, a day of notices follows, then the same browser may finish it.

What is asked next stands in `look`; every proof leads there. Of a name that is nobody's it always asks for more.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import recovery_rules, roots
from idp.authn.authenticators import AUTHENTICATORS, living
from idp.authn.recovery_rules import Phase, Recovery, State
from idp.authn.roots import Root
from idp.authn.sign_in_route import is_upstream
from idp.flows import notices, recovery_run, recovery_running
from idp.flows.account_lock import refuse_if_locked
from idp.flows.hall import Hall
from idp.flows.own_pages import Owner
from idp.flows.recovery_run import OtherBrowser, Run, RunLost
from idp.flows.visitor import Visitor
from idp.kernel.clock import epoch
from idp.kernel.secret import Secret
from idp.notify.notice import RECOVERY_BEGUN, RECOVERY_CANCELLED
from idp.storage.account_locks import AccountLock
from idp.storage.database import Tx


@dataclass(frozen=True, slots=True)
class More:
    """One more root is needed; `known` are those proven. `methods`: by what, so that the page offers the rest."""

    known: frozenset[Root]
    methods: frozenset[str]


@dataclass(frozen=True, slots=True)
class Enough:
    """Two roots are proven, and nothing stands in the way: it may begin."""

    known: frozenset[Root]


@dataclass(frozen=True, slots=True)
class Running:
    """Somebody's recovery runs already. `may_finish`: one root is enough now. `may_stop`: both are proven anew."""

    recovery: Recovery
    may_finish: bool
    may_stop: bool


@dataclass(frozen=True, slots=True)
class Locked:
    """Somebody said "this wasn't me". `may_undo`: two roots are proven that the person had before."""

    lock: AccountLock
    may_undo: bool
    known: frozenset[Root]
    methods: frozenset[str]


Standing: TypeAlias = More | Enough | Running | Locked


async def look(hall: Hall, run: Run, now: datetime) -> Standing:
    """What the proofs of this run lead to. Before the first of them nothing is told of anybody's account."""
    age = hall.policies.recovery.proof_age
    known, methods = roots.proven(run.proofs, now, age), frozenset(proof.method for proof in run.proofs)
    async with hall.db.read() as tx:
        lock = await tx.account_locks.standing(run.person_id or "")
        running = await recovery_running.living(tx, run.person_id or "", now)
    if not known:
        return More(known, methods)
    if lock is not None:
        before = roots.proven(run.proofs, now, age, before=lock.about_at)
        return Locked(lock, roots.is_enough(before), before, methods)
    if running is not None:
        due = recovery_rules.phase(running, now) is Phase.DUE
        stops = roots.is_enough(roots.proven(run.proofs, now, age, before=running.begun_at))
        return Running(running, may_finish=due, may_stop=stops)
    return Enough(known) if roots.is_enough(known) else More(known, methods)


async def begin(hall: Hall, run: Run, visitor: Visitor, now: datetime) -> bool:
    """Start the day in which the owner may say no. The proofs are used up by it. May raise AccountLocked."""
    standing = await look(hall, run, now)
    if not isinstance(standing, Enough) or run.person_id is None or visitor.browser is None:
        return False
    if not await recovery_run.use_up(hall, run):
        return False
    policy = hall.policies.recovery
    due = now + policy.cooling
    begun = Recovery(
        run.id, run.person_id, State.RUNNING, now, due, due + policy.finish_within, _digest(run.id, visitor.browser)
    )
    async with hall.db.tx() as tx:
        await refuse_if_locked(tx, run.person_id)
        await _end_lapsed(tx, run.person_id, now)
        if not await tx.recoveries.begin(begun, tuple(sorted(root.value for root in standing.known))):
            return False
        told: dict[str, Any] = {"recovery_id": run.id, "roots": sorted(root.value for root in standing.known)}
        await tx.events.append(event(kinds.RECOVERY_BEGUN, at=now, actor="anonymous", person_id=run.person_id, **told))
        person = await tx.persons.get(run.person_id)
        if person is not None:
            await notices.tell(tx, hall, person, RECOVERY_BEGUN, now, at=epoch(now), due=epoch(due))
    hall.outbox_due.set()
    return True


async def bring_here(hall: Hall, run: Run, visitor: Visitor, now: datetime) -> str | None:
    """After the day, one root proven again in another browser: the recovery goes on there. Its id."""
    standing = await look(hall, run, now)
    if not isinstance(standing, Running) or not standing.may_finish or visitor.browser is None:
        return None
    if not await recovery_run.use_up(hall, run):
        return None
    found = standing.recovery
    async with hall.db.tx() as tx:
        if not await tx.recoveries.move(found.id, _digest(found.id, visitor.browser)):
            return None
        told = {"method": run.proofs[-1].method, "recovery_id": found.id}
        await tx.events.append(
            event(kinds.RECOVERY_PROVEN, at=now, actor="anonymous", person_id=found.person_id, **told)
        )
    return found.id


async def of_browser(tx: Tx, recovery_id: str, visitor: Visitor) -> Recovery:
    """The recovery that this browser began, or brought here. Raises RunLost or OtherBrowser."""
    found = await tx.recoveries.get(recovery_id)
    if found is None:
        raise RunLost
    if visitor.browser is None or not hmac.compare_digest(found.browser, _digest(found.id, visitor.browser)):
        raise OtherBrowser
    return found


async def seen(hall: Hall, recovery_id: str, visitor: Visitor) -> Recovery:
    """The same, to show it."""
    async with hall.db.read() as tx:
        return await of_browser(tx, recovery_id, visitor)


async def give_up(hall: Hall, recovery_id: str, visitor: Visitor, now: datetime) -> bool:
    """Whoever began it no longer wants it."""
    async with hall.db.tx() as tx:
        found = await of_browser(tx, recovery_id, visitor)
        return await _ended(tx, hall, found, State.CANCELLED, "anonymous", "given_up", now)


def may_cancel(owner: Owner, now: datetime) -> bool:
    """Whether more than something known was proven in this session: the password is what a recovery replaces."""
    held = living(owner.session.proofs, now)
    return any(AUTHENTICATORS[proof.method].strong or is_upstream(proof.method) for proof in held)


async def cancel(hall: Hall, owner: Owner, now: datetime) -> bool:
    """One click of somebody who can still sign in strongly."""
    if not may_cancel(owner, now):
        return False
    async with hall.db.tx() as tx:
        found = await recovery_running.living(tx, owner.person.id, now)
        if found is None:
            return False
        actor = f"person:{owner.person.id}"
        ended = await _ended(tx, hall, found, State.CANCELLED, actor, "own_pages", now)
    hall.outbox_due.set()
    return ended


async def stop(tx: Tx, person_id: str, reason: str, now: datetime) -> None:
    """Whatever runs ends with "this wasn't me"; the notice of that says so."""
    found = await tx.recoveries.running(person_id)
    if found is not None and await tx.recoveries.end(found.id, State.STOPPED, now):
        told = {"recovery_id": found.id, "reason": reason}
        await tx.events.append(event(kinds.RECOVERY_ENDED, at=now, actor="anonymous", person_id=person_id, **told))


async def _ended(tx: Tx, hall: Hall, found: Recovery, state: State, actor: str, reason: str, now: datetime) -> bool:
    if not await tx.recoveries.end(found.id, state, now):
        return False
    told = {"recovery_id": found.id, "reason": reason}
    await tx.events.append(event(kinds.RECOVERY_ENDED, at=now, actor=actor, person_id=found.person_id, **told))
    person = await tx.persons.get(found.person_id)
    if person is not None:
        await notices.tell(tx, hall, person, RECOVERY_CANCELLED, now, at=epoch(now))
    return True


async def _end_lapsed(tx: Tx, person_id: str, now: datetime) -> None:
    """One that nobody fetched makes room."""
    found = await tx.recoveries.running(person_id)
    if found is not None and recovery_rules.phase(found, now) is Phase.OVER:
        await stop(tx, person_id, "lapsed", now)


def _digest(recovery_id: str, browser: Secret) -> bytes:
    framed = f"{recovery_id}\0{browser.reveal()}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(framed).digest()
