"""One number, one person: claimed once for all time, current or old, by a unique key that two requests can't both get.

Besides the index by which it signs in, each number has a claim that outlives it: a card that was replaced still tells
that whoever brings it is here already.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall
from idp.identity.identity_number import KINDS, IdentityNumber, NumberKind
from idp.identity.personal_history import Entry, Kept, current, standing
from idp.kernel.ids import new_id
from idp.storage.database import Tx

BOUND: Final = "identity_already_bound"
_CLAIM: Final = "identity_number"
INDEXES: Final = tuple(dict.fromkeys(rule.index for rule in KINDS.values() if rule.signs_in))


def identifiers(number: IdentityNumber) -> tuple[tuple[str, str], ...]:
    """What stands of a current number in the keyed index: by which it signs in, and the claim."""
    return (number.index, number.indexed), claim(number)


def claim(number: IdentityNumber) -> tuple[str, str]:
    return _CLAIM, f"{number.index}:{number.indexed}"


async def owner(tx: Tx, number: IdentityNumber) -> str | None:
    """Whose it is or was."""
    found = await tx.persons.find(*claim(number))
    # People who were here before there were claims are found by the number that signs them in.
    return found if found is not None else await tx.persons.find(number.index, number.indexed)


async def of_person(hall: Hall, person_id: str) -> IdentityNumber | None:
    """By which they are asked for elsewhere; None where the index alone knows it, or nobody does."""
    async with hall.db.read() as tx:
        entry = current(await tx.personal_history.of_person(person_id), Kept.NUMBER)
    return None if entry is None else from_json(entry.value)


async def remember(
    tx: Tx,
    person_id: str,
    number: IdentityNumber,
    *,
    source: str,
    now: datetime,
    old: bool = False,
    **dates: Any,  # noqa: ANN401 - `valid_from`, `known_at`, `event_id` of an Entry
) -> None:
    """In the person's own history, under their key: the index alone can't tell anybody what it found."""
    kind = Kept.OLD_NUMBER if old else Kept.NUMBER
    entry = Entry(new_id(), kind, source, now, dates.pop("known_at", now), to_json(number), **dates)
    await tx.personal_history.add(person_id, entry)


async def replace(
    tx: Tx,
    person_id: str,
    number: IdentityNumber,
    *,
    source: str,
    now: datetime,
    **dates: Any,  # noqa: ANN401 - `valid_from`, `known_at`, `event_id` of an Entry
) -> IdentityNumber | None:
    """This number from now on, the one before among the old ones: which it was. Raises AlreadyExists."""
    before = current(await tx.personal_history.of_person(person_id), Kept.NUMBER)
    await bind(tx, person_id, number)
    if before is not None:
        was = from_json(before.value)
        await remember(tx, person_id, was, source=source, now=now, old=True, **dates)
    await remember(tx, person_id, number, source=source, now=now, **dates)
    return None if before is None else from_json(before.value)


async def bind(tx: Tx, person_id: str, number: IdentityNumber) -> None:
    """The one number that signs this person in. Raises AlreadyExists where it is or was another person's."""
    if await tx.persons.find(*claim(number)) != person_id:
        await tx.persons.identify(person_id, *claim(number))
    for index in INDEXES:
        await tx.persons.set_identifiers(person_id, index, [number.indexed] if index == number.index else [])


async def give_back(tx: Tx, person_id: str, wrong: IdentityNumber) -> None:
    """This number never was theirs, and may be claimed by whose it is; what signs them in follows their history."""
    for kind, value in identifiers(wrong):
        await tx.persons.unidentify(person_id, kind, value)
    entry = current(await tx.personal_history.of_person(person_id), Kept.NUMBER)
    if entry is not None:
        await bind(tx, person_id, from_json(entry.value))


async def dispute(hall: Hall, numbers: Iterable[IdentityNumber], *, actor: str, now: datetime) -> str | None:
    """A case for whoever bears one of these already: its number. The card's owner may have come second."""
    async with hall.db.tx() as tx:
        for number in numbers:
            found = await owner(tx, number)
            if found is not None:
                return await open_dispute(tx, found, number, actor=actor, now=now)
    return None


async def open_dispute(tx: Tx, owner_id: str, number: IdentityNumber, *, actor: str, now: datetime) -> str:
    """Whoever tries ten times has one case; both records stay as they are until two officers decided."""
    details = {"number": to_json(number), "claimed_by": actor}
    case_id, new = await tx.cases.open_(BOUND, owner_id, details, now)
    if new:
        told = {"case_id": case_id, "reason": BOUND}
        await tx.events.append(event(kinds.CASE_OPENED, at=now, actor=actor, person_id=owner_id, **told))
    return case_id


async def old_numbers(tx: Tx, person_id: str) -> tuple[str, ...]:
    """For matching alone: the values of the numbers before, the oldest first."""
    entries = standing(await tx.personal_history.of_person(person_id), Kept.OLD_NUMBER)
    return tuple(dict.fromkeys(str(entry.value["value"]) for entry in entries))


def to_json(number: IdentityNumber) -> dict[str, str | None]:
    return {"kind": number.kind.value, "value": number.value, "country": number.country}


def from_json(document: Any) -> IdentityNumber:  # noqa: ANN401 - what `to_json` wrote, back from the person's record
    return IdentityNumber(NumberKind(document["kind"]), document["value"], document["country"])
