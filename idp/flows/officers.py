"""Officers: roles given by two hands and taken by one, the door of their console, and who is on duty."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from idp.audit import kinds
from idp.audit.event import event
from idp.authn.authenticators import AUTHENTICATORS, living
from idp.authn.sso_session import Session
from idp.flows import sessions, usable
from idp.flows.hall import Hall
from idp.flows.visitor import Visitor
from idp.identity import officer as rules
from idp.identity.assurance import may_sign_in, person_level
from idp.identity.officer import FIRST_OFFICERS, Objection, Role, RoleGrant
from idp.identity.person import Person
from idp.kernel.clock import day_of
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.storage.database import Tx
from idp.storage.officers import Duty

# Whoever walks away from their desk is signed out of the console; their other pages have their own limits.
IDLE: Final = timedelta(minutes=15)
_SHIFT: Final = timedelta(hours=8)
_PASSKEY: Final = "passkey"


class NotGiven(Exception):
    """Nothing changed; `objection` says why."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(objection.value)
        self.objection = objection


class Unproven(Enum):
    """Why the console stays shut; who has no power here is never told that there is a console."""

    NOBODY = "nobody"
    SIGN_IN = "sign_in"
    PASSKEY = "passkey"
    NO_PASSKEY = "no_passkey"


@dataclass(frozen=True, slots=True)
class Officer:
    """Who sits at the console, by which session, with which roles now."""

    person: Person
    session: Session
    grants: tuple[RoleGrant, ...] = field(repr=False)
    roles: frozenset[Role]
    # When the console asked.
    at: datetime
    duty: Duty | None = None

    def unit(self, *wanted: Role) -> str | None:
        """Where they hold the first of these roles that they hold."""
        found = (rules.unit_of(self.grants, role, self.at) for role in wanted)
        return next((unit for unit in found if unit is not None), None)

    @property
    def actor(self) -> str:
        return f"officer:{self.person.id}"


async def at_the_door(hall: Hall, visitor: Visitor, now: datetime) -> Officer | Unproven:
    """A role that counts now, and a passkey with user verification in this session, not idle. Anything else: shut."""
    async with hall.db.read() as tx:
        session = await sessions.current(tx, hall, visitor, now)
        person = await tx.persons.get(session.person_id) if session else None
        if session is None or person is None or not may_sign_in(person):
            return Unproven.SIGN_IN
        grants = await tx.officers.of_person(person.id)
        roles = rules.roles(grants, now)
        if not roles or person_level(person, now) < Level.SUBSTANTIAL:
            return Unproven.NOBODY
        enrolled = await usable.of_person(tx, hall, person, now)
        duty = await tx.officers.duty(person.id)
    if not any(_opens(one.kind, one.level_cap) for one in enrolled):
        return Unproven.NO_PASSKEY
    proven = any(_opens(proof.method, proof.cap) for proof in living(session.proofs, now))
    if not proven or now - session.last_seen_at >= IDLE:
        return Unproven.PASSKEY
    await sessions.seen(hall, visitor, session, now)
    return Officer(person, session, tuple(grants), roles, now, duty if duty and duty.until > now else None)


def _opens(kind: str, cap: Level) -> bool:
    """A password with a code does not: both can be given to an impostor's page."""
    return AUTHENTICATORS[kind].name == _PASSKEY and AUTHENTICATORS[kind].verifies_user and cap >= Level.SUBSTANTIAL


async def propose(hall: Hall, asked: RoleGrant, now: datetime) -> RoleGrant:
    """Waits for a second hand, but for the first officers, who have nobody beside them. Raises NotGiven."""
    async with hall.db.tx() as tx:
        person = await tx.persons.get(asked.person_id)
        if person is None or not may_sign_in(person) or person_level(person, now) < Level.SUBSTANTIAL:
            raise NotGiven(Objection.NOT_VERIFIED)
        held = [one for one in await tx.officers.of_person_alone(person.id) if one.approved_by is not None]
        objection = rules.objection(asked, held, now)
        if objection is not None:
            raise NotGiven(objection)
        others = {one.person_id for one in await tx.officers.all() if one.counts(now)} - {person.id}
        first = len(others) < FIRST_OFFICERS
        given = RoleGrant(
            asked.id or new_id(),
            person.id,
            asked.role,
            asked.unit,
            asked.begins_at,
            asked.proposed_by,
            asked.ends_at,
            asked.proposed_by if first else None,
        )
        await tx.officers.propose(given, now)
        kind = kinds.OFFICER_ROLE_GIVEN if first else kinds.OFFICER_ROLE_PROPOSED
        await _tell(tx, given, kind, asked.proposed_by, now)
    return given


async def approve(hall: Hall, grant_id: str, actor: str, now: datetime) -> RoleGrant:
    """The second hand. Raises NotGiven: for one's own proposal, or where meanwhile another role excludes this one."""
    async with hall.db.tx() as tx:
        proposal = await tx.officers.get(grant_id)
        objection = rules.approval_objection(proposal, actor)
        if objection is not None or proposal is None:
            raise NotGiven(objection or Objection.UNKNOWN)
        held = [one for one in await tx.officers.of_person_alone(proposal.person_id) if one.approved_by is not None]
        objection = rules.objection(proposal, held, now)
        if objection is not None:
            raise NotGiven(objection)
        if not await tx.officers.approve(grant_id, actor, now):
            raise NotGiven(Objection.DONE)
        await _tell(tx, proposal, kinds.OFFICER_ROLE_GIVEN, actor, now)
    return proposal


async def revoke(hall: Hall, grant_id: str, actor: str, now: datetime) -> bool:
    """At once: the console asks at every request. One hand is enough to take away."""
    async with hall.db.tx() as tx:
        grant = await tx.officers.get(grant_id)
        if grant is None or not await tx.officers.end(grant_id, now):
            return False
        await _tell(tx, grant, kinds.OFFICER_ROLE_TAKEN, actor, now)
    return True


async def unit_title(tx: Tx, code: str, now: datetime) -> str:
    """As people call the unit; its code where the list of communes does not know it."""
    commune = await tx.communes.at(code, day_of(now))
    return code if commune is None else commune.title


async def unit_of(hall: Hall, officer: Officer, now: datetime, *wanted: Role) -> str:
    async with hall.db.read() as tx:
        return await unit_title(tx, officer.unit(*wanted) or "", now)


async def every(hall: Hall) -> list[RoleGrant]:
    async with hall.db.read() as tx:
        return await tx.officers.all()


async def set_duty(hall: Hall, officer: Officer, *, on: bool, now: datetime) -> None:
    """Ready to be drawn as the second officer, or no longer."""
    unit = officer.unit(Role.VERIFICATION, Role.SUPERVISOR)
    if unit is None:
        return
    async with hall.db.tx() as tx:
        await tx.officers.put_duty(Duty(officer.person.id, unit, now + _SHIFT if on else now))
        told = {"unit": unit, "state": "on" if on else "off"}
        await tx.events.append(
            event(kinds.OFFICER_DUTY, at=now, actor=officer.actor, person_id=officer.person.id, **told)
        )


async def _tell(tx: Tx, grant: RoleGrant, kind: str, actor: str, now: datetime) -> None:
    told = {"role": grant.role.value, "unit": grant.unit, "role_id": grant.id}
    await tx.events.append(event(kind, at=now, actor=actor, person_id=grant.person_id, **told))
