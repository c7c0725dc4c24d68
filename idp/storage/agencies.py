"""Agencies that answer for services, and the sectors that each owns: clients of one sector see the same `sub`."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, ForeignKey, Table, Text, bindparam, select

from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement, insert_or_replace, insert_unless_exists
from idp.storage.types import Json

agencies = Table(
    "agencies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Json, nullable=False),
)
sectors = Table(
    "sectors",
    metadata,
    Column("sector", Text, primary_key=True),
    Column("agency_id", Text, ForeignKey("agencies.id"), nullable=False),
)

_PUT = insert_or_replace(agencies)
_GET = Statement(select(agencies.c.id, agencies.c.name).where(agencies.c.id == bindparam("key")))
_ALL = Statement(select(agencies.c.id, agencies.c.name).order_by(agencies.c.id))
_CLAIM = insert_unless_exists(sectors)
_OWNER = Statement(select(sectors.c.agency_id).where(sectors.c.sector == bindparam("asked")))


@dataclass(frozen=True, slots=True)
class Agency:
    """`id` is the agency's electronic identifier; `name` maps a language to the text."""

    id: str
    name: Mapping[str, str]


class Agencies:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, agency: Agency) -> None:
        await self._connection.run(_PUT, id=agency.id, name=dict(agency.name))

    async def get(self, agency_id: str) -> Agency | None:
        row = await self._connection.row(_GET, key=agency_id)
        return None if row is None else Agency(row[0], row[1])

    async def all(self) -> list[Agency]:
        return [Agency(row[0], row[1]) for row in await self._connection.rows(_ALL)]

    async def claim_sector(self, sector: str, agency_id: str) -> bool:
        """The first agency owns a sector for good: another one must not learn its `sub` values. True for the owner."""
        if await self._connection.run(_CLAIM, sector=sector, agency_id=agency_id):
            return True
        row = await self._connection.row(_OWNER, asked=sector)
        return row is not None and row[0] == agency_id
