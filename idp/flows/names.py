"""A person's name with its past: kept as written, the one that holds now told to services, all of them findable."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from idp.flows.person_members import FormerName
from idp.identity import name, name_search
from idp.identity.person import Fact, Person
from idp.identity.personal_history import Entry, Kept, current, standing
from idp.kernel.ids import new_id
from idp.storage.database import Tx

COMMUNE: Final = "qn:commune_code"
# `name` is authoritative; a part that nobody gave anew belongs to another name and goes.
PARTS: Final = ("name", "family_name", "middle_name", "given_name")


async def remember_former(tx: Tx, person: Person, former: Sequence[FormerName], source: str, now: datetime) -> None:
    """Names of before, the oldest first, and the present one behind them."""
    since: str | None = None
    for one in former:
        await _add(tx, person.id, {"name": one.name}, source=source, now=now, known_at=now, valid_from=since)
        since = one.until
    await _add(tx, person.id, value_of(person.facts), source=source, now=now, known_at=now, valid_from=since)


async def change(
    tx: Tx,
    person: Person,
    value: Mapping[str, str],
    *,
    source: str,
    now: datetime,
    **dates: Any,  # noqa: ANN401 - `valid_from`, `known_at`, `event_id` of an Entry
) -> None:
    """Another name from a day on; the one before stays in the history with the day until which it held."""
    if not standing(await tx.personal_history.of_person(person.id), Kept.NAME):
        held = person.facts.get("name")
        known = now if held is None else held.as_of
        before = person.created_at if held is None else held.as_of
        told_by = source if held is None else held.source
        await _add(tx, person.id, value_of(person.facts), source=told_by, now=min(before, now), known_at=known)
    written = {part: name.normalise(value[part]) for part in PARTS if value.get(part)}
    await _add(tx, person.id, written, source=source, now=now, **dates)
    await follow(tx, person, now)


async def follow(tx: Tx, person: Person, now: datetime) -> bool:
    """What services are told, and what the index finds, is what the history says. False: nothing changed."""
    history = await tx.personal_history.of_person(person.id)
    entry = current(history, Kept.NAME)
    if entry is None:
        return False
    facts = {claim: fact for claim, fact in person.facts.items() if claim not in PARTS}
    facts |= {part: Fact(value, entry.source, entry.recorded_at) for part, value in entry.value.items()}
    changed = value_of(facts) != value_of(person.facts)
    if changed:
        await tx.persons.set_facts(person.id, facts, now)
    await reindex(tx, person.id, facts, history)
    return changed


async def reindex(tx: Tx, person_id: str, facts: Mapping[str, Fact], history: Iterable[Entry]) -> None:
    """Words of every name that they bore, and the mark of the commune where they live."""
    borne = [str(entry.value.get("name", "")) for entry in standing(history, Kept.NAME)]
    borne += [str(facts["name"].value)] if "name" in facts else []
    marks = [name_search.commune_mark(str(facts[COMMUNE].value))] if COMMUNE in facts else []
    words = dict.fromkeys(word for one in borne for word in name.search_words(one))
    await tx.persons.set_name_words(person_id, [*words, *marks])


def value_of(facts: Mapping[str, Fact]) -> dict[str, str]:
    return {part: str(facts[part].value) for part in PARTS if part in facts and facts[part].value}


async def _add(
    tx: Tx,
    person_id: str,
    value: Mapping[str, str],
    *,
    source: str,
    now: datetime,
    known_at: datetime,
    **dates: Any,  # noqa: ANN401 - `valid_from`, `known_at`, `event_id` of an Entry
) -> None:
    await tx.personal_history.add(person_id, Entry(new_id(), Kept.NAME, source, now, known_at, dict(value), **dates))
