"""Receipts of decisions, as proof: written once with the decision, never changed, never pruned.

They hold the words that a service's terms had then and names of claims, nothing that tells who the person is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, literal_column, select

from idp.consent.receipt import GIVEN
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant, Json

receipts = Table(
    "receipts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("client_id", Text, ForeignKey("clients.client_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("document", Json, nullable=False),
    Index("ix_receipts_person_id_client_id_made_at", "person_id", "client_id", "made_at"),
)

_COLUMNS = tuple(receipts.c)
_OF = (receipts.c.person_id == bindparam("person"), receipts.c.client_id == bindparam("client"))
_NEWEST_FIRST = (receipts.c.made_at.desc(), receipts.c.id.desc())
_ADD = insert_row(receipts)
_ONE = Statement(
    select(*_COLUMNS).where(receipts.c.id == bindparam("key"), receipts.c.person_id == bindparam("person"))
)
_LATEST = Statement(
    select(*_COLUMNS)
    .where(
        *_OF, receipts.c.kind == literal_column(f"'{GIVEN}'"), receipts.c.made_at <= bindparam("at_", type_=Instant())
    )
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """`kind` is `given` or `withdrawn`; `document` is consent/receipt's."""

    id: str
    person_id: str
    client_id: str
    kind: str
    made_at: datetime
    document: Mapping[str, Any]


class Receipts:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, receipt: Receipt) -> None:
        await self._connection.run(
            _ADD,
            id=receipt.id,
            person_id=receipt.person_id,
            client_id=receipt.client_id,
            kind=receipt.kind,
            made_at=receipt.made_at,
            document=dict(receipt.document),
        )

    async def one(self, person_id: str, receipt_id: str) -> Receipt | None:
        """None for another person's, too."""
        row = await self._connection.row(_ONE, person=person_id, key=receipt_id)
        return None if row is None else _read(row)

    async def latest(self, person_id: str, client_id: str, at: datetime) -> Receipt | None:
        """The decision that a service went by at a moment."""
        row = await self._connection.row(_LATEST, person=person_id, client=client_id, at_=at)
        return None if row is None else _read(row)


def _read(row: Row) -> Receipt:
    return Receipt(*row)
