"""The citizen's PIN, typed on a device of their own: an officer sees a short code and, later, that it was chosen.

Nothing of a PIN but its hash leaves the request in which it was typed. The card is printed when the officer asks.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from idp.audit import kinds
from idp.audit.event import event
from idp.crypto.base64url import decode, encode
from idp.crypto.field_encryption import Undecryptable
from idp.flows import code_cards, counter_case, throttle
from idp.flows.code_cards import Card, NoCard
from idp.flows.counter_case import FIRST_ROLES, Stale, View
from idp.flows.hall import Hall
from idp.flows.interactions import binding
from idp.flows.officers import Officer
from idp.identity.verification_case import CaseState
from idp.kernel.ids import new_id
from idp.kernel.secret import Digest, Secret

_METHOD: Final = "pad"
_CODE_LIVES: Final = timedelta(minutes=10)
_PIN_WAITS: Final = timedelta(minutes=30)
# A working day: whoever comes later for a card stands before two officers again.
_CARD_WITHIN: Final = timedelta(hours=8)
# Without 0/O and 1/I/L: somebody reads it from one screen and types it on another.
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Pad:
    """A device of the citizen's that was opened for one case."""

    handle: str
    case_id: str
    person_id: str
    name: str = field(repr=False)


class NoPad(Exception):
    """Unknown, used, too late, or another device's."""


def may_print(seen: View, officer: Officer, now: datetime) -> bool:
    """A card opens the account: one officer alone makes one only for whoever came into being at this very desk.

    Once in a case, and while the citizen can still be there: else whoever was their officer could be them for good.
    """
    accepted = seen.case.state is CaseState.ACCEPTED and now - seen.case.updated_at < _CARD_WITHIN
    waits = seen.case.state is CaseState.WAITS_FOR_SECOND and seen.file is not None and seen.file.created
    theirs = seen.is_first and officer.unit(*FIRST_ROLES) is not None
    return theirs and seen.desk.printed_at is None and (accepted or waits)


async def open_(hall: Hall, officer: Officer, case_id: str, now: datetime) -> Secret:
    """The code that the citizen types on their device. Raises NoSuchCase or Stale."""
    seen = await counter_case.view(hall, officer, case_id, now)
    if not may_print(seen, officer, now):
        raise Stale
    code = Secret("".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)))
    name = str(seen.person.facts["name"].value) if "name" in seen.person.facts else ""
    told = {"case_id": case_id, "person_id": seen.person.id, "name": name}
    await _put(hall, _named("code", code.reveal()), told, _CODE_LIVES)
    return code


async def enter(hall: Hall, typed: str, browser: Secret, address: str, now: datetime) -> Pad | int:
    """The device that types the code is the citizen's. An int: so many seconds to wait. Raises NoPad."""
    code = "".join(typed.split()).replace("-", "").upper()[:64]
    # Whoever guesses guesses another code each time, so it is the place that is counted.
    at = throttle.keys(hall, f"pad {code}", address, _METHOD)
    waiting = await throttle.admit(hall, at, now)
    if waiting:
        return waiting
    record = await hall.cache.pads.take(_named("code", code))
    if record is None:
        await throttle.failed(hall, at, now)
        raise NoPad
    told = _opened(hall, record, _named("code", code))
    pad = Pad(new_id(), told["case_id"], told["person_id"], told["name"])
    await _put(hall, _named("pad", pad.handle), {**told, "browser": binding(browser)}, _CODE_LIVES)
    return pad


async def look(hall: Hall, handle: str, browser: Secret | None) -> Pad:
    """Raises NoPad."""
    record = await hall.cache.pads.get(_named("pad", handle))
    if record is None or browser is None:
        raise NoPad
    told = _opened(hall, record, _named("pad", handle))
    if not hmac.compare_digest(told["browser"], binding(browser)):
        raise NoPad
    return Pad(handle, told["case_id"], told["person_id"], told["name"])


async def choose(hall: Hall, pad: Pad, pin: Secret, now: datetime) -> None:
    """Once. Raises WeakPin (choose another), NoCard or NoPad."""
    hashed = await code_cards.hashed_pin(hall, pad.person_id, pin)
    if await hall.cache.pads.take(_named("pad", pad.handle)) is None:
        raise NoPad
    await _put(hall, _named("pin", pad.case_id), {"hashed": encode(hashed)}, _PIN_WAITS)
    async with hall.db.tx() as tx:
        await tx.counter_desks.pin_set(pad.case_id, now)
        actor, told = f"person:{pad.person_id}", {"case_id": pad.case_id}
        await tx.events.append(event(kinds.COUNTER_PIN_SET, at=now, actor=actor, person_id=pad.person_id, **told))


async def print_card(hall: Hall, officer: Officer, case_id: str, now: datetime) -> Card:
    """The card for the PIN that waits, shown this once. Raises NoSuchCase, Stale or AccountLocked."""
    seen = await counter_case.view(hall, officer, case_id, now)
    record = await hall.cache.pads.take(_named("pin", case_id)) if may_print(seen, officer, now) else None
    if record is None:
        raise Stale
    hashed = decode(_opened(hall, record, _named("pin", case_id))["hashed"])
    try:
        return await code_cards.make(hall, seen.person.id, hashed, actor=officer.actor, now=now, case_id=case_id)
    except NoCard:
        raise Stale from None


def _named(what: str, text: str) -> Digest:
    return Secret(f"{what}:{text}").digest()


async def _put(hall: Hall, name: Digest, told: dict[str, Any], lives: timedelta) -> None:
    await hall.cache.pads.put(name, hall.vault.seal(orjson.dumps(told), _context(name)), int(lives.total_seconds()))


def _opened(hall: Hall, record: bytes, name: Digest) -> dict[str, Any]:
    try:
        found: dict[str, Any] = orjson.loads(hall.vault.open_(record, _context(name)))
    except Undecryptable:
        raise NoPad from None
    return found


def _context(name: Digest) -> str:
    return f"pad:{encode(name)}"
