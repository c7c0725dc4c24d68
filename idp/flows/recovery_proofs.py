"""The proofs of a recovery: a code by message, on paper or of a card, or a sign-in of now. Each is worth its root.

A name that nobody bears gets the same work and the same answers; its tries are counted, and come to nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from idp.audit import kinds
from idp.audit.event import Event, event
from idp.authn import own_changes
from idp.authn.authenticators import living
from idp.authn.message_code import Channel, CodePurpose
from idp.authn.proof import Proof
from idp.authn.roots import RootProof, root_of
from idp.authn.sign_in_route import is_upstream
from idp.flows import (
    channel_standing,
    code_cards,
    known_browser,
    message_codes,
    recovery_codes,
    recovery_run,
    sessions,
    switched_off,
    throttle,
)
from idp.flows.hall import Hall
from idp.flows.message_codes import Unreachable
from idp.flows.recovery_run import Run
from idp.flows.visitor import Visitor
from idp.identity import contact
from idp.identity.assurance import may_sign_in
from idp.identity.person import Person
from idp.kernel.secret import Secret
from idp.storage.account_locks import AccountLock
from idp.storage.authenticators import Authenticator
from idp.storage.database import Tx

_METHODS: Final = channel_standing.KINDS


@dataclass(frozen=True, slots=True)
class Proven:
    """The run with what it has now."""

    run: Run


@dataclass(frozen=True, slots=True)
class NotProven:
    """The one answer for wrong and used codes, for what the person does not have, and for names of nobody."""


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Another request of this browser was faster."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many tries, or a message too soon: again after this many seconds."""

    seconds: int


Outcome: TypeAlias = Proven | NotProven | Overtaken | Wait


async def send_code(hall: Hall, run: Run, channel: Channel, visitor: Visitor, now: datetime) -> Wait | None:
    """None: a code is on its way, if there is somebody whom it reaches. Nothing else is told."""
    waiting = await throttle.asked(hall, visitor.address, now)
    if waiting:
        return Wait(waiting)
    async with hall.db.read() as tx:
        person = await _person(tx, run)
        off = await switched_off.kinds(tx, run.person_id or "")
    sent: message_codes.Sending = Unreachable()
    if person is not None and _METHODS[channel] not in off:
        sent = await message_codes.send(hall, person, channel, CodePurpose.RECOVERY, run.id, now)
    if isinstance(sent, Unreachable):
        sent = await message_codes.send_to_nobody(hall, run.account, channel, CodePurpose.RECOVERY, run.id, now)
    return Wait(sent.seconds) if isinstance(sent, message_codes.Wait) else None


async def by_message(hall: Hall, run: Run, channel: Channel, code: str, visitor: Visitor, now: datetime) -> Outcome:
    """The code that was sent for this very run."""
    method = _METHODS[channel]
    at = throttle.keys(hall, run.account, visitor.address, method)
    waiting = await throttle.admit(hall, at, now)
    if waiting:
        return Wait(waiting)
    right = await message_codes.check(hall, run.account, channel, CodePurpose.RECOVERY, run.id, code, now)
    async with hall.db.read() as tx:
        person = await _person(tx, run)
        off = await switched_off.kinds(tx, run.person_id or "")
        reached = await channel_standing.proving(tx, hall, person, channel, now)
    claim = channel_standing.CLAIMS[channel]
    since = contact.verified_since(person, claim) if person is not None and reached is not None else None
    if not right or since is None or method in off:
        return await _not_proven(hall, run, at, method, now)
    return await _proven(hall, run, at, method, since, now)


async def by_paper(hall: Hall, run: Run, code: Secret, visitor: Visitor, now: datetime) -> Outcome:
    """A recovery code: it is used up, whatever becomes of the recovery."""
    held = await _held(hall, run, recovery_codes.KIND, visitor)
    at = throttle.keys(hall, run.account, visitor.address, recovery_codes.KIND, held.browser)
    waiting = await throttle.admit(hall, at, now)
    if waiting:
        return Wait(waiting)
    found = recovery_codes.matching(hall, run.account, held.things, code)
    if found is None:
        return await _not_proven(hall, run, at, recovery_codes.KIND, now)
    sheet, left = found
    async with hall.db.tx() as tx:
        if not await recovery_codes.take(tx, sheet, left, now, aside=held.aside):
            return Overtaken()
        await tx.events.append(_event(run, sheet.kind, now))
    return await _proven(hall, run, at, sheet.kind, sheet.enrolled_at, now, told=True)


async def number_asked(hall: Hall, run: Run, visitor: Visitor) -> int:
    """Which code of the card to ask for; whoever has none is asked for one all the same."""
    held = await _held(hall, run, code_cards.KIND, visitor)
    return code_cards.number_asked(hall, run.account, held.things[0] if held.things else None)


