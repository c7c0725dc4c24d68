"""Pairwise subject identifiers (OpenID Connect Core §8.1): random, one for each person and sector, never derived."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, select

from idp.kernel.ids import new_id
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement, insert_unless_exists
from idp.storage.types import Instant, storable

pseudonyms = Table(
    "pseudonyms",
    metadata,
    Column("person_id", Text, ForeignKey("persons.id"), primary_key=True),
    Column("sector", Text, ForeignKey("sectors.sector"), primary_key=True),
    Column("sub", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("uq_pseudonyms_sector_sub", "sector", "sub", unique=True),
)

_MAKE = insert_unless_exists(pseudonyms)
_FIND = Statement(
    select(pseudonyms.c.sub).where(
        pseudonyms.c.person_id == bindparam("person"), pseudonyms.c.sector == bindparam("asked")
    )
)
_PERSON_OF = Statement(
    select(pseudonyms.c.person_id).where(
        pseudonyms.c.sector == bindparam("asked"), pseudonyms.c.sub == bindparam("known")
    )
)


class Pseudonyms:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def ensure(self, person_id: str, sector: str, now: datetime) -> str:
        """The `sub`, made at the first release. Two sign-ins at once get the same."""
        known = await self.find(person_id, sector)
        if known is not None:
            return known
        sub = new_id()
        made = await self._connection.run(_MAKE, person_id=person_id, sector=sector, sub=sub, created_at=now)
        known = sub if made else await self.find(person_id, sector)
        if known is None:
            raise LookupError("no such pseudonym")
        return known

    async def find(self, person_id: str, sector: str) -> str | None:
        row = await self._connection.row(_FIND, person=person_id, asked=sector)
        return None if row is None else str(row[0])

    async def person_of(self, sub: str, sector: str) -> str | None:
        if not storable(sub):
            return None
        row = await self._connection.row(_PERSON_OF, known=sub, asked=sector)
        return None if row is None else str(row[0])
