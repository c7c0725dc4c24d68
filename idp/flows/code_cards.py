"""Code cards: made at a counter with a PIN of the holder's own, then one printed code at each sign-in."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import orjson

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import code_card
from idp.authn.code_card import DIGITS, HOW_MANY, PinWeakness
from idp.crypto.base64url import encode
from idp.crypto.root_keys import Purpose
from idp.flows import notices, switched_off
from idp.flows.account_lock import refuse_if_locked
from idp.flows.hall import Hall
from idp.identity.assurance import may_sign_in
from idp.identity.login_identifier import Kind
from idp.identity.person import Person
from idp.kernel.clock import epoch
from idp.kernel.level import Level
from idp.kernel.secret import Secret, new_digits
from idp.notify.notice import AUTHENTICATOR_ADDED
from idp.storage.authenticators import Authenticator
from idp.storage.database import Tx

KIND: Final = "code_card"
PIN: Final = "pin"
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class NoCard(Exception):
    """Nobody bears this id, they may not sign in, they forbade this way, or the case has had its card."""


class WeakPin(Exception):
    """`why` is what to say about it."""

    def __init__(self, why: PinWeakness) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Card:
    """What is printed, this once: the number, which names its holder, and the codes from 1 on."""

    number: str
    codes: tuple[Secret, ...] = field(repr=False)


async def issue(hall: Hall, person_id: str, pin: Secret, *, actor: str, now: datetime) -> Card:
    """A card and its PIN; those from before are worthless. Raises NoCard, WeakPin or AccountLocked.

    Handed over in presence by somebody who looked at the person: it bears all that a card with a PIN can bear.
    """
    return await make(hall, person_id, await hashed_pin(hall, person_id, pin), actor=actor, now=now)


async def hashed_pin(hall: Hall, person_id: str, pin: Secret) -> bytes:
    """What is kept of a PIN that its holder chose. Raises NoCard or WeakPin."""
    async with hall.db.read() as tx:
        person = await _holder(tx, person_id)
    birthdate = person.facts["birthdate"].value if "birthdate" in person.facts else None
    if why := code_card.pin_weakness(pin.reveal(), birthdate):
        raise WeakPin(why)
    return (await hall.passwords.hash(pin)).encode("utf-8")


async def make(
    hall: Hall, person_id: str, hashed: bytes, *, actor: str, now: datetime, case_id: str | None = None
) -> Card:
    """The card for a PIN that was chosen before, by whoever prints it and never saw it; in which case of a counter."""
    card = Card(_new_number(), tuple(new_digits(DIGITS) for _ in range(HOW_MANY)))
    stored = {str(n): digest(hall, person_id, n, code) for n, code in enumerate(card.codes, 1)}
    async with hall.db.tx() as tx:
        person = await _holder(tx, person_id)
        await refuse_if_locked(tx, person_id)
        if case_id is not None and not await tx.counter_desks.printed(case_id, now):
            raise NoCard
        for one in await tx.authenticators.of_person_alone(person_id):
            if one.kind in (KIND, PIN):
                await tx.authenticators.remove(one.id, person_id)
        await tx.persons.set_identifiers(person_id, Kind.CODE_CARD.value, [card.number])
        made = await tx.authenticators.add(person_id, KIND, orjson.dumps(stored), now, level_cap=Level.HIGH)
        await tx.authenticators.add(person_id, PIN, hashed, now, level_cap=Level.HIGH)
        told = {"authenticator_id": made, "level": Level.HIGH.word}
        await tx.events.append(event(kinds.CODE_CARD_ISSUED, at=now, actor=actor, person_id=person_id, **told))
        await notices.tell(tx, hall, person, AUTHENTICATOR_ADDED, now, at=epoch(now), method=KIND)
    hall.outbox_due.set()
    return card


async def _holder(tx: Tx, person_id: str) -> Person:
    """Raises NoCard."""
    person = await tx.persons.get(person_id)
    if person is None or not may_sign_in(person) or KIND in await switched_off.kinds(tx, person_id):
        raise NoCard
    return person


def left(card: Authenticator) -> Mapping[int, str]:
    """The numbers not used yet, with the digests of their codes."""
    return {int(n): stored for n, stored in orjson.loads(card.secret).items()}


def number_asked(hall: Hall, who: str, card: Authenticator | None) -> int:
    """Which code to ask for. Whoever has no card is asked for one too, for the same one each time."""
    if card is None:
        return code_card.asked_for(range(1, HOW_MANY + 1), _draw(hall, who, 0))
    return code_card.asked_for(sorted(left(card)) or [HOW_MANY], _draw(hall, card.id, card.last_step or 0))


def is_right(hall: Hall, card: Authenticator, number: int, code: Secret) -> bool:
    expected = left(card).get(number, "")
    return hmac.compare_digest(expected.encode(), digest(hall, card.person_id, number, code).encode())


def without(card: Authenticator, number: int) -> bytes:
    """What the card keeps when this code is used."""
    return orjson.dumps({str(n): stored for n, stored in left(card).items() if n != number})


def digest(hall: Hall, person_id: str, number: int, code: Secret) -> str:
    """Keyed: neither the database nor a person's own key gives a code back."""
    typed = "".join(character for character in code.reveal() if not character.isspace() and character != "-")
    framed = f"{person_id}\0{number}\0{typed}".encode("utf-8", "surrogatepass")
    return encode(hmac.new(hall.roots.derive(Purpose.CODE_CARDS), framed, hashlib.sha256).digest())


def _draw(hall: Hall, who: str, used: int) -> int:
    framed = f"number\0{who}\0{used}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hmac.new(hall.roots.derive(Purpose.CODE_CARDS), framed, hashlib.sha256).digest()[:8])


def _new_number() -> str:
    return "QN" + "".join(secrets.choice(_SIGNS) for _ in range(8))
