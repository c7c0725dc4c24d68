"""Beside a verification case: which two officers look at it, and what became of the citizen's PIN. Ids and times."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, select, update

from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant
from idp.storage.verification_cases import verification_cases

counter_desks = Table(
    "counter_desks",
    metadata,
    Column("case_id", Text, ForeignKey("verification_cases.id"), primary_key=True),
    Column("first_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("first_unit", Text, nullable=False),
    Column("second_id", Text, ForeignKey("persons.id")),
    Column("second_unit", Text),
    Column("drawn_at", Instant),
    Column("decided_at", Instant),
    Column("pin_set_at", Instant),
    Column("printed_at", Instant),
    Index("ix_counter_desks_first_id", "first_id"),
    Index("ix_counter_desks_second_id", "second_id"),
)
Index(
    "ix_counter_desks_waiting",
    counter_desks.c.drawn_at,
    postgresql_where=counter_desks.c.decided_at.is_(None),
    sqlite_where=counter_desks.c.decided_at.is_(None),
)

_COLUMNS = tuple(counter_desks.c)
_ADD = insert_row(counter_desks)
_GET = Statement(select(*_COLUMNS).where(counter_desks.c.case_id == bindparam("key")))
_UNDECIDED = counter_desks.c.decided_at.is_(None)


def _of(column: Column[str]) -> Statement:
    joined = select(*_COLUMNS).join_from(counter_desks, verification_cases)
    newest = (verification_cases.c.updated_at.desc(), counter_desks.c.case_id)
    return Statement(joined.where(column == bindparam("officer")).order_by(*newest).limit(bindparam("count")))


_OF_FIRST = _of(counter_desks.c.first_id)
_OF_SECOND = _of(counter_desks.c.second_id)
_WAITING = Statement(
    select(*_COLUMNS)
    .join_from(counter_desks, verification_cases)
    .where(
        _UNDECIDED,
        verification_cases.c.state == "waits_for_second",
        (counter_desks.c.drawn_at.is_(None)) | (counter_desks.c.drawn_at < bindparam("before", type_=Instant())),
    )
    .order_by(verification_cases.c.updated_at, counter_desks.c.case_id)
    .limit(bindparam("count"))
)
_ABANDONED = Statement(
    select(*_COLUMNS)
    .join_from(counter_desks, verification_cases)
    .where(
        verification_cases.c.state == "open",
        verification_cases.c.updated_at < bindparam("before", type_=Instant()),
    )
    .order_by(verification_cases.c.updated_at, counter_desks.c.case_id)
    .limit(bindparam("count"))
)
_DRAW = Statement(
    update(counter_desks)
    .where(
        counter_desks.c.case_id == bindparam("key"),
        _UNDECIDED,
        # The rule stands in the statement too.
        counter_desks.c.first_id != bindparam("officer"),
        counter_desks.c.first_unit != bindparam("unit"),
    )
    .values(second_id=bindparam("officer"), second_unit=bindparam("unit"), drawn_at=bindparam("now"))
)
_DECIDE = Statement(
    update(counter_desks)
    .where(counter_desks.c.case_id == bindparam("key"), _UNDECIDED, counter_desks.c.second_id == bindparam("officer"))
    .values(decided_at=bindparam("now"))
)
_SET_PIN = Statement(
    update(counter_desks).where(counter_desks.c.case_id == bindparam("key")).values(pin_set_at=bindparam("now"))
)
_PRINT = Statement(
    update(counter_desks)
    .where(
        counter_desks.c.case_id == bindparam("key"),
        counter_desks.c.pin_set_at.is_not(None),
        # Of two prints at once, too, there is one card.
        counter_desks.c.printed_at.is_(None),
    )
    .values(printed_at=bindparam("now"), pin_set_at=None)
)


@dataclass(frozen=True, slots=True)
class Desk:
    """`pin_set_at`: a PIN waits to be bound to a card; printing one uses it up."""

    case_id: str
    first_id: str
    first_unit: str
    second_id: str | None = None
    second_unit: str | None = None
    drawn_at: datetime | None = None
    decided_at: datetime | None = None
    pin_set_at: datetime | None = None
    printed_at: datetime | None = None


class CounterDesks:
    """The repository. Who may be drawn is identity's rule."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, case_id: str, first_id: str, first_unit: str) -> None:
        rest = dict.fromkeys(column.name for column in _COLUMNS)
        await self._connection.run(_ADD, **{**rest, "case_id": case_id, "first_id": first_id, "first_unit": first_unit})

    async def get(self, case_id: str) -> Desk | None:
        row = await self._connection.row(_GET, key=case_id)
        return None if row is None else _desk(row)

    async def of_first(self, officer_id: str, limit: int = 30) -> list[Desk]:
        """Those that moved last."""
        return [_desk(row) for row in await self._connection.rows(_OF_FIRST, officer=officer_id, count=limit)]

    async def of_second(self, officer_id: str, limit: int = 30) -> list[Desk]:
        return [_desk(row) for row in await self._connection.rows(_OF_SECOND, officer=officer_id, count=limit)]

    async def waiting(self, before: datetime, limit: int = 50) -> list[Desk]:
        """The oldest of those that nobody was asked about, or that were drawn before this moment."""
        return [_desk(row) for row in await self._connection.rows(_WAITING, before=before, count=limit)]

    async def abandoned(self, before: datetime, limit: int = 50) -> list[Desk]:
        """The oldest of those that their first officer left open before this moment."""
        return [_desk(row) for row in await self._connection.rows(_ABANDONED, before=before, count=limit)]

    async def draw(self, case_id: str, officer_id: str, unit: str, now: datetime) -> bool:
        return await self._connection.run(_DRAW, key=case_id, officer=officer_id, unit=unit, now=now) == 1

    async def decide(self, case_id: str, officer_id: str, now: datetime) -> bool:
        """False for everybody but the one who was drawn last, and for a second word of theirs."""
        return await self._connection.run(_DECIDE, key=case_id, officer=officer_id, now=now) == 1

    async def pin_set(self, case_id: str, now: datetime) -> None:
        await self._connection.run(_SET_PIN, key=case_id, now=now)

    async def printed(self, case_id: str, now: datetime) -> bool:
        """False where no PIN waits, or a card was printed: one case, one PIN, one card."""
        return await self._connection.run(_PRINT, key=case_id, now=now) == 1


def _desk(row: Row) -> Desk:
    return Desk(*row)
