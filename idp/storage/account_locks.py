"""Locks that people put on their own account by "this wasn't me": nothing changes until two roots lift them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, select, update

from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_unless_exists
from idp.storage.types import Instant

account_locks = Table(
    "account_locks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("since", Instant, nullable=False),
    Column("case_id", Text, nullable=False),
    # What the person said was not theirs: the kind of the event or notice, and when that was.
    Column("about", Text, nullable=False),
    Column("about_at", Instant, nullable=False),
    Column("lifted_at", Instant),
    Index("ix_account_locks_person_id", "person_id"),
)
Index(
    "uq_account_locks_standing",
    account_locks.c.person_id,
    unique=True,
    postgresql_where=account_locks.c.lifted_at.is_(None),
    sqlite_where=account_locks.c.lifted_at.is_(None),
)

_COLUMNS = (
    account_locks.c.id,
    account_locks.c.person_id,
    account_locks.c.since,
    account_locks.c.case_id,
    account_locks.c.about,
    account_locks.c.about_at,
    account_locks.c.lifted_at,
)
_STANDING = account_locks.c.lifted_at.is_(None)
_ADD = insert_unless_exists(account_locks)
_OF_PERSON = Statement(select(*_COLUMNS).where(account_locks.c.person_id == bindparam("person"), _STANDING))
_LATEST = Statement(
    select(*_COLUMNS)
    .where(account_locks.c.person_id == bindparam("person"))
    .order_by(account_locks.c.since.desc(), account_locks.c.id)
    .limit(1)
)
_LIFT = Statement(
    update(account_locks).where(account_locks.c.id == bindparam("key"), _STANDING).values(lifted_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class AccountLock:
    """`about_at`: what the person had before that moment is theirs; what came since is in question."""

    id: str
    person_id: str
    since: datetime
    case_id: str
    about: str
    about_at: datetime
    lifted_at: datetime | None = None


class AccountLocks:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, lock: AccountLock) -> bool:
        """False where one stands already."""
        added = await self._connection.run(
            _ADD,
            id=lock.id,
            person_id=lock.person_id,
            since=lock.since,
            case_id=lock.case_id,
            about=lock.about,
            about_at=lock.about_at,
            lifted_at=lock.lifted_at,
        )
        return added == 1

    async def standing(self, person_id: str) -> AccountLock | None:
        row = await self._connection.row(_OF_PERSON, person=person_id)
        return None if row is None else _lock(row)

    async def latest(self, person_id: str) -> AccountLock | None:
        """The newest one, lifted or not."""
        row = await self._connection.row(_LATEST, person=person_id)
        return None if row is None else _lock(row)

    async def lift(self, lock_id: str, now: datetime) -> bool:
        """False where somebody else did a moment ago."""
        return await self._connection.run(_LIFT, key=lock_id, now=now) == 1


def _lock(row: Row) -> AccountLock:
    return AccountLock(*row)
