"""Commune-level units with their dates, and which unit became which: the operator's file, as the rule planned it."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Column, Table, Text, bindparam, select, update

from idp.identity.commune import Change, Commune
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement, insert_row, insert_unless_exists
from idp.storage.types import Day

communes = Table(
    "communes",
    metadata,
    Column("code", Text, primary_key=True),
    # A unit that gets another name keeps its code: one row for each of its names.
    Column("since", Day, primary_key=True),
    Column("until", Day),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
)
commune_successions = Table(
    "commune_successions",
    metadata,
    Column("old_code", Text, primary_key=True),
    Column("new_code", Text, primary_key=True),
    Column("effective", Day, nullable=False),
)

_ADD = insert_row(communes)
_SUCCEED = insert_unless_exists(commune_successions)
_END = Statement(
    update(communes)
    .where(communes.c.code == bindparam("key"), communes.c.until.is_(None))
    .values(until=bindparam("effective"))
)
_ALL = Statement(
    select(communes.c.code, communes.c.kind, communes.c.name, communes.c.since, communes.c.until).order_by(
        communes.c.code, communes.c.since
    )
)
_OF_CODE = Statement(
    select(communes.c.code, communes.c.kind, communes.c.name, communes.c.since, communes.c.until)
    .where(communes.c.code == bindparam("key"))
    .order_by(communes.c.since)
)
_SUCCESSIONS = Statement(
    select(commune_successions.c.old_code, commune_successions.c.new_code).order_by(
        commune_successions.c.old_code, commune_successions.c.new_code
    )
)
# One import at a time, wherever it is begun.
_IMPORT = 0x1D9_0004


class Communes:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def alone(self) -> None:
        """No other import until this transaction ends."""
        await self._connection.serialize(_IMPORT)

    async def all(self) -> list[Commune]:
        """Of every day, by code and then by day."""
        return [Commune(*row) for row in await self._connection.rows(_ALL)]

    async def at(self, code: str, day: date) -> Commune | None:
        units = [Commune(*row) for row in await self._connection.rows(_OF_CODE, key=code)]
        return next((one for one in units if one.since <= day and (one.until is None or day < one.until)), None)

    async def successions(self) -> Mapping[str, tuple[str, ...]]:
        became: dict[str, tuple[str, ...]] = {}
        for old, new in await self._connection.rows(_SUCCESSIONS):
            became[old] = (*became.get(old, ()), new)
        return became

    async def apply(self, change: Change) -> None:
        for code in change.ended:
            await self._connection.run(_END, key=code, effective=change.effective)
        for unit in change.begun:
            await self._connection.run(
                _ADD, code=unit.code, since=unit.since, until=unit.until, kind=unit.kind, name=unit.name
            )
        for old, became in change.successions.items():
            for new in became:
                await self._connection.run(_SUCCEED, old_code=old, new_code=new, effective=change.effective)
