"""What an act of verification showed becomes what is known of the person: their number, for good, and their facts.

A number is claimed by nobody before this: until evidence counts, another may bring better.
"""

from datetime import datetime
from typing import Any, Final

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import identity_numbers, names
from idp.identity import name
from idp.identity.assurance import person_level
from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.person import Fact, Person
from idp.identity.verification import Verification
from idp.kernel.errors import Refusal
from idp.kernel.level import Level
from idp.storage.database import Tx

NUMBER: Final = "qn:pin"
DIFFERS: Final = "identity_number_differs"
# Who was verified as one person is not verified as another.
CONTRADICTS: Final = "data_differs"
_PLAIN: Final = ("birthdate", "gender")


async def refusal(tx: Tx, person_id: str, number: IdentityNumber) -> str | None:
    """The code of why this number can't become this person's: it is somebody else's, or they bear another one."""
    owner = await identity_numbers.owner(tx, number)
    if owner == person_id:
        # A number that they bore before the one of today is theirs, and no evidence of who they are.
        return None if await tx.persons.find(number.index, number.indexed) == person_id else DIFFERS
    if owner is not None:
        return identity_numbers.BOUND
    return DIFFERS if await tx.persons.bears(person_id, identity_numbers.INDEXES) else None


async def brings_number(tx: Tx, person_id: str, done: Verification) -> IdentityNumber | None:
    """The number that this act would give to the person, who has not borne it so far."""
    number = IdentityNumber(NumberKind.PIN, str(done.claims[NUMBER])) if NUMBER in done.claims else None
    return None if number is None or await identity_numbers.owner(tx, number) == person_id else number


async def objection(tx: Tx, person: Person, done: Verification, now: datetime) -> str | None:
    """The code of why this act can't count for this person; None: it can."""
    if NUMBER not in done.claims:
        return None
    code = await refusal(tx, person.id, IdentityNumber(NumberKind.PIN, str(done.claims[NUMBER])))
    if code is None and await brings_number(tx, person.id, done) and _is_of_another(person, done, now):
        return CONTRADICTS
    return code


async def bind(tx: Tx, person: Person, done: Verification, now: datetime, *, actor: str) -> None:
    """Raises Refusal with that code; nothing is written then."""
    code = await objection(tx, person, done, now)
    if code is not None:
        raise Refusal(code)
    number = await brings_number(tx, person.id, done)
    if number is not None:
        await identity_numbers.replace(tx, person.id, number, source=done.route, now=now)
    news = {claim: done.claims[claim] for claim in _PLAIN if _is_news(person, claim, done.claims.get(claim))}
    if news:
        facts = {**person.facts, **{claim: Fact(value, done.route, now) for claim, value in news.items()}}
        await tx.persons.set_facts(person.id, facts, now)
    named = str(done.claims.get("name", ""))
    held = person.facts.get("name")
    if named and (held is None or held.value != named):
        current = await tx.persons.get(person.id) or person
        await names.change(tx, current, {"name": named}, source=done.route, now=now, known_at=now)
        news["name"] = named
    if news:
        told: dict[str, Any] = {"claims": sorted(news), "source": done.route}
        await tx.events.append(event(kinds.PERSON_FACTS_CHANGED, at=now, actor=actor, person_id=person.id, **told))


def _is_of_another(person: Person, done: Verification, now: datetime) -> bool:
    """With a number that is new, another name or day of birth than what is verified is somebody else's card.

    Of whom nobody verified anything yet, what they said of themselves gives way.
    """
    if person_level(person, now) is Level.BASIC:
        return False
    known = {claim: str(person.facts[claim].value) for claim in ("name", "birthdate") if claim in person.facts}
    told = {claim: str(done.claims[claim]) for claim in known if done.claims.get(claim)}
    if "name" in told and not name.same(known["name"], told["name"]):
        return True
    return "birthdate" in told and not told["birthdate"].startswith(known["birthdate"])


def _is_news(person: Person, claim: str, value: object) -> bool:
    held = person.facts.get(claim)
    return value is not None and (held is None or held.value != value)
