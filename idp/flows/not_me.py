"""This wasn't me: whoever holds the link, or the number of a message, ends everything and locks the account.

It can only take access away: nothing is told, opened, changed or given back by it, so a thief who finds it gains
nothing. What it did is undone by two roots alone (undo.py).
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import notices, recovery, throttle, verification_cases
from idp.flows.hall import Hall
from idp.flows.not_me_link import LIFETIME, Claim
from idp.flows.recovery_finish import sign_out_everywhere
from idp.flows.visitor import Visitor
from idp.identity import login_identifier
from idp.identity.person import Person
from idp.kernel.clock import epoch
from idp.kernel.ids import new_id
from idp.notify.notice import ACCOUNT_LOCKED
from idp.storage.account_locks import AccountLock
from idp.storage.database import Tx

# What somebody enrolled longer ago, and used since, is not put aside by a word about an old entry of the history.
_FURTHEST_BACK: Final = timedelta(days=90)
_CASE: Final = "not_me"
_NOTICES_LOOKED_AT: Final = 50
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class NotFound:
    """No such number for this name; a name of nobody gets the same answer."""


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands on the page: `case_id` where it was said already, `dealt_with` where it was undone since."""

    claim: Claim
    case_id: str | None = None
    dealt_with: bool = False


Found: TypeAlias = Claim | NotFound | Wait


async def by_reference(hall: Hall, username: str, reference: str, visitor: Visitor, now: datetime) -> Found:
    """The number that an SMS carries, with the name of whom it was sent to."""
    candidates = login_identifier.parse(username)
    async with hall.db.read() as tx:
        found = [await tx.persons.find(candidate.kind, candidate.value) for candidate in candidates]
        person_id = next((one for one in found if one is not None), None)
        told = await tx.events.page(person_id=person_id or "", kind=kinds.NOTICE_SENT, limit=_NOTICES_LOOKED_AT)
    spelled = candidates[0].value if candidates else username.strip().casefold()[:_LONGEST_NAME]
    at = throttle.keys(hall, person_id or spelled, visitor.address, _CASE)
    waiting = await throttle.admit(hall, at, now)
    if waiting:
        return Wait(waiting)
    typed = "".join(sign for sign in reference.upper() if sign.isalnum()).encode("utf-8", "surrogatepass")
    for one in (stored.event for stored in told):
        kept = str(one.changed["reference"]).replace("-", "").encode()
        if hmac.compare_digest(kept, typed) and one.at > now - LIFETIME and person_id is not None:
            return Claim(person_id, str(one.changed["notice"]), one.at)
    await throttle.failed(hall, at, now)
    return NotFound()


async def look(hall: Hall, claim: Claim) -> Shown:
    """What the page says. Nothing is changed: programs that read mail follow links."""
    async with hall.db.read() as tx:
        return _shown(claim, await tx.account_locks.latest(claim.person_id))


async def act(hall: Hall, claim: Claim, now: datetime) -> Shown:
    """End everything, lock, open a case, tell every channel. Said twice it is done once."""
    async with hall.db.tx() as tx:
        shown = _shown(claim, await tx.account_locks.latest(claim.person_id))
        person = await tx.persons.get(claim.person_id)
        if shown.case_id is not None or shown.dealt_with or person is None:
            return shown
        await tx.authenticators.of_person_alone(person.id)
        case_id, _ = await tx.cases.open_(_CASE, person.id, {"about": claim.about, "at": epoch(claim.at)}, now)
        lock = AccountLock(new_id(), person.id, now, case_id, claim.about, _in_question_since(claim, now))
        if not await tx.account_locks.add(lock):
            return Shown(claim, case_id)
        await _take_away(tx, hall, person, lock, now)
    hall.outbox_due.set()
    return Shown(claim, case_id)


async def _take_away(tx: Tx, hall: Hall, person: Person, lock: AccountLock, now: datetime) -> None:
    await recovery.stop(tx, person.id, "not_me", now)
    await verification_cases.stop_all(tx, hall, person, "not_me", now, actor="anonymous")
    suspended = []
    for one in await tx.authenticators.of_person(person.id):
        # The password is what a thief most likely has; and whatever came since may be the thief's own.
        if one.kind == "password" or one.enrolled_at >= lock.about_at:
            await tx.authenticators.suspend(one.id, person.id, lock.id, now)
            suspended.append(one.id)
    told: dict[str, Any] = {
        "about": lock.about,
        "case_id": lock.case_id,
        "suspended": suspended,
        "sessions": await sign_out_everywhere(tx, person.id, "not_me", now),
    }
    await tx.events.append(event(kinds.ACCOUNT_LOCKED, at=now, actor="anonymous", person_id=person.id, **told))
    opened = {"case_id": lock.case_id, "reason": _CASE}
    await tx.events.append(event(kinds.CASE_OPENED, at=now, actor="anonymous", person_id=person.id, **opened))
    await notices.tell(tx, hall, person, ACCOUNT_LOCKED, now, at=epoch(now), case=lock.case_id)


def _shown(claim: Claim, latest: AccountLock | None) -> Shown:
    if latest is None:
        return Shown(claim)
    if latest.lifted_at is None:
        return Shown(claim, latest.case_id)
    # Two roots have looked at everything up to then: an old link opens nothing again.
    return Shown(claim, dealt_with=latest.lifted_at >= claim.at)


def _in_question_since(claim: Claim, now: datetime) -> datetime:
    return min(max(claim.at, now - _FURTHEST_BACK), now)
