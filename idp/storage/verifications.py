"""Completed verifications of persons: level, route and times in the open, what was seen only under the person's key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text, bindparam, select, update

from idp.crypto.field_encryption import DataKey, Vault
from idp.identity import stored_verification
from idp.identity.verification import Framework, Verification
from idp.kernel.level import Level
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import data_key_of, persons
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant, dumps, loads

verifications = Table(
    "verifications",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("route", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("framework", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("process", Text),
    # Claims and evidence under the person's key.
    Column("seen", LargeBinary, nullable=False),
    Column("ended_at", Instant),
    Column("ended_why", Text),
    # The last of the notices before its end: how many days ahead it was sent.
    Column("reminded", SmallInteger),
    Index("ix_verifications_person_id", "person_id"),
)
Index(
    "ix_verifications_ends_at",
    verifications.c.ends_at,
    postgresql_where=verifications.c.ended_at.is_(None),
    sqlite_where=verifications.c.ended_at.is_(None),
)

_READ = tuple(column for column in verifications.c if column.name != "reminded")
_ADD = insert_row(verifications)
_OF_PERSON = Statement(
    select(*_READ, persons.c.data_key)
    .join_from(verifications, persons)
    .where(verifications.c.person_id == bindparam("person"))
    .order_by(verifications.c.at, verifications.c.id)
)
_END = Statement(
    update(verifications)
    .where(
        verifications.c.id == bindparam("key"),
        verifications.c.person_id == bindparam("person"),
        verifications.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now"), ended_why=bindparam("why"))
)
_ENDING = Statement(
    select(verifications.c.id, verifications.c.person_id, verifications.c.ends_at, verifications.c.reminded)
    .join_from(verifications, persons)
    .where(
        verifications.c.ended_at.is_(None),
        # The one on which the person's level stands: another that ends changes nothing for them.
        verifications.c.ends_at == persons.c.level_ends_at,
        verifications.c.ends_at > bindparam("now", type_=Instant()),
        verifications.c.ends_at <= bindparam("until", type_=Instant()),
        (verifications.c.reminded.is_(None)) | (verifications.c.reminded > bindparam("days", type_=SmallInteger())),
    )
    .order_by(verifications.c.ends_at, verifications.c.id)
    .limit(bindparam("count"))
)
_REMIND = Statement(
    update(verifications)
    .where(
        verifications.c.id == bindparam("key"),
        (verifications.c.reminded.is_(None)) | (verifications.c.reminded > bindparam("days", type_=SmallInteger())),
    )
    .values(reminded=bindparam("days", type_=SmallInteger()))
)
_LAPSED = Statement(
    select(verifications.c.person_id)
    .where(verifications.c.ended_at.is_(None), verifications.c.ends_at <= bindparam("now", type_=Instant()))
    .order_by(verifications.c.ends_at, verifications.c.id)
    .limit(bindparam("count"))
)


class Verifications:
    """The repository. What a verification is worth is identity's rule."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, one: Verification) -> None:
        key = await data_key_of(self._connection, self._vault, one.person_id)
        if key is None:
            raise LookupError("no such person")
        await self._connection.run(
            _ADD,
            id=one.id,
            person_id=one.person_id,
            route=one.route,
            level=int(one.level),
            framework=one.framework.value,
            at=one.at,
            ends_at=one.ends_at,
            process=one.process,
            seen=key.encrypt(dumps(stored_verification.seen(one)).encode(), context=_context(one.id)),
            ended_at=one.ended_at,
            ended_why=one.ended_why,
            reminded=None,
        )

    async def of_person(self, person_id: str) -> list[Verification]:
        """All of them, those that ended too, in the order in which they were made."""
        rows = await self._connection.rows(_OF_PERSON, person=person_id)
        return [_read(row, self._vault) for row in rows]

    async def end(self, verification_id: str, person_id: str, why: str, now: datetime) -> bool:
        """It never counts again. False where it had ended, or is somebody else's."""
        return await self._connection.run(_END, key=verification_id, person=person_id, why=why, now=now) == 1

    async def ending(self, now: datetime, until: datetime, days: int, limit: int) -> list[tuple[str, str, datetime]]:
        """Of those on which a level stands: id, person and end, where the notice of so many days is still due."""
        rows = await self._connection.rows(_ENDING, now=now, until=until, days=days, count=limit)
        return [(row[0], row[1], row[2]) for row in rows]

    async def remind(self, verification_id: str, days: int) -> bool:
        """Marked once: of two nodes one sends the notice."""
        return await self._connection.run(_REMIND, key=verification_id, days=days) == 1

    async def lapsed(self, now: datetime, limit: int) -> list[str]:
        """Persons of whom a verification has come to its end, and nobody has said so yet."""
        return list(dict.fromkeys(row[0] for row in await self._connection.rows(_LAPSED, now=now, count=limit)))


def _read(row: Row, vault: Vault) -> Verification:
    key, person_id, route, level, framework, at, ends_at, process, seen, ended_at, ended_why, data_key = row
    opened = _opened(key, seen, vault.unwrap(data_key))
    return Verification(
        key,
        person_id,
        route,
        Level(level),
        Framework(framework),
        at,
        ends_at,
        process,
        opened["claims"],
        stored_verification.pieces(opened),
        ended_at,
        ended_why,
    )


def _opened(verification_id: str, seen: bytes, key: DataKey) -> Mapping[str, Any]:
    opened: Mapping[str, Any] = loads(key.decrypt(seen, context=_context(verification_id)))
    return opened


def _context(verification_id: str) -> str:
    return f"verification:{verification_id}"
