"""Ways to sign in that a person does not want for their account, whether they have them or not."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Table, Text, bindparam, delete, select

from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement, insert_unless_exists
from idp.storage.types import Instant

switched_off = Table(
    "switched_off",
    metadata,
    Column("person_id", Text, ForeignKey("persons.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("since", Instant, nullable=False),
)

_OFF = insert_unless_exists(switched_off)
_ON = Statement(
    delete(switched_off).where(switched_off.c.person_id == bindparam("person"), switched_off.c.kind == bindparam("way"))
)
_KINDS = Statement(select(switched_off.c.kind).where(switched_off.c.person_id == bindparam("person")))


class SwitchedOff:
    """The repository. What may be switched off is authn's rule."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def kinds(self, person_id: str) -> frozenset[str]:
        return frozenset(row[0] for row in await self._connection.rows(_KINDS, person=person_id))

    async def add(self, person_id: str, kind: str, now: datetime) -> bool:
        """False where it was off already."""
        return await self._connection.run(_OFF, person_id=person_id, kind=kind, since=now) == 1

    async def remove(self, person_id: str, kind: str) -> bool:
        return await self._connection.run(_ON, person=person_id, way=kind) == 1
