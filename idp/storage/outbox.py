"""Messages that must reach a service or a person: put in where their cause is, leased, sent by others, marked.

A lease has an end and a fence: whoever lost it can't mark the message any more, and no lock is held while one sends.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)

from idp.crypto.field_encryption import Vault
from idp.kernel.ids import new_id
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement, insert_row
from idp.storage.types import Instant, storable

# Waits to be fetched by its receiver: due only when nobody came for it, and no backlog of ours until then.
FETCHED = "security_event_poll"

# Leases are given one worker at a time, so that the count in flight is exact.
_LEASING = 0x1D9_0002

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    # Payloads speak of persons: sealed.
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_attempt_at", Instant),
    Column("leased_until", Instant),
    Column("attempts", Integer, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("status", SmallInteger),
    Column("reason", Text),
    Column("delivered_at", Instant),
    Column("abandoned_at", Instant),
    Index("ix_outbox_receiver_created_at", "receiver", "created_at"),
    Index("ix_outbox_delivered_at", "delivered_at"),
    Index("ix_outbox_abandoned_at", "abandoned_at"),
)
# Done messages have no next attempt, so this index holds the waiting ones only.
Index(
    "ix_outbox_next_attempt_at",
    outbox.c.next_attempt_at,
    postgresql_where=outbox.c.next_attempt_at.is_not(None),
    sqlite_where=outbox.c.next_attempt_at.is_not(None),
)

_NOW = bindparam("now", type_=Instant())


def _lease() -> Statement:
    """Due messages, at most `per_receiver` in flight for each receiver: a dead service delays nobody else."""
    flying = outbox.alias("flying")
    ranked = (
        select(
            outbox.c.id,
            outbox.c.receiver,
            outbox.c.next_attempt_at,
            func.row_number()
            .over(partition_by=outbox.c.receiver, order_by=(outbox.c.next_attempt_at, outbox.c.id))
            .label("place"),
        )
        .where(outbox.c.next_attempt_at <= _NOW, or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= _NOW))
        .subquery("ranked")
    )
    in_flight = (
        select(func.count())
        .where(
            flying.c.receiver == ranked.c.receiver,
            flying.c.next_attempt_at.is_not(None),
            flying.c.leased_until > _NOW,
        )
        .scalar_subquery()
    )
    allowed = (
        select(ranked.c.id)
        .where(ranked.c.place <= bindparam("per_receiver", type_=Integer()) - in_flight)
        .order_by(ranked.c.next_attempt_at, ranked.c.id)
        .limit(bindparam("count"))
    )
    chosen = select(outbox.c.id).where(outbox.c.id.in_(allowed)).with_for_update(skip_locked=True)
    return Statement(
        update(outbox)
        .where(outbox.c.id.in_(chosen))
        .values(leased_until=bindparam("until"), fence=outbox.c.fence + 1, attempts=outbox.c.attempts + 1)
        .returning(outbox.c.id, outbox.c.kind, outbox.c.receiver, outbox.c.payload, outbox.c.attempts, outbox.c.fence)
    )


_HELD: ColumnElement[bool] = and_(
    outbox.c.id == bindparam("key"), outbox.c.fence == bindparam("held_fence"), outbox.c.next_attempt_at.is_not(None)
)
_PUT = insert_row(outbox)
_LEASE = _lease()
_DELIVERED = Statement(
    update(outbox)
    .where(_HELD)
    .values(
        delivered_at=bindparam("now"),
        status=bindparam("answer"),
        reason=None,
        next_attempt_at=None,
        leased_until=None,
    )
)
_FAILED = Statement(
    update(outbox)
    .where(_HELD)
    .values(
        next_attempt_at=bindparam("again_at"),
        abandoned_at=bindparam("gave_up_at"),
        reason=bindparam("why"),
        status=bindparam("answer"),
        leased_until=None,
    )
)
_DELIVERIES = Statement(
    select(
        outbox.c.id,
        outbox.c.kind,
        outbox.c.receiver,
        outbox.c.created_at,
        outbox.c.attempts,
        outbox.c.status,
        outbox.c.reason,
        outbox.c.next_attempt_at,
        outbox.c.delivered_at,
        outbox.c.abandoned_at,
    )
    .where(outbox.c.receiver == bindparam("asked"))
    .order_by(outbox.c.created_at.desc(), outbox.c.id)
    .limit(bindparam("count"))
)
_DEPTH = Statement(
    select(func.count()).select_from(outbox).where(outbox.c.next_attempt_at.is_not(None), outbox.c.kind != FETCHED)
)
_WAITING: ColumnElement[bool] = and_(
    outbox.c.receiver == bindparam("asked", type_=Text()),
    outbox.c.kind == FETCHED,
    outbox.c.next_attempt_at.is_not(None),
)
_TO_FETCH = Statement(
    select(outbox.c.id, outbox.c.kind, outbox.c.receiver, outbox.c.payload, outbox.c.attempts, outbox.c.fence)
    .where(_WAITING)
    .order_by(outbox.c.created_at, outbox.c.id)
    .limit(bindparam("count"))
)
_IS_FETCHED = Statement(
    update(outbox)
    .where(outbox.c.id == bindparam("key"), _WAITING)
    .values(delivered_at=bindparam("now"), status=200, next_attempt_at=None, leased_until=None)
)
_IS_NOT_TAKEN = Statement(
    update(outbox)
    .where(outbox.c.id == bindparam("key"), _WAITING)
    .values(abandoned_at=bindparam("now"), reason=bindparam("why"), next_attempt_at=None, leased_until=None)
)


@dataclass(frozen=True, slots=True)
class Leased:
    """A message to send now. `attempts` counts this one; `fence` proves the lease when the answer is marked."""

    id: str
    kind: str
    receiver: str
    payload: bytes = field(repr=False)
    attempts: int
    fence: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One line of the delivery record. Waiting, delivered or abandoned: exactly one of the last three is set."""

    id: str
    kind: str
    receiver: str
    created_at: datetime
    attempts: int
    status: int | None
    reason: str | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    abandoned_at: datetime | None


