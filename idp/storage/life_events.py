"""Events in people's lives: which, who told it and three dates in clear, what it was about under the person's key."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, bindparam, select, update

from idp.crypto.field_encryption import Vault
from idp.identity.life_event import LifeEvent, LifeEventKind, Teller
from idp.identity.person import PersonState
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import data_key_of, persons
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant, dumps, loads

life_events = Table(
    "life_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("told_by", Text, nullable=False),
    Column("effective_at", Instant, nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    # The state of the account without the events: what is given back when the last of them is reversed.
    Column("base", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("reversed_by", Text),
    Column("reversed_at", Instant),
    Index("ix_life_events_person_id", "person_id"),
)

_ADD = insert_row(life_events)
_OF_PERSON = Statement(
    select(
        *(column for column in life_events.c if column.name != "person_id"),
        persons.c.data_key,
    )
    .join_from(life_events, persons)
    .where(life_events.c.person_id == bindparam("person"))
    .order_by(life_events.c.recorded_at, life_events.c.id)
)
_REVERSE = Statement(
    update(life_events)
    .where(life_events.c.id == bindparam("key"), life_events.c.reversed_at.is_(None))
    .values(reversed_by=bindparam("by"), reversed_at=bindparam("now"))
)
_REOPEN = Statement(
    update(life_events).where(life_events.c.reversed_by == bindparam("by")).values(reversed_by=None, reversed_at=None)
)
_REBASE = Statement(
    update(life_events)
    .where(life_events.c.person_id == bindparam("person"), life_events.c.reversed_at.is_(None))
    .values(base=bindparam("new_base"))
)


class LifeEvents:
    """The repository. Rows are never changed but for their reversal and the state below them."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, event: LifeEvent) -> None:
        key = await data_key_of(self._connection, self._vault, event.person_id)
        if key is None:
            raise LookupError("no such person")
        await self._connection.run(
            _ADD,
            id=event.id,
            person_id=event.person_id,
            kind=event.kind.value,
            told_by=event.told_by.value,
            effective_at=event.effective_at,
            known_at=event.known_at,
            recorded_at=event.recorded_at,
            base=event.base.value,
            sealed=key.encrypt(dumps(dict(event.details)).encode(), context=_context(event.id)),
            reversed_by=event.reversed_by,
            reversed_at=event.reversed_at,
        )

    async def of_person(self, person_id: str) -> list[LifeEvent]:
        """Reversed ones too, in the order of recording."""
        rows = await self._connection.rows(_OF_PERSON, person=person_id)
        return [self._event(person_id, row) for row in rows]

    async def reverse(self, event_id: str, by: str, now: datetime) -> bool:
        """`by` says whose word took it back, or is the event that answered it. False: it was reversed already."""
        return await self._connection.run(_REVERSE, key=event_id, by=by, now=now) == 1

    async def reopen(self, by: str) -> None:
        """What this event had answered is unanswered: the event itself was taken back."""
        await self._connection.run(_REOPEN, by=by)

    async def rebase(self, person_id: str, base: PersonState) -> None:
        """An administrator changed the account's own state under events that stand."""
        await self._connection.run(_REBASE, person=person_id, new_base=base.value)

    def _event(self, person_id: str, row: Row) -> LifeEvent:
        event_id, kind, told_by, effective_at, known_at, recorded_at, base, sealed, by, at, data_key = row
        details = loads(self._vault.unwrap(data_key).decrypt(sealed, context=_context(event_id)))
        return LifeEvent(
            event_id,
            person_id,
            LifeEventKind(kind),
            Teller(told_by),
            effective_at,
            known_at,
            recorded_at,
            PersonState(base),
            details,
            by,
            at,
        )


def _context(event_id: str) -> str:
    return f"life_event:{event_id}:details"
