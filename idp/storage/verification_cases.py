"""Verifications on their way: state and times in the open, what was gathered only under the person's key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    bindparam,
    select,
    update,
)

from idp.crypto.field_encryption import Vault
from idp.identity.verification_case import ENDS, CaseState, VerificationCase
from idp.kernel.level import Level
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import data_key_of, persons
from idp.storage.statement import Row, Statement, insert_unless_exists
from idp.storage.types import Instant, dumps, loads

verification_cases = Table(
    "verification_cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("route", Text, nullable=False),
    Column("target", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Column("due_at", Instant),
    Column("reason", Text),
    Column("client_id", Text),
    Column("interaction_id", Text),
    Column("unit", Text),
    Column("details", LargeBinary, nullable=False),
    Index("ix_verification_cases_person_id", "person_id"),
    Index("ix_verification_cases_due_at", "due_at"),
    Index("ix_verification_cases_unit", "unit", "state", "opened_at", "id"),
)
_RUNS = verification_cases.c.state.not_in([end.value for end in sorted(ENDS)])
# Whoever begins twice on one route goes on with what runs.
Index(
    "uq_verification_cases_running",
    verification_cases.c.person_id,
    verification_cases.c.route,
    unique=True,
    postgresql_where=_RUNS,
    sqlite_where=_RUNS,
)

_READ = (*verification_cases.c, persons.c.data_key)
_FROM = select(*_READ).join_from(verification_cases, persons)
_ADD = insert_unless_exists(verification_cases)
_GET = Statement(_FROM.where(verification_cases.c.id == bindparam("key")))
_OF_PERSON = Statement(
    _FROM.where(verification_cases.c.person_id == bindparam("person")).order_by(
        verification_cases.c.opened_at, verification_cases.c.id
    )
)
_DUE = Statement(
    select(verification_cases.c.id)
    .where(verification_cases.c.due_at <= bindparam("now", type_=Instant()))
    .order_by(verification_cases.c.due_at, verification_cases.c.id)
    .limit(bindparam("count"))
)
_CHANGE = Statement(
    update(verification_cases)
    .where(verification_cases.c.id == bindparam("key"), verification_cases.c.version == bindparam("seen"))
    .values(
        state=bindparam("new_state"),
        updated_at=bindparam("now"),
        version=verification_cases.c.version + 1,
        due_at=bindparam("new_due_at"),
        reason=bindparam("new_reason"),
        client_id=bindparam("new_client_id"),
        interaction_id=bindparam("new_interaction_id"),
        unit=bindparam("new_unit"),
        details=bindparam("new_details"),
    )
)


class VerificationCases:
    """The repository. What may follow what is identity's rule."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, case: VerificationCase) -> bool:
        """False where one runs already for this person on this route."""
        added = await self._connection.run(
            _ADD,
            id=case.id,
            person_id=case.person_id,
            route=case.route,
            target=int(case.target),
            state=case.state.value,
            opened_at=case.opened_at,
            opened_by=case.opened_by,
            updated_at=case.updated_at,
            version=case.version,
            due_at=case.due_at,
            reason=case.reason,
            client_id=case.client_id,
            interaction_id=case.interaction_id,
            unit=case.unit,
            details=await self._sealed(case),
        )
        return added == 1

    async def get(self, case_id: str) -> VerificationCase | None:
        row = await self._connection.row(_GET, key=case_id)
        return None if row is None else self._read(row)

    async def of_person(self, person_id: str) -> list[VerificationCase]:
        """All of them, in the order of opening."""
        return [self._read(row) for row in await self._connection.rows(_OF_PERSON, person=person_id)]

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Those that go on by themselves now."""
        return [row[0] for row in await self._connection.rows(_DUE, now=now, count=limit)]

    async def change(self, case: VerificationCase, seen: int) -> bool:
        """Written as it is now, where nobody changed it since `seen`; its version grows by one."""
        changed = await self._connection.run(
            _CHANGE,
            key=case.id,
            seen=seen,
            new_state=case.state.value,
            now=case.updated_at,
            new_due_at=case.due_at,
            new_reason=case.reason,
            new_client_id=case.client_id,
            new_interaction_id=case.interaction_id,
            new_unit=case.unit,
            new_details=await self._sealed(case),
        )
        return changed == 1

    async def _sealed(self, case: VerificationCase) -> bytes:
        key = await data_key_of(self._connection, self._vault, case.person_id)
        if key is None:
            raise LookupError("no such person")
        return key.encrypt(dumps(dict(case.details)).encode(), context=_context(case.id))

    def _read(self, row: Row) -> VerificationCase:
        *plain, sealed, data_key = row
        key, person_id, route, target, state, opened_at, opened_by, updated_at, version, *rest = plain
        details: Mapping[str, Any] = loads(self._vault.unwrap(data_key).decrypt(sealed, context=_context(key)))
        due_at, reason, client_id, interaction_id, unit = rest
        return VerificationCase(
            key,
            person_id,
            route,
            Level(target),
            CaseState(state),
            opened_at,
            opened_by,
            updated_at,
            version,
            due_at,
            reason,
            client_id,
            interaction_id,
            unit,
            details,
        )


def _context(case_id: str) -> str:
    return f"verification_case:{case_id}"
