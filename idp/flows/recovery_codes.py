"""Recovery codes: ten on paper, each used once, where people replace what they lost. They raise no level."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime

import orjson

from idp.audit import kinds
from idp.crypto.base64url import encode
from idp.crypto.root_keys import Purpose
from idp.flows import interactions, known_browser, login, sessions, throttle, usable
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction
from idp.flows.login import NotProven, Outcome, Overtaken, Proven, Wait
from idp.flows.visitor import Visitor
from idp.identity.assurance import may_sign_in
from idp.identity.person import Person
from idp.kernel.ids import new_id
from idp.kernel.secret import Secret
from idp.storage.authenticators import Authenticator
from idp.storage.database import Tx

KIND = "recovery_code"
HOW_MANY = 10
# 31 signs that nobody confuses: 12 of them are 59 bits.
_LENGTH = 12
_GROUP = 4


def new_codes() -> tuple[Secret, ...]:
    """As people read them: three groups of four."""
    return tuple(Secret(_grouped(new_id()[:_LENGTH])) for _ in range(HOW_MANY))


def stored(hall: Hall, person_id: str, codes: tuple[Secret, ...]) -> bytes:
    """Keyed hashes: neither the database nor the key beside it gives a code back."""
    return orjson.dumps([_digest(hall, person_id, code) for code in codes])


def left(authenticator: Authenticator) -> int:
    return len(orjson.loads(authenticator.secret))


async def use(hall: Hall, interaction: Interaction, code: Secret, visitor: Visitor, now: datetime) -> Outcome:
    """One code, once. Needs the session of the person whose code it is."""
    async with hall.db.read() as tx:
        session = await sessions.current(tx, hall, visitor, now)
        person = await tx.persons.get(session.person_id) if session else None
        enrolled = await usable.of_person(tx, hall, person, now)
        browser = await known_browser.known(tx, person.id if person else None, visitor, KIND)
    if person is None or not may_sign_in(person):
        return NotProven()
    at = throttle.keys(hall, person.id, visitor.address, KIND, browser)
    waiting = await throttle.admit(hall, at, now)
    if waiting:
        return Wait(waiting)
    found = matching(hall, person.id, enrolled, code)
    if found is None:
        return await login.not_proven(hall, at, person, KIND, interaction, now)
    return await _used(hall, interaction, person, *found, visitor, at, now)


def matching(
    hall: Hall, person_id: str, enrolled: Iterable[Authenticator], code: Secret
) -> tuple[Authenticator, list[str]] | None:
    """The sheet that bears this code, and what is left of it without."""
    typed = _digest(hall, person_id, code)
    for one in enrolled:
        if one.kind == KIND and typed in (hashes := orjson.loads(one.secret)):
            hashes.remove(typed)
            return one, hashes
    return None


async def take(tx: Tx, sheet: Authenticator, kept: list[str], now: datetime, *, aside: bool = False) -> bool:
    """Use the code up. False where another use was faster, of this code or of another: look again."""
    # The count of used codes is the lock: of two uses at once, of one code or of two, the second tries again.
    if not await tx.authenticators.take_step(sheet.id, (sheet.last_step or 0) + 1, now, aside=aside):
        return False
    await tx.authenticators.replace_secret(sheet.id, sheet.person_id, orjson.dumps(kept))
    return True


async def _used(
    hall: Hall,
    interaction: Interaction,
    person: Person,
    sheet: Authenticator,
    kept: list[str],
    visitor: Visitor,
    at: throttle.Keys,
    now: datetime,
) -> Outcome:
    async with hall.db.tx() as tx:
        if not await take(tx, sheet, kept, now):
            return Overtaken()
        cookie, _ = await login.record(tx, hall, visitor, person, sheet, interaction, now, kind=kinds.STEP_UP)
    await interactions.advance(hall, interaction)
    await throttle.succeeded(hall, at)
    return Proven(cookie)


def _digest(hall: Hall, person_id: str, code: Secret) -> str:
    typed = re.sub(r"[\s\-.]", "", code.reveal()).lower()
    framed = f"{person_id}\0{typed}".encode("utf-8", "surrogatepass")
    return encode(hmac.new(hall.roots.derive(Purpose.RECOVERY_CODES), framed, hashlib.sha256).digest())


def _grouped(text: str) -> str:
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
