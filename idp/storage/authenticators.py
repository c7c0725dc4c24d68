"""Authenticators of persons: what each keeps, under the person's key, and the counters that make a use count once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    delete,
    or_,
    select,
    text,
    update,
)

from idp.crypto.field_encryption import DataKey, Vault
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import data_key_of, persons
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant

authenticators = Table(
    "authenticators",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("kind", Text, nullable=False),
    # People name their devices after themselves: the label is personal data too.
    Column("label", LargeBinary, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("last_step", BigInteger),
    Column("enrolled_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    # The level of the session that enrolled it. What a release without caps added came from an administrator.
    Column("level_cap", Integer, nullable=False, server_default=text(str(int(Level.HIGH)))),
    # SHA-256 of a passkey's credential id: a sign-in without a name begins with it.
    Column("credential", LargeBinary),
    # Replaced by a recovery, or in question since its owner said "this wasn't me": proves nothing, can come back.
    Column("suspended_at", Instant),
    # The recovery or the lock that did it.
    Column("suspended_by", Text),
    Index("ix_authenticators_suspended_at", "suspended_at"),
    Index("ix_authenticators_credential", "credential", unique=True),
    Index("ix_authenticators_person_id", "person_id"),
)

_ADD = insert_row(authenticators)
_USABLE = authenticators.c.suspended_at.is_(None)


def _of_person(which: ColumnElement[bool]) -> Statement:
    return Statement(
        select(
            authenticators.c.id,
            authenticators.c.kind,
            authenticators.c.label,
            authenticators.c.secret,
            authenticators.c.last_step,
            authenticators.c.enrolled_at,
            authenticators.c.last_used_at,
            authenticators.c.level_cap,
            authenticators.c.suspended_at,
            persons.c.data_key,
        )
        .join_from(authenticators, persons)
        .where(authenticators.c.person_id == bindparam("person"), which)
        .order_by(authenticators.c.enrolled_at, authenticators.c.id)
    )


_OF_PERSON = _of_person(_USABLE)
_SUSPENDED = _of_person(authenticators.c.suspended_at.is_not(None))
_SUSPEND = Statement(
    update(authenticators)
    .where(authenticators.c.id == bindparam("key"), authenticators.c.person_id == bindparam("person"), _USABLE)
    .values(suspended_at=bindparam("now"), suspended_by=bindparam("cause"))
)
_RESTORE = Statement(
    update(authenticators)
    .where(authenticators.c.id == bindparam("key"), authenticators.c.person_id == bindparam("person"))
    .values(suspended_at=None, suspended_by=None)
)
_BY_CREDENTIAL = Statement(
    select(authenticators.c.person_id).where(authenticators.c.credential == bindparam("credential"))
)
# Changes nothing; whoever else would change the same person's authenticators waits.
_LOCK = Statement(update(persons).where(persons.c.id == bindparam("person")).values(id=persons.c.id))
_RENAME = Statement(
    update(authenticators)
    .where(authenticators.c.id == bindparam("key"), authenticators.c.person_id == bindparam("person"))
    .values(label=bindparam("new_label"))
)
_REPLACE_SECRET = Statement(
    update(authenticators)
    .where(authenticators.c.id == bindparam("key"), authenticators.c.person_id == bindparam("person"))
    .values(secret=bindparam("new_secret"))
)
_SET_CAP = Statement(
    update(authenticators)
    .where(authenticators.c.id == bindparam("key"), authenticators.c.person_id == bindparam("person"))
    .values(level_cap=bindparam("new_cap"))
)
_LATER_STEP = or_(authenticators.c.last_step.is_(None), authenticators.c.last_step < bindparam("step"))


def _take_step(*further: ColumnElement[bool]) -> Statement:
    return Statement(
        update(authenticators)
        .where(authenticators.c.id == bindparam("key"), _LATER_STEP, *further)
        .values(last_step=bindparam("step"), last_used_at=bindparam("now"))
    )


_TAKE_STEP = _take_step(_USABLE)
_TAKE_STEP_ASIDE = _take_step()
_USED = Statement(
    update(authenticators).where(authenticators.c.id == bindparam("key")).values(last_used_at=bindparam("now"))
)
_REMOVE = Statement(
    delete(authenticators).where(
        authenticators.c.id == bindparam("key"), authenticators.c.person_id == bindparam("person")
    )
)


@dataclass(frozen=True, slots=True)
class Authenticator:
    """`kind` names an entry of the authenticator registry; `secret` is what that entry keeps.

    `last_step`: the last time step of an app, the signature counter of a passkey, how many recovery codes are used up.
    `level_cap`: the level of the session that enrolled it, which it never exceeds.
    """

    id: str
    person_id: str
    kind: str
    label: str
    secret: bytes = field(repr=False)
    last_step: int | None
    enrolled_at: datetime
    last_used_at: datetime | None
    level_cap: Level
    suspended_at: datetime | None = None


class Authenticators:
    """The repository."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(
        self,
        person_id: str,
        kind: str,
        secret: bytes,
        now: datetime,
        label: str = "",
        *,
        level_cap: Level,
        credential: bytes | None = None,
        last_step: int | None = None,
    ) -> str:
        """May raise AlreadyExists: a credential id belongs to one person only."""
        key, authenticator_id = await self._key(person_id), new_id()
        await self._connection.run(
            _ADD,
            id=authenticator_id,
            person_id=person_id,
            kind=kind,
            label=key.encrypt(label.encode("utf-8", "replace"), context=_context(authenticator_id, "label")),
            secret=key.encrypt(secret, context=_context(authenticator_id, "secret")),
            last_step=last_step,
            enrolled_at=now,
            last_used_at=None,
            level_cap=int(level_cap),
            credential=credential,
            suspended_at=None,
            suspended_by=None,
        )
        return authenticator_id

    async def of_person(self, person_id: str) -> list[Authenticator]:
        """Those that prove something, in the order of enrolment."""
        return self._opened(person_id, await self._connection.rows(_OF_PERSON, person=person_id))

    async def suspended(self, person_id: str) -> list[Authenticator]:
        """Those that prove nothing for now, whatever the cause."""
        return self._opened(person_id, await self._connection.rows(_SUSPENDED, person=person_id))

    async def suspend(self, authenticator_id: str, person_id: str, cause: str, now: datetime) -> bool:
        """False where it was put aside before: the first cause stands."""
        values = {"key": authenticator_id, "person": person_id, "cause": cause, "now": now}
        return await self._connection.run(_SUSPEND, **values) == 1

    async def restore(self, authenticator_id: str, person_id: str) -> bool:
        return await self._connection.run(_RESTORE, key=authenticator_id, person=person_id) == 1

    def _opened(self, person_id: str, rows: Sequence[Row]) -> list[Authenticator]:
        found = []
        for row in rows:
            id_, kind, label, secret, last_step, enrolled_at, last_used_at, cap, suspended_at, data_key = row
            key = self._vault.unwrap(data_key)
            name = key.decrypt(label, context=_context(id_, "label")).decode()
            opened = key.decrypt(secret, context=_context(id_, "secret"))
            times = (enrolled_at, last_used_at)
            found.append(Authenticator(id_, person_id, kind, name, opened, last_step, *times, Level(cap), suspended_at))
        return found

    async def owner_of(self, credential: bytes) -> str | None:
        """Whose passkey this is."""
        row = await self._connection.row(_BY_CREDENTIAL, credential=credential)
        return None if row is None else row[0]

    async def of_person_alone(self, person_id: str) -> list[Authenticator]:
        """The same, and nobody else changes them until this transaction ends: two never take away the last two."""
        await self._connection.run(_LOCK, person=person_id)
        return await self.of_person(person_id)

    async def rename(self, authenticator_id: str, person_id: str, label: str) -> bool:
        key = await self._key(person_id)
        sealed = key.encrypt(label.encode("utf-8", "replace"), context=_context(authenticator_id, "label"))
        return await self._connection.run(_RENAME, key=authenticator_id, person=person_id, new_label=sealed) == 1

    async def replace_secret(self, authenticator_id: str, person_id: str, secret: bytes) -> bool:
        """A password hash is upgraded, or a password changed."""
        key = await self._key(person_id)
        sealed = key.encrypt(secret, context=_context(authenticator_id, "secret"))
        changed = await self._connection.run(_REPLACE_SECRET, key=authenticator_id, person=person_id, new_secret=sealed)
        return changed == 1

    async def set_cap(self, authenticator_id: str, person_id: str, level: Level) -> bool:
        """What it may bear from now on."""
        return await self._connection.run(_SET_CAP, key=authenticator_id, person=person_id, new_cap=int(level)) == 1

    async def take_step(self, authenticator_id: str, step: int, now: datetime, *, aside: bool = False) -> bool:
        """RFC 6238 §5.2: a code is accepted once. False when this step or a later one was taken already.

        The same for a passkey's signature counter, and for the number of recovery codes used up. `aside`: also of one
        that is suspended, where its owner undoes what a thief did.
        """
        statement = _TAKE_STEP_ASIDE if aside else _TAKE_STEP
        return await self._connection.run(statement, key=authenticator_id, step=step, now=now) == 1

    async def used(self, authenticator_id: str, now: datetime) -> None:
        await self._connection.run(_USED, key=authenticator_id, now=now)

    async def remove(self, authenticator_id: str, person_id: str) -> bool:
        return await self._connection.run(_REMOVE, key=authenticator_id, person=person_id) == 1

    async def _key(self, person_id: str) -> DataKey:
        key = await data_key_of(self._connection, self._vault, person_id)
        if key is None:
            raise LookupError("no such person")
        return key


def _context(authenticator_id: str, field_name: str) -> str:
    return f"authenticator:{authenticator_id}:{field_name}"