async def by_card(hall: Hall, run: Run, code: Secret, visitor: Visitor, now: datetime) -> Outcome:
    """The code at the number that is asked for: it is used up, too. No PIN: what somebody knows has no root."""
    held = await _held(hall, run, code_cards.KIND, visitor)
    at = throttle.keys(hall, run.account, visitor.address, code_cards.KIND, held.browser)
    waiting = await throttle.admit(hall, at, now)
    if waiting:
        return Wait(waiting)
    card = held.things[0] if held.things else None
    number = code_cards.number_asked(hall, run.account, card)
    if card is None or not code_cards.is_right(hall, card, number, code):
        return await _not_proven(hall, run, at, code_cards.KIND, now)
    async with hall.db.tx() as tx:
        if not await tx.authenticators.take_step(card.id, (card.last_step or 0) + 1, now, aside=held.aside):
            return Overtaken()
        await tx.authenticators.replace_secret(card.id, card.person_id, code_cards.without(card, number))
        await tx.events.append(_event(run, card.kind, now))
    return await _proven(hall, run, at, card.kind, card.enrolled_at, now, told=True)


async def by_sign_in(hall: Hall, run: Run, visitor: Visitor, now: datetime) -> Outcome:
    """VNeID, or a passkey, by which the person has just signed in here: both are the telephone."""
    async with hall.db.read() as tx:
        person = await _person(tx, run)
        session = await sessions.current(tx, hall, visitor, now)
        fresh = _fresh(session.proofs, run, now) if session is not None and session.person_id == run.person_id else None
        since = await _had_since(tx, person, fresh) if person is not None and fresh is not None else None
        off = await switched_off.kinds(tx, run.person_id or "")
    if fresh is None or since is None or fresh.method in off:
        return NotProven()
    return await _proven(hall, run, None, fresh.method, since, now)


@dataclass(frozen=True, slots=True)
class _Held:
    """What the person has of one kind, the newest first. `aside`: what was put aside counts as well."""

    things: list[Authenticator]
    browser: Secret | None
    aside: bool


async def _held(hall: Hall, run: Run, kind: str, visitor: Visitor) -> _Held:
    async with hall.db.read() as tx:
        person = await _person(tx, run)
        enrolled = await tx.authenticators.of_person(run.person_id or "")
        aside = await tx.authenticators.suspended(run.person_id or "")
        locked = await tx.account_locks.standing(run.person_id or "")
        browser = await known_browser.known(tx, run.person_id, visitor, kind)
        off = await switched_off.kinds(tx, run.person_id or "")
    # What a thief's recovery put aside still tells the owner from the thief.
    every = [*enrolled, *(one for one in aside if _is_back_in_question(one, locked))]
    mine = [one for one in every if one.kind == kind and kind not in off and person is not None]
    return _Held(sorted(mine, key=lambda one: one.enrolled_at, reverse=True), browser, locked is not None)


async def _person(tx: Tx, run: Run) -> Person | None:
    """Whoever was suspended meanwhile is nobody."""
    person = await tx.persons.get(run.person_id or "")
    return person if person is not None and may_sign_in(person) else None


def _is_back_in_question(one: Authenticator, locked: AccountLock | None) -> bool:
    """Put aside since the moment that the lock is about; what its owner's own recovery put aside before is not."""
    return locked is not None and one.suspended_at is not None and one.suspended_at >= locked.about_at


def _fresh(proofs: Iterable[Proof], run: Run, now: datetime) -> Proof | None:
    """The newest that has a root, made since this run began."""
    made = [
        proof
        for proof in living(proofs, now)
        if run.begun_at <= proof.at
        and now - proof.at <= own_changes.FRESH
        and root_of(proof.method, proof.at, now) is not None
    ]
    return max(made, key=lambda proof: proof.at, default=None)


async def _had_since(tx: Tx, person: Person, proof: Proof) -> datetime | None:
    if is_upstream(proof.method):
        return await tx.upstream_links.linked_at(person.id)
    enrolled: list[Authenticator] = await tx.authenticators.of_person(person.id)
    return next((one.enrolled_at for one in enrolled if one.id == proof.authenticator_id), None)


async def _proven(
    hall: Hall,
    run: Run,
    at: throttle.Keys | None,
    method: str,
    since: datetime,
    now: datetime,
    *,
    told: bool = False,
) -> Outcome:
    root = root_of(method, since, now)
    if root is None:
        return NotProven()
    further = await recovery_run.proved(hall, run, RootProof(root, method, now, since))
    if further is None:
        return Overtaken()
    if at is not None:
        await throttle.succeeded(hall, at)
    if not told:
        async with hall.db.tx() as tx:
            await tx.events.append(_event(run, method, now))
    return Proven(further)


def _event(run: Run, method: str, now: datetime) -> Event:
    told = {"method": method, "recovery_id": run.id}
    return event(kinds.RECOVERY_PROVEN, at=now, actor="anonymous", person_id=run.person_id, **told)


async def _not_proven(hall: Hall, run: Run, at: throttle.Keys, method: str, now: datetime) -> NotProven:
    """It stands in the history of whose account it was; nobody's too, so that time tells nothing."""
    await throttle.failed(hall, at, now)
    async with hall.db.tx() as tx:
        failed = {"method": method, "reason": "recovery"}
        await tx.events.append(
            event(kinds.SIGN_IN_FAILED, at=now, actor="anonymous", person_id=run.person_id, **failed)
        )
    return NotProven()
