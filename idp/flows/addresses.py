"""Where a person lives, and lived: as it was printed, with the commune-level unit that it lay in at that time."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import names
from idp.flows.hall import Hall
from idp.identity.commune import Commune
from idp.identity.person import Fact, Person
from idp.identity.personal_history import Entry, Kept, current
from idp.kernel.clock import day_of
from idp.kernel.errors import Refusal
from idp.kernel.ids import new_id
from idp.storage.database import Tx


@dataclass(frozen=True, slots=True)
class Address:
    """`commune` is the code of a unit; `printed` is what stood on the paper, districts of before 2025 and all."""

    street: str = field(repr=False)
    commune: str
    valid_from: str | None = None
    printed: str | None = field(default=None, repr=False)


async def remember(tx: Tx, person: Person, commune: str, source: str, now: datetime) -> None:
    """The address that a new person came with."""
    held = person.facts.get("address")
    known = held.value if held is not None and isinstance(held.value, dict) else {}
    value = {"printed": known.get("formatted"), "street": known.get("street_address"), "commune": commune}
    await tx.personal_history.add(person.id, Entry(new_id(), Kept.ADDRESS, source, now, now, value))


async def record(
    hall: Hall, person_id: str, address: Address, *, source: str, known_at: datetime, actor: str, now: datetime
) -> bool:
    """False: nobody bears this id. An address of the past changes nothing of today. Raises Refusal."""
    async with hall.db.tx() as tx:
        person = await tx.persons.alone(person_id)
        if person is None:
            return False
        unit = await tx.communes.at(address.commune, day_of(now))
        if unit is None and address.valid_from is None:
            raise Refusal("commune_unknown")
        value = {"printed": address.printed, "street": address.street, "commune": address.commune}
        entry = Entry(new_id(), Kept.ADDRESS, source, now, known_at, value, address.valid_from)
        await tx.personal_history.add(person_id, entry)
        history = await tx.personal_history.of_person(person_id)
        latest = current(history, Kept.ADDRESS)
        if latest is not None and latest.id == entry.id:
            if unit is None:
                raise Refusal("commune_unknown")
            facts = {**person.facts, **_facts(person, address, unit, source, now)}
            await tx.persons.set_facts(person_id, facts, now)
            await names.reindex(tx, person_id, facts, history)
        changed: dict[str, Any] = {"claims": ["address"], "source": source}
        told = event(kinds.PERSON_FACTS_CHANGED, at=now, actor=actor, person_id=person_id, **changed)
        await tx.events.append(told)
    return True


def _facts(person: Person, address: Address, unit: Commune, source: str, now: datetime) -> dict[str, Fact]:
    """OpenID Connect Core §5.1.1: `locality` is the commune, and there is no district since 1 July 2025."""
    held = person.facts.get("address")
    before: dict[str, Any] = held.value if held is not None and isinstance(held.value, dict) else {}
    region = before.get("region")
    lines = [line for line in (address.street, unit.title, region) if line]
    claim = {
        "formatted": address.printed or "\n".join(lines),
        "street_address": address.street,
        "locality": unit.title,
        "region": region,
        "country": "VN",
    }
    told = {member: value for member, value in claim.items() if value}
    return {"address": Fact(told, source, now), names.COMMUNE: Fact(unit.code, source, now)}