class Outbox:
    """The repository."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def put(
        self,
        kind: str,
        receiver: str,
        payload: bytes,
        now: datetime,
        message_id: str | None = None,
        due_at: datetime | None = None,
    ) -> str:
        """The message's id, by which the receiver knows it when it comes again. Due at once, unless told otherwise."""
        identifier = message_id or new_id()
        await self._connection.run(
            _PUT,
            id=identifier,
            kind=kind,
            receiver=receiver,
            payload=self._vault.seal(payload, sealing_context(identifier)),
            created_at=now,
            next_attempt_at=due_at or now,
            leased_until=None,
            attempts=0,
            fence=0,
            status=None,
            reason=None,
            delivered_at=None,
            abandoned_at=None,
        )
        return identifier

    async def lease(self, now: datetime, limit: int, lease_for: timedelta, per_receiver: int = 2) -> list[Leased]:
        """Due messages for this worker alone until the lease ends. Commit before sending."""
        await self._connection.serialize(_LEASING)
        rows = await self._connection.rows(
            _LEASE, now=now, count=limit, until=now + lease_for, per_receiver=per_receiver
        )
        return [
            Leased(id_, kind, receiver, self._vault.open_(payload, sealing_context(id_)), attempts, fence)
            for id_, kind, receiver, payload, attempts, fence in rows
        ]

    async def delivered(self, message_id: str, fence: int, now: datetime, status: int) -> bool:
        """False when the lease was lost: somebody else sends it again, and the receiver knows the `jti`."""
        marked = await self._connection.run(_DELIVERED, key=message_id, held_fence=fence, now=now, answer=status)
        return marked == 1

    async def failed(
        self,
        message_id: str,
        fence: int,
        now: datetime,
        next_attempt_at: datetime | None,
        reason: str,
        status: int | None = None,
    ) -> bool:
        """To be tried again, or with no next attempt given up for good."""
        marked = await self._connection.run(
            _FAILED,
            key=message_id,
            held_fence=fence,
            again_at=next_attempt_at,
            gave_up_at=now if next_attempt_at is None else None,
            why=reason,
            answer=status,
        )
        return marked == 1

    async def waiting(self, receiver: str, limit: int) -> list[Leased]:
        """What this receiver has still to fetch, the oldest first. Without a lease: it stays until acknowledged."""
        rows = await self._connection.rows(_TO_FETCH, asked=receiver, count=limit)
        return [
            Leased(id_, kind, of, self._vault.open_(payload, sealing_context(id_)), attempts, fence)
            for id_, kind, of, payload, attempts, fence in rows
        ]

    async def fetched(self, message_id: str, receiver: str, now: datetime) -> bool:
        """Acknowledged by its receiver; False for another's, for one that is unknown, and for the second time."""
        if not storable(message_id):
            return False
        return await self._connection.run(_IS_FETCHED, key=message_id, asked=receiver, now=now) == 1

    async def not_taken(self, message_id: str, receiver: str, reason: str, now: datetime) -> bool:
        """Refused by its receiver: told no more, and kept in the record."""
        if not storable(message_id):
            return False
        return await self._connection.run(_IS_NOT_TAKEN, key=message_id, asked=receiver, why=reason, now=now) == 1

    async def deliveries(self, receiver: str, limit: int = 50) -> list[Delivery]:
        """The delivery record of one receiver, the newest first."""
        return [Delivery(*row) for row in await self._connection.rows(_DELIVERIES, asked=receiver, count=limit)]

    async def depth(self) -> int:
        """How many wait."""
        row = await self._connection.row(_DEPTH)
        return 0 if row is None else int(row[0])


def sealing_context(message_id: str) -> str:
    return f"outbox:{message_id}"
