"""Undoing the lock of "this wasn't me": two roots from before decide what stays of what came since."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from idp.audit import kinds
from idp.audit.event import Event, event
from idp.authn.password_strength import Weakness
from idp.flows import notices, recovery, recovery_run, switched_off
from idp.flows.hall import Hall
from idp.flows.recovery import Locked
from idp.flows.recovery_finish import LEVEL, sign_out_everywhere, weakness
from idp.flows.recovery_run import Run, RunLost
from idp.kernel.clock import epoch
from idp.kernel.secret import Secret
from idp.notify.notice import ACCOUNT_UNLOCKED
from idp.storage.account_locks import AccountLock
from idp.storage.authenticators import Authenticator
from idp.storage.database import Tx

_MOST_OF_A_KIND: Final = 10
# What somebody may have changed in an account; signing in changes nothing.
_CHANGES: Final = (
    kinds.AUTHENTICATOR_ADDED,
    kinds.AUTHENTICATOR_RENAMED,
    kinds.AUTHENTICATOR_REMOVED,
    kinds.PASSWORD_CHANGED,
    kinds.RECOVERY_BEGUN,
    kinds.RECOVERY_COMPLETED,
    kinds.UPSTREAM_LINKED,
    kinds.PERSON_FACTS_CHANGED,
    kinds.CONSENT_GIVEN,
    kinds.CONSENT_WITHDRAWN,
)


@dataclass(frozen=True, slots=True)
class Questions:
    """What the person is shown: what happened since, and what they may keep of what was enrolled since."""

    lock: AccountLock
    changes: tuple[Event, ...]
    enrolled_since: tuple[Authenticator, ...]
    needs_password: bool


async def questions(hall: Hall, run: Run, now: datetime) -> Questions:
    """Raises RunLost where the two roots are not proven (any more)."""
    lock = await _undoable(hall, run, now)
    async with hall.db.read() as tx:
        return await _questions(tx, lock)


async def act(hall: Hall, run: Run, keep: Collection[str], password: Secret | None, now: datetime) -> Weakness | None:
    """None: done. What came since and is not kept is deleted; what was put aside comes back. May raise RunLost.

    Who had a password sets a new one: the old one is perhaps known to somebody.
    """
    lock = await _undoable(hall, run, now)
    async with hall.db.read() as tx:
        asked = await _questions(tx, lock)
        person = await tx.persons.get(lock.person_id)
    if person is None:
        raise RunLost
    hashed = None
    if asked.needs_password:
        weak = weakness(person, password or Secret(""))
        if weak is not None:
            return weak
        hashed = (await hall.passwords.hash(password or Secret(""))).encode("utf-8")
    known = _roots(run)
    if not await recovery_run.use_up(hall, run):
        raise RunLost
    async with hall.db.tx() as tx:
        await tx.authenticators.of_person_alone(person.id)
        if not await tx.account_locks.lift(lock.id, now):
            raise RunLost
        kept, dropped = await _sort_out(tx, lock, frozenset(keep))
        if hashed is not None:
            added = await tx.authenticators.add(person.id, "password", hashed, now, level_cap=LEVEL)
            told: dict[str, Any] = {"authenticator_id": added, "level": LEVEL.word}
            actor = f"person:{person.id}"
            await tx.events.append(event(kinds.PASSWORD_CHANGED, at=now, actor=actor, person_id=person.id, **told))
        await sign_out_everywhere(tx, person.id, "undone", now)
        told = {"case_id": lock.case_id, "roots": known, "kept": kept, "dropped": dropped}
        await tx.events.append(
            event(kinds.ACCOUNT_UNLOCKED, at=now, actor=f"person:{person.id}", person_id=person.id, **told)
        )
        await notices.tell(tx, hall, person, ACCOUNT_UNLOCKED, now, at=epoch(now))
    hall.outbox_due.set()
    return None


def _roots(run: Run) -> list[str]:
    """For the record: what was proven, as words."""
    return sorted({proof.root.value for proof in run.proofs})


async def _undoable(hall: Hall, run: Run, now: datetime) -> AccountLock:
    standing = await recovery.look(hall, run, now)
    if not isinstance(standing, Locked) or not standing.may_undo:
        raise RunLost
    return standing.lock


async def _questions(tx: Tx, lock: AccountLock) -> Questions:
    # By kind: whoever signs in a hundred times hides nothing behind it.
    pages = [await tx.events.page(person_id=lock.person_id, kind=kind, limit=_MOST_OF_A_KIND) for kind in _CHANGES]
    found = [one.event for page in pages for one in page if one.event.at >= lock.about_at]
    held = await _held(tx, lock)
    since = tuple(one for one in held if one.enrolled_at >= lock.about_at and one.kind != "password")
    changes = tuple(sorted(found, key=lambda change: change.at, reverse=True))
    had_one = any(one.kind == "password" for one in held)
    forbidden = "password" in await switched_off.kinds(tx, lock.person_id)
    return Questions(lock, changes, since, had_one and not forbidden)


async def _held(tx: Tx, lock: AccountLock) -> list[Authenticator]:
    """All that counts, and what was put aside since; what an earlier recovery put aside stays there."""
    aside = [
        one
        for one in await tx.authenticators.suspended(lock.person_id)
        if one.suspended_at is not None and one.suspended_at >= lock.about_at
    ]
    return [*await tx.authenticators.of_person(lock.person_id), *aside]


async def _sort_out(tx: Tx, lock: AccountLock, keep: frozenset[str]) -> tuple[list[str], list[str]]:
    """What came since stays only where it is named; a password never; the rest comes back."""
    kept, dropped = [], []
    person_id = lock.person_id
    for one in await _held(tx, lock):
        if one.kind == "password" or (one.enrolled_at >= lock.about_at and one.id not in keep):
            await tx.authenticators.remove(one.id, person_id)
            dropped.append(one.id)
        else:
            await tx.authenticators.restore(one.id, person_id)
            kept.append(one.id)
    return kept, dropped
