"""The audit log: events are appended and read, and the database itself refuses to change or delete them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Table, Text, bindparam, literal_column, or_, select

from idp.audit.event import Event
from idp.audit.kinds import KINDS, Topic
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_unless_exists
from idp.storage.types import Instant, Json

# No foreign keys: an entry outlives the rows that it speaks of.
events = Table(
    "events",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), Identity(always=True), primary_key=True),
    # What must happen once: the token whose first use at userinfo is a release of data.
    Column("dedupe", Text),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("person_id", Text),
    Column("client_id", Text),
    Column("on_behalf_of", Text),
    Column("purpose", Text),
    Column("grant_id", Text),
    Column("changed", Json, nullable=False),
    sqlite_autoincrement=True,
)
Index(
    "uq_events_dedupe",
    events.c.dedupe,
    unique=True,
    postgresql_where=events.c.dedupe.is_not(None),
    sqlite_where=events.c.dedupe.is_not(None),
)
Index("ix_events_person_id_id", events.c.person_id, events.c.id)
Index("ix_events_client_id_id", events.c.client_id, events.c.id)

_COLUMNS = tuple(column for column in events.c if column.name != "dedupe")
_LATEST = 2**62
_FILTERS = ("person_id", "client_id", "kind")
_APPEND = insert_unless_exists(events)


def _page(names: frozenset[str]) -> Statement:
    wanted = [events.c[name] == bindparam(f"only_{name}") for name in sorted(names)]
    return Statement(
        select(*_COLUMNS)
        .where(*wanted, events.c.id < bindparam("before"))
        .order_by(events.c.id.desc())
        .limit(bindparam("count"))
    )


_PAGES = {
    names: _page(names)
    for chosen in product((False, True), repeat=len(_FILTERS))
    for names in [frozenset(name for name, taken in zip(_FILTERS, chosen, strict=True) if taken)]
}


def _history(topics: Collection[Topic | None]) -> Statement:
    """The kinds stand in the text: a closed list, known before anybody asks."""
    shown = [name for name, kind in KINDS.items() if kind.topic in topics]
    kinds = or_(*(events.c.kind == literal_column(f"'{name}'") for name in shown))
    return Statement(
        select(*_COLUMNS)
        .where(events.c.person_id == bindparam("person"), kinds, events.c.id < bindparam("before"))
        .order_by(events.c.id.desc())
        .limit(bindparam("count"))
    )


_HISTORY: Mapping[Topic | None, Statement] = {
    None: _history(tuple(Topic)),
    **{topic: _history([topic]) for topic in Topic},
}
_ONE_OF_PERSON = Statement(
    select(*_COLUMNS).where(events.c.id == bindparam("key"), events.c.person_id == bindparam("person"))
)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """`id` grows with the order of insertion; it is the cursor of a page."""

    id: int
    event: Event


class Events:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def append(self, event: Event, dedupe: str | None = None) -> bool:
        """False when an event with this `dedupe` is there already."""
        return await self._connection.run(_APPEND, **event_values(event), dedupe=dedupe) == 1

    async def page(
        self,
        *,
        person_id: str | None = None,
        client_id: str | None = None,
        kind: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[StoredEvent]:
        """The newest first, those before the one given."""
        asked = {"person_id": person_id, "client_id": client_id, "kind": kind}
        wanted = {name: value for name, value in asked.items() if value is not None}
        rows = await self._connection.rows(
            _PAGES[frozenset(wanted)],
            before=_LATEST if before is None else before,
            count=limit,
            **{f"only_{name}": value for name, value in wanted.items()},
        )
        return [StoredEvent(row[0], _event(row)) for row in rows]

    async def history(
        self, person_id: str, *, topic: Topic | None = None, before: int | None = None, limit: int = 50
    ) -> list[StoredEvent]:
        """What concerns this person and is shown to them, the newest first, before the one given."""
        rows = await self._connection.rows(
            _HISTORY[topic], person=person_id, before=_LATEST if before is None else before, count=limit
        )
        return [StoredEvent(row[0], _event(row)) for row in rows]

    async def one_of_history(self, person_id: str, event_id: int) -> StoredEvent | None:
        """None for another person's, too."""
        row = await self._connection.row(_ONE_OF_PERSON, person=person_id, key=event_id)
        if row is None or row[1] not in KINDS or KINDS[row[1]].topic is None:
            return None
        return StoredEvent(row[0], _event(row))


def event_values(event: Event) -> dict[str, Any]:
    """One value for each column but `id` and `dedupe`."""
    changed: Mapping[str, Any] = event.changed
    return {
        "kind": event.kind,
        "at": event.at,
        "actor": event.actor,
        "person_id": event.person_id,
        "client_id": event.client_id,
        "on_behalf_of": event.on_behalf_of,
        "purpose": event.purpose,
        "grant_id": event.grant_id,
        "changed": changed if isinstance(changed, dict) else dict(changed),
    }


def _event(row: Row) -> Event:
    _, kind, at, actor, person_id, client_id, on_behalf_of, purpose, grant_id, changed = row
    return Event(kind, at, actor, person_id, client_id, on_behalf_of, purpose, grant_id, changed)
