"""Cases: what a machine may not decide and an officer has to look at; details only under the person's key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, bindparam, select

from idp.crypto.field_encryption import Vault
from idp.kernel.ids import new_id
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import data_key_of, persons
from idp.storage.statement import Statement, insert_unless_exists
from idp.storage.types import Instant, dumps, loads

OPEN = "open"

cases = Table(
    "cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Index("ix_cases_person_id", "person_id"),
)
# Whoever tries ten times has one case.
Index(
    "uq_cases_open",
    cases.c.kind,
    cases.c.person_id,
    unique=True,
    postgresql_where=cases.c.state == OPEN,
    sqlite_where=cases.c.state == OPEN,
)

_ADD = insert_unless_exists(cases)
_OPEN_ONE = Statement(
    select(cases.c.id).where(
        cases.c.kind == bindparam("asked"), cases.c.person_id == bindparam("person"), cases.c.state == OPEN
    )
)
_OF_PERSON = Statement(
    select(cases.c.id, cases.c.kind, cases.c.state, cases.c.opened_at, cases.c.details, persons.c.data_key)
    .join_from(cases, persons)
    .where(cases.c.person_id == bindparam("person"))
    .order_by(cases.c.opened_at, cases.c.id)
)


@dataclass(frozen=True, slots=True)
class Case:
    """`id` is the number that a person is told and reads aloud on the hotline."""

    id: str
    kind: str
    person_id: str
    state: str
    opened_at: datetime
    details: Mapping[str, Any] = field(repr=False)


class Cases:
    """The repository."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def open_(self, kind: str, person_id: str, details: Mapping[str, Any], now: datetime) -> tuple[str, bool]:
        """The case's number and whether it is new: an open one of the same kind goes on."""
        key, case_id = await data_key_of(self._connection, self._vault, person_id), new_id()
        if key is None:
            raise LookupError("no such person")
        sealed = key.encrypt(dumps(dict(details)).encode(), context=_context(case_id))
        added = await self._connection.run(
            _ADD, id=case_id, kind=kind, person_id=person_id, state=OPEN, opened_at=now, details=sealed
        )
        if added:
            return case_id, True
        row = await self._connection.row(_OPEN_ONE, asked=kind, person=person_id)
        if row is None:
            raise LookupError("no such case")
        return str(row[0]), False

    async def of_person(self, person_id: str) -> list[Case]:
        """In the order of opening."""
        found = []
        for case_id, kind, state, opened_at, sealed, data_key in await self._connection.rows(
            _OF_PERSON, person=person_id
        ):
            details = loads(self._vault.unwrap(data_key).decrypt(sealed, context=_context(case_id)))
            found.append(Case(case_id, kind, person_id, state, opened_at, details))
        return found


def _context(case_id: str) -> str:
    return f"case:{case_id}:details"
