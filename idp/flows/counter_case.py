"""One case at a counter as its two officers see it: found for them alone, with what was there before it was opened."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall
from idp.flows.identity_numbers import BOUND
from idp.flows.officers import Officer, unit_title
from idp.flows.verification_cases import REFUSED_KIND
from idp.identity import contact, masking
from idp.identity import officer as officer_rules
from idp.identity.counter_case import ANSWER_WITHIN, File, read, second_role, unfit_as_second
from idp.identity.login_identifier import Kind
from idp.identity.officer import Role
from idp.identity.person import Person
from idp.identity.routes import counter, witness
from idp.identity.verification_case import CaseState, VerificationCase
from idp.storage.counter_desks import Desk
from idp.storage.database import Tx

ROUTES: Final = (counter.ROUTE.name, witness.ROUTE.name)
FIRST_ROLES: Final = (Role.VERIFICATION, Role.RECEPTION)
_CHANNELS: Final[Mapping[str, Kind]] = {"phone_number": Kind.PHONE_NUMBER, "email": Kind.EMAIL}
_AUTHENTICATOR: Final = "authenticator:"
_CHANNEL: Final = "channel:"


class NoSuchCase(Exception):
    """None that this officer may look at; whether there is one is nobody else's to learn."""


class Stale(Exception):
    """The form was for the case as it stood before, or what it asks for is not due."""


@dataclass(frozen=True, slots=True)
class Way:
    """Something by which the account could be used before. `key` stands in the form."""

    key: str
    kind: str
    label: str = field(repr=False)
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class View:
    """`is_first`: it is theirs to prepare; else they are the one who was drawn."""

    case: VerificationCase
    desk: Desk
    person: Person
    file: File | None
    is_first: bool
    ways: tuple[Way, ...] = ()
    sessions: int = 0
    # Under which number another officer finds the refusal, or the dispute.
    review: str | None = None
    # What people call the units that had to do with it, by their codes.
    units: Mapping[str, str] = field(default_factory=dict)


def is_on(hall: Hall, route: str) -> bool:
    return route in ROUTES and route in hall.policies.cases.routes


async def view(hall: Hall, officer: Officer, case_id: str, now: datetime) -> View:
    """Raises NoSuchCase."""
    async with hall.db.read() as tx:
        return await found(tx, officer, case_id, now)


async def found(tx: Tx, officer: Officer, case_id: str, now: datetime) -> View:
    """The same within a transaction. Raises NoSuchCase."""
    desk, case = await tx.counter_desks.get(case_id), await tx.verification_cases.get(case_id)
    if desk is None or case is None or officer.person.id not in (desk.first_id, desk.second_id):
        raise NoSuchCase
    person = await tx.persons.get(case.person_id)
    if person is None or person.id == officer.person.id:
        raise NoSuchCase
    return View(
        case,
        desk,
        person,
        # What an accepted case gathered stands in the verification; the case itself keeps nothing.
        read(case.details) if case.details else None,
        officer.person.id == desk.first_id,
        tuple(await _ways(tx, person)),
        len(await tx.sessions.of_person(person.id, now)),
        await _review(tx, case),
        {code: await unit_title(tx, code, now) for code in (desk.first_unit, desk.second_unit) if code},
    )


async def queue(hall: Hall, officer: Officer, now: datetime) -> tuple[list[View], list[View]]:
    """Whatever this officer prepared, and what they were drawn for and have not decided."""
    async with hall.db.read() as tx:
        own = [
            await found(tx, officer, desk.case_id, now) for desk in await tx.counter_desks.of_first(officer.person.id)
        ]
        drawn = [
            await found(tx, officer, desk.case_id, now)
            for desk in await tx.counter_desks.of_second(officer.person.id)
            if desk.decided_at is None
        ]
    return own, [one for one in drawn if one.case.state is CaseState.WAITS_FOR_SECOND]


def kept_authenticators(file: File) -> frozenset[str]:
    return frozenset(key.removeprefix(_AUTHENTICATOR) for key in file.kept if key.startswith(_AUTHENTICATOR))


def kept_channels(file: File) -> frozenset[str]:
    return frozenset(key.removeprefix(_CHANNEL) for key in file.kept if key.startswith(_CHANNEL))


def channels(person: Person) -> tuple[str, ...]:
    """By which the person is reached, or signs in."""
    return tuple(claim for claim in _CHANNELS if contact.told(person, claim) is not None)


async def draw(tx: Tx, case: VerificationCase, desk: Desk, now: datetime) -> bool:
    """By lot among those on duty who may; False where there is nobody, and then the case waits. Never by the first."""
    beneficiary, file = await tx.persons.get(case.person_id), read(case.details)
    if beneficiary is None:
        return False
    fit = []
    for person_id, unit in await tx.officers.on_duty(now):
        candidate = await tx.persons.get(person_id)
        held = officer_rules.roles(await tx.officers.of_person(person_id), now)
        if candidate is None or second_role(case.route) not in held:
            continue
        if unfit_as_second(candidate, unit, desk.first_id, beneficiary, file) is None:
            fit.append((person_id, unit))
    # Whoever was asked and did not answer is asked again only where there is nobody else.
    fresh = [one for one in fit if one[0] != desk.second_id] or fit
    if not fresh:
        return False
    second, unit = secrets.choice(fresh)
    if not await tx.counter_desks.draw(case.id, second, unit, now):
        return False
    told = {"case_id": case.id, "unit": unit}
    await tx.events.append(event(kinds.SECOND_DRAWN, at=now, actor="system", person_id=case.person_id, **told))
    return True


async def draw_waiting(hall: Hall, now: datetime) -> int:
    """For every case that nobody was asked about, or whose second has not answered. How many were drawn."""
    async with hall.db.read() as tx:
        waiting = await tx.counter_desks.waiting(now - ANSWER_WITHIN)
    drawn = 0
    for desk in waiting:
        async with hall.db.tx() as tx:
            case = await tx.verification_cases.get(desk.case_id)
            if case is not None and case.state is CaseState.WAITS_FOR_SECOND:
                drawn += await draw(tx, case, desk, now)
    return drawn


async def _review(tx: Tx, case: VerificationCase) -> str | None:
    """The dispute where there is one; else the case in which another officer looks at this refusal."""
    every = await tx.cases.of_person(case.person_id)
    bound = [one.id for one in every if one.kind == BOUND and case.reason == BOUND]
    about = [one.id for one in every if one.details.get("case") == case.id]
    # Whoever is refused again while an officer has the first refusal before them has that one's number.
    refused = case.state is CaseState.REFUSED
    goes_on = [one.id for one in every if refused and one.kind == REFUSED_KIND and one.opened_at <= case.updated_at]
    return next(iter((*reversed(bound), *reversed(about), *reversed(goes_on))), None)


async def _ways(tx: Tx, person: Person) -> list[Way]:
    every = (*await tx.authenticators.of_person(person.id), *await tx.authenticators.suspended(person.id))
    ways = [Way(f"{_AUTHENTICATOR}{one.id}", one.kind, one.label, one.enrolled_at) for one in every]
    for claim in channels(person):
        address = contact.told(person, claim) or ""
        since = person.facts[claim].as_of if claim in person.facts else None
        ways.append(Way(f"{_CHANNEL}{claim}", claim, masking.identifier(_CHANNELS[claim], address), since))
    return ways
