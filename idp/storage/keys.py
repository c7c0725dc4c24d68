"""Signing keys as rows, private halves sealed. Moves are planned in crypto; each move here is conditional."""

from typing import assert_never

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, Text, bindparam, delete, or_, select, update

from idp.crypto.signing_keys import Activate, Archive, Compromise, Forget, KeyRecord, KeyState, Retire
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_unless_exists
from idp.storage.types import Instant, Json

# Any number that no other advisory lock of ours has: one rotator at a time, on however many nodes.
_ROTATION = 0x1D9_0001

keys = Table(
    "keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("alg", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("public_jwk", Json, nullable=False),
    Column("sealed_private", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("activates_at", Instant, nullable=False),
    Column("retired_at", Instant),
    Column("compromised_at", Instant),
)


def _from(*states: KeyState) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (keys.c.kid == bindparam("key"), or_(*(keys.c.state == state.value for state in states)))


_ADD = insert_unless_exists(keys)
_ALL = Statement(select(*keys.c).order_by(keys.c.created_at, keys.c.kid))
_ACTIVATE = Statement(
    update(keys).where(*_from(KeyState.PENDING)).values(state=KeyState.ACTIVE.value, activates_at=bindparam("at"))
)
_RETIRE = Statement(
    update(keys)
    .where(*_from(KeyState.PENDING, KeyState.ACTIVE))
    .values(state=KeyState.RETIRED.value, retired_at=bindparam("at"))
)
_ARCHIVE = Statement(
    update(keys).where(*_from(KeyState.RETIRED)).values(state=KeyState.HISTORY.value, sealed_private=None)
)
_COMPROMISE = Statement(
    update(keys)
    .where(*_from(KeyState.PENDING, KeyState.ACTIVE, KeyState.RETIRED, KeyState.HISTORY))
    .values(state=KeyState.COMPROMISED.value, compromised_at=bindparam("at"), sealed_private=None)
)
# A compromised key stays on record for ever.
_FORGET = Statement(delete(keys).where(*_from(KeyState.HISTORY)))


class Keys:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rotation_lock(self) -> None:
        """Until the transaction ends, no other node rotates. Read the rows after it."""
        await self._connection.serialize(_ROTATION)

    async def all(self) -> list[KeyRecord]:
        return [_read(row) for row in await self._connection.rows(_ALL)]

    async def add(self, record: KeyRecord) -> bool:
        """False when the key is known already."""
        added = await self._connection.run(
            _ADD,
            kid=record.kid,
            alg=record.alg,
            state=record.state.value,
            public_jwk=dict(record.public_jwk),
            sealed_private=record.sealed_private,
            created_at=record.created_at,
            activates_at=record.activates_at,
            retired_at=record.retired_at,
            compromised_at=record.compromised_at,
        )
        return added == 1

    async def apply(self, change: Activate | Retire | Archive | Compromise | Forget) -> bool:
        """False when the stored state does not allow the change (any more)."""
        match change:
            case Activate(kid, at):
                changed = await self._connection.run(_ACTIVATE, key=kid, at=at)
            case Retire(kid, at):
                changed = await self._connection.run(_RETIRE, key=kid, at=at)
            case Archive(kid):
                changed = await self._connection.run(_ARCHIVE, key=kid)
            case Compromise(kid, at):
                changed = await self._connection.run(_COMPROMISE, key=kid, at=at)
            case Forget(kid):
                changed = await self._connection.run(_FORGET, key=kid)
            case _:
                assert_never(change)
        return changed == 1


def _read(row: Row) -> KeyRecord:
    kid, alg, state, public_jwk, sealed_private, created_at, activates_at, retired_at, compromised_at = row
    return KeyRecord(
        kid, alg, KeyState(state), public_jwk, sealed_private, created_at, activates_at, retired_at, compromised_at
    )
