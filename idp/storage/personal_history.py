"""Names, numbers and addresses of the past: what and since when under the person's key, when we learned it in clear."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, bindparam, select, update

from idp.crypto.field_encryption import Vault
from idp.identity.personal_history import Entry, Kept
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import data_key_of, persons
from idp.storage.statement import Statement, insert_row
from idp.storage.types import Instant, dumps, loads

personal_history = Table(
    "personal_history",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("event_id", Text),
    Column("struck_at", Instant),
    # The day since when it holds is sealed with it: a first name's is a date of birth.
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_personal_history_person_id", "person_id"),
)

_ADD = insert_row(personal_history)
_OF_PERSON = Statement(
    select(
        personal_history.c.id,
        personal_history.c.kind,
        personal_history.c.source,
        personal_history.c.recorded_at,
        personal_history.c.known_at,
        personal_history.c.event_id,
        personal_history.c.struck_at,
        personal_history.c.sealed,
        persons.c.data_key,
    )
    .join_from(personal_history, persons)
    .where(personal_history.c.person_id == bindparam("person"))
    .order_by(personal_history.c.recorded_at, personal_history.c.id)
)
_STRIKE = Statement(
    update(personal_history)
    .where(
        personal_history.c.person_id == bindparam("person"),
        personal_history.c.event_id == bindparam("by"),
        personal_history.c.struck_at.is_(None),
    )
    .values(struck_at=bindparam("now"))
)


class PersonalHistory:
    """The repository. Rows are never changed but for the mark that they were struck."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, person_id: str, entry: Entry) -> None:
        key = await data_key_of(self._connection, self._vault, person_id)
        if key is None:
            raise LookupError("no such person")
        told: dict[str, Any] = {"value": dict(entry.value), "valid_from": entry.valid_from}
        await self._connection.run(
            _ADD,
            id=entry.id,
            person_id=person_id,
            kind=entry.kind.value,
            source=entry.source,
            recorded_at=entry.recorded_at,
            known_at=entry.known_at,
            event_id=entry.event_id,
            struck_at=entry.struck_at,
            sealed=key.encrypt(dumps(told).encode(), context=_context(entry.id)),
        )

    async def of_person(self, person_id: str) -> list[Entry]:
        """Struck ones too, in the order of recording."""
        found = []
        for row in await self._connection.rows(_OF_PERSON, person=person_id):
            entry_id, kind, source, recorded_at, known_at, event_id, struck_at, sealed, data_key = row
            told = loads(self._vault.unwrap(data_key).decrypt(sealed, context=_context(entry_id)))
            found.append(
                Entry(
                    entry_id,
                    Kept(kind),
                    source,
                    recorded_at,
                    known_at,
                    told["value"],
                    told["valid_from"],
                    event_id,
                    struck_at,
                )
            )
        return found

    async def strike(self, person_id: str, event_id: str, now: datetime) -> int:
        """What an event brought counts no longer; how much that was."""
        return await self._connection.run(_STRIKE, person=person_id, by=event_id, now=now)


def _context(entry_id: str) -> str:
    return f"personal_history:{entry_id}"
