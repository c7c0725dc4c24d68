"""Roles of officers and who proposed and approved them, never overwritten; and who is on duty now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, select, update

from idp.identity.officer import Role, RoleGrant
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import persons
from idp.storage.statement import Row, Statement, insert_or_replace, insert_row
from idp.storage.types import Instant

officer_roles = Table(
    "officer_roles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("proposed_at", Instant, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("approved_at", Instant),
    Column("approved_by", Text),
    Index("ix_officer_roles_person_id", "person_id"),
)
officer_duties = Table(
    "officer_duties",
    metadata,
    Column("person_id", Text, ForeignKey("persons.id"), primary_key=True),
    Column("unit", Text, nullable=False),
    # Whoever forgets to say that they are gone is gone by then.
    Column("until", Instant, nullable=False),
)

_ROLE = (
    officer_roles.c.id,
    officer_roles.c.person_id,
    officer_roles.c.role,
    officer_roles.c.unit,
    officer_roles.c.begins_at,
    officer_roles.c.proposed_by,
    officer_roles.c.ends_at,
    officer_roles.c.approved_by,
)
_ADD = insert_row(officer_roles)
_GET = Statement(select(*_ROLE).where(officer_roles.c.id == bindparam("key")))
_OF_PERSON = Statement(
    select(*_ROLE)
    .where(officer_roles.c.person_id == bindparam("person"))
    .order_by(officer_roles.c.begins_at, officer_roles.c.id)
)
_ALL = Statement(select(*_ROLE).order_by(officer_roles.c.unit, officer_roles.c.person_id, officer_roles.c.id))
# The rule stands in the statement too: of two hands at once, and of one hand twice, nothing comes.
_APPROVE = Statement(
    update(officer_roles)
    .where(
        officer_roles.c.id == bindparam("key"),
        officer_roles.c.approved_at.is_(None),
        officer_roles.c.proposed_by != bindparam("hand"),
    )
    .values(approved_at=bindparam("now"), approved_by=bindparam("hand"))
)
_END = Statement(
    update(officer_roles)
    .where(
        officer_roles.c.id == bindparam("key"),
        (officer_roles.c.ends_at.is_(None)) | (officer_roles.c.ends_at > bindparam("now", type_=Instant())),
    )
    .values(ends_at=bindparam("now"))
)
# Changes nothing; whoever else would give this person a role waits.
_LOCK = Statement(update(persons).where(persons.c.id == bindparam("person")).values(id=persons.c.id))
_PUT_DUTY = insert_or_replace(officer_duties)
_DUTY = Statement(
    select(officer_duties.c.unit, officer_duties.c.until).where(officer_duties.c.person_id == bindparam("person"))
)
_ON_DUTY = Statement(
    select(officer_duties.c.person_id, officer_duties.c.unit)
    .where(officer_duties.c.until > bindparam("now", type_=Instant()))
    .order_by(officer_duties.c.person_id)
)


@dataclass(frozen=True, slots=True)
class Duty:
    """Ready for what others ask, in this unit."""

    person_id: str
    unit: str
    until: datetime


class Officers:
    """The repository. Who may hold or give what is identity's rule."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def propose(self, grant: RoleGrant, now: datetime) -> None:
        """With `approved_by` set it counts at once: the first officers."""
        await self._connection.run(
            _ADD,
            id=grant.id,
            person_id=grant.person_id,
            role=grant.role.value,
            unit=grant.unit,
            begins_at=grant.begins_at,
            ends_at=grant.ends_at,
            proposed_at=now,
            proposed_by=grant.proposed_by,
            approved_at=now if grant.approved_by is not None else None,
            approved_by=grant.approved_by,
        )

    async def approve(self, grant_id: str, hand: str, now: datetime) -> bool:
        return await self._connection.run(_APPROVE, key=grant_id, hand=hand, now=now) == 1

    async def end(self, grant_id: str, now: datetime) -> bool:
        """From this moment on. False where it has ended."""
        return await self._connection.run(_END, key=grant_id, now=now) == 1

    async def get(self, grant_id: str) -> RoleGrant | None:
        row = await self._connection.row(_GET, key=grant_id)
        return None if row is None else _grant(row)

    async def of_person(self, person_id: str) -> list[RoleGrant]:
        """All of them, those of the past and those that only one hand gave too."""
        return [_grant(row) for row in await self._connection.rows(_OF_PERSON, person=person_id)]

    async def of_person_alone(self, person_id: str) -> list[RoleGrant]:
        """The same, and nobody else changes them until this transaction ends."""
        await self._connection.run(_LOCK, person=person_id)
        return await self.of_person(person_id)

    async def all(self) -> list[RoleGrant]:
        """A province has a few hundred officers."""
        return [_grant(row) for row in await self._connection.rows(_ALL)]

    async def put_duty(self, duty: Duty) -> None:
        await self._connection.run(_PUT_DUTY, person_id=duty.person_id, unit=duty.unit, until=duty.until)

    async def duty(self, person_id: str) -> Duty | None:
        row = await self._connection.row(_DUTY, person=person_id)
        return None if row is None else Duty(person_id, row[0], row[1])

    async def on_duty(self, now: datetime) -> list[tuple[str, str]]:
        """Person and unit of whoever may be asked now."""
        return [(row[0], row[1]) for row in await self._connection.rows(_ON_DUTY, now=now)]


def _grant(row: Row) -> RoleGrant:
    key, person_id, role, unit, begins_at, proposed_by, ends_at, approved_by = row
    return RoleGrant(key, person_id, Role(role), unit, begins_at, proposed_by, ends_at, approved_by)
