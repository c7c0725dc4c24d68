"""Signing keys move on: crypto plans what is due, and one rotator at a time stores it, however many nodes run."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, assert_never

from idp.audit import kinds
from idp.audit.event import Event, event
from idp.crypto.field_encryption import Vault
from idp.crypto.jwk import Alg
from idp.crypto.rotation_policy import RotationPolicy
from idp.crypto.signing_keys import (
    Activate,
    Archive,
    Change,
    Compromise,
    Create,
    Forget,
    KeyRecord,
    KeyState,
    Retire,
    generate,
    plan_rotation,
)
from idp.storage.database import Database, Tx

NO_ALGS: Final[frozenset[Alg]] = frozenset()


async def rotate(
    db: Database, vault: Vault, policy: RotationPolicy, *, rotate: frozenset[Alg] = NO_ALGS, actor: str = "system"
) -> tuple[Change, ...]:
    """Store all that is due by the database's clock; on an empty table the first key of each algorithm, active at once.

    `rotate` asks for successors now. Safe anywhere at any time: whoever comes second finds nothing due. When anything
    changed, the caller reloads its keys and tells the other nodes (topic `keys`).
    """
    async with db.read() as tx:
        expected = plan_rotation(await tx.keys.all(), await tx.now(), policy, rotate=rotate)
    spares = await Spares.for_plan(expected, vault)
    async with db.tx() as tx:
        await tx.keys.rotation_lock()
        now = await tx.now()
        plan = plan_rotation(await tx.keys.all(), now, policy, rotate=rotate)
        return await store(tx, plan, spares, now, actor)


@dataclass(frozen=True, slots=True)
class Spares:
    """Keys generated before the lock was taken: an RSA key takes long, and no writer should wait for it."""

    records: Sequence[KeyRecord]
    vault: Vault

    @classmethod
    async def for_plan(cls, plan: Iterable[Change], vault: Vault) -> "Spares":
        algs = [change.alg for change in plan if isinstance(change, Create)]
        # Their times are set when they are stored; until then they are nobody's.
        records = [await asyncio.to_thread(generate, alg, _NO_TIME, _NO_TIME, vault) for alg in algs]
        return cls(records, vault)

    def record(self, change: Create, now: datetime) -> KeyRecord:
        """The key for one planned creation. Plans hold at most one for each algorithm."""
        spare = next((record for record in self.records if record.alg == change.alg), None)
        if spare is None:
            # What is due changed between the look and the lock: rare, and then the lock waits.
            spare = generate(change.alg, now, change.activates_at, self.vault)
        state = KeyState.PENDING if change.activates_at > now else KeyState.ACTIVE
        return replace(spare, state=state, created_at=now, activates_at=change.activates_at)


async def store(
    tx: Tx, plan: Iterable[Change], spares: Spares, now: datetime, actor: str, reason: str = ""
) -> tuple[Change, ...]:
    """Write a plan, each change with its event, inside the rotator's transaction; what was really changed."""
    done: list[Change] = []
    for change in plan:
        if isinstance(change, Create):
            record = spares.record(change, now)
            changed, events = await tx.keys.add(record), _generated(record, now, actor)
        else:
            changed, events = await tx.keys.apply(change), [_event(change, now, actor, reason)]
        if changed:
            done.append(change)
            for each in events:
                await tx.events.append(each)
    return tuple(done)


_NO_TIME: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _generated(record: KeyRecord, now: datetime, actor: str) -> list[Event]:
    made = event(kinds.KEY_GENERATED, at=now, actor=actor, kid=record.kid, alg=record.alg)
    if record.state is KeyState.PENDING:
        return [made]
    return [made, event(kinds.KEY_ACTIVATED, at=now, actor=actor, kid=record.kid)]


def _event(change: Activate | Retire | Archive | Compromise | Forget, now: datetime, actor: str, reason: str) -> Event:
    match change:
        case Activate(kid):
            return event(kinds.KEY_ACTIVATED, at=now, actor=actor, kid=kid)
        case Retire(kid):
            return event(kinds.KEY_RETIRED, at=now, actor=actor, kid=kid)
        case Archive(kid):
            return event(kinds.KEY_ARCHIVED, at=now, actor=actor, kid=kid)
        case Forget(kid):
            return event(kinds.KEY_FORGOTTEN, at=now, actor=actor, kid=kid)
        case Compromise(kid):
            return event(kinds.KEY_COMPROMISED, at=now, actor=actor, kid=kid, reason=reason)
        case _:
            assert_never(change)
