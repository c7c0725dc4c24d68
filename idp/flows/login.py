"""Sign-in by name and password, and the second factor by one-time code: proofs that go into the session."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from idp.audit import kinds
from idp.audit.event import event
from idp.authn.sso_session import Proof
from idp.crypto import totp
from idp.flows import effort, interactions, known_browser, sessions, throttle, usable
from idp.flows.effort import Effort, Paid
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction, Named
from idp.flows.visitor import Visitor
from idp.identity import login_identifier
from idp.identity.assurance import may_sign_in
from idp.identity.login_identifier import Kind, LoginIdentifier
from idp.identity.person import Person
from idp.kernel.secret import Secret
from idp.storage.authenticators import Authenticator
from idp.storage.database import Tx


@dataclass(frozen=True, slots=True)
class Proven:
    """The session's new cookie; the interaction has moved on."""

    cookie: Secret


@dataclass(frozen=True, slots=True)
class NotProven:
    """The one answer for unknown accounts, wrong passwords, wrong or used codes and accounts that may not sign in."""


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Another request of this browser used the same code a moment earlier: a double click, not a wrong code."""


@dataclass(frozen=True, slots=True)
class Halfway:
    """The PIN of a code card was right; a code of the card is still to come."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many failures: try again after this many seconds."""

    seconds: int


Outcome: TypeAlias = Proven | NotProven | Overtaken | Wait
CARD_PIN = "pin"


@dataclass(frozen=True, slots=True)
class _Account:
    person: Person | None
    password: Authenticator | None
    throttle: throttle.Keys
    method: str = "password"


async def by_password(
    hall: Hall,
    interaction: Interaction,
    username: str,
    password: Secret,
    visitor: Visitor,
    now: datetime,
    paid: Paid,
) -> Outcome | Halfway | Effort:
    """The same work for known and unknown names. May raise `Busy` of the password workers.

    Whoever names themselves by their code card types its PIN, and goes on to a code of the card.
    """
    account = await _account(hall, username, visitor, now)
    asked = await effort.due(hall, interaction, account.throttle, paid, now)
    return asked or await _verify(hall, interaction, account, password, visitor, now)


async def of_vouched(
    hall: Hall, interaction: Interaction, number: str, password: Secret, visitor: Visitor, now: datetime
) -> Outcome:
    """The password of whom VNeID has just vouched for: no stranger, whatever others do to the account meanwhile."""
    account = await _account(hall, number, visitor, now)
    outcome = await _verify(hall, interaction, account, password, visitor, now)
    # An identity number is the number of no code card.
    return NotProven() if isinstance(outcome, Halfway) else outcome


async def _verify(
    hall: Hall, interaction: Interaction, account: _Account, password: Secret, visitor: Visitor, now: datetime
) -> Outcome | Halfway:
    waiting = await throttle.admit(hall, account.throttle, now)
    if waiting:
        return Wait(waiting)
    person, authenticator = account.person, account.password
    if authenticator is None:
        await hall.passwords.dummy_verify(password)
        verdict = None
    else:
        verdict = await hall.passwords.verify(password, authenticator.secret.decode("utf-8"))
    if verdict is None or not verdict.ok or person is None or authenticator is None or not may_sign_in(person):
        return await not_proven(hall, account.throttle, person, account.method, interaction, now)
    if authenticator.kind == CARD_PIN:
        await throttle.succeeded(hall, account.throttle)
        await interactions.name(hall, interaction, Named(person.id, pin_id=authenticator.id, pin_at=now))
        return Halfway()
    upgraded = await hall.passwords.hash(password) if verdict.needs_upgrade else None
    # A double click loses this race, and perhaps the first answer with its cookie: the right password still counts.
    await interactions.advance(hall, interaction)
    async with hall.db.tx() as tx:
        if upgraded is not None:
            await tx.authenticators.replace_secret(authenticator.id, person.id, upgraded.encode("utf-8"))
        await tx.authenticators.used(authenticator.id, now)
        cookie, told = await record(tx, hall, visitor, person, authenticator, interaction, now, kind=kinds.SIGN_IN)
    await throttle.succeeded(hall, account.throttle)
    if told or visitor.session is not None:
        # The person is told of a new device, or somebody else's session may have ended in this one.
        hall.outbox_due.set()
    return Proven(cookie)


async def by_code(hall: Hall, interaction: Interaction, code: str, visitor: Visitor, now: datetime) -> Outcome:
    """RFC 6238 §5.2: a code proves once. Needs the session of the person whose code it is."""
    async with hall.db.read() as tx:
        session = await sessions.current(tx, hall, visitor, now)
        person = await tx.persons.get(session.person_id) if session else None
        enrolled = await usable.of_person(tx, hall, person, now)
        browser = await known_browser.known(tx, person.id if person else None, visitor, "totp")
    if person is None or not may_sign_in(person):
        return NotProven()
    at = throttle.keys(hall, person.id, visitor.address, "totp", browser)
    waiting = await throttle.admit(hall, at, now)
    if waiting:
        return Wait(waiting)
    found = _matching(enrolled, code, now)
    if found is None:
        return await not_proven(hall, at, person, "totp", interaction, now)
    authenticator, step = found
    async with hall.db.tx() as tx:
        if not await tx.authenticators.take_step(authenticator.id, step, now):
            return Overtaken()
        cookie, _ = await record(tx, hall, visitor, person, authenticator, interaction, now, kind=kinds.STEP_UP)
    await interactions.advance(hall, interaction)
    await throttle.succeeded(hall, at)
    return Proven(cookie)


async def _account(hall: Hall, username: str, visitor: Visitor, now: datetime) -> _Account:
    candidates = login_identifier.parse(username)
    async with hall.db.read() as tx:
        # Every statement is run for nobody too: how many there are must not tell who has an account.
        found = [await tx.persons.find(candidate.kind, candidate.value) for candidate in candidates]
        person_id = next((one for one in found if one is not None), None)
        person = await tx.persons.get(person_id or "")
        enrolled = await usable.of_kinds(tx, hall, person, frozenset({"password", CARD_PIN}), now)
        method = _typed(candidates, enrolled)
        spelled = candidates[0].value if candidates else username.strip().casefold()[:200]
        browser = await known_browser.known(tx, person_id, visitor, method)
    password = next((a for a in enrolled if a.kind == method), None)
    at = throttle.keys(hall, person_id or spelled, visitor.address, method, browser)
    return _Account(person, password, at, method)


def _typed(candidates: tuple[LoginIdentifier, ...], enrolled: list[Authenticator]) -> str:
    """What the second field holds: the PIN of the card whose number is in the first, else the password."""
    by_card = any(candidate.kind is Kind.CODE_CARD for candidate in candidates)
    return CARD_PIN if by_card and any(one.kind == CARD_PIN for one in enrolled) else "password"


def _matching(enrolled: list[Authenticator], code: str, now: datetime) -> tuple[Authenticator, int] | None:
    for authenticator in enrolled:
        if authenticator.kind == "totp":
            secret = Secret(authenticator.secret.decode("ascii"))
            step = totp.accepted_step(secret, code, now, authenticator.last_step)
            if step is not None:
                return authenticator, step
    return None


async def record(
    tx: Tx,
    hall: Hall,
    visitor: Visitor,
    person: Person,
    authenticator: Authenticator,
    interaction: Interaction,
    now: datetime,
    *,
    kind: str,
) -> tuple[Secret, bool]:
    """The session's new cookie, and whether the person was written to."""
    proof = Proof(authenticator.kind, now, authenticator.id, cap=authenticator.level_cap)
    opened = await sessions.prove(tx, hall, visitor, person.id, proof, now, shared=interaction.shared)
    await tx.events.append(
        event(
            kind,
            at=now,
            actor=f"person:{person.id}",
            person_id=person.id,
            client_id=interaction.request.client_id,
            method=authenticator.kind,
            session_id=opened.session.id,
        )
    )
    shared = opened.session.shared
    told = await known_browser.met(tx, hall, person, visitor, authenticator.kind, now, shared=shared)
    return opened.cookie, told


async def not_proven(
    hall: Hall, at: throttle.Keys, person: Person | None, method: str, interaction: Interaction, now: datetime
) -> NotProven:
    """A failed try stands in the history of whose account it was; nobody's too, so that time tells nothing."""
    await throttle.failed(hall, at, now)
    async with hall.db.tx() as tx:
        await tx.events.append(
            event(
                kinds.SIGN_IN_FAILED,
                at=now,
                actor="anonymous",
                person_id=person.id if person is not None else None,
                client_id=interaction.request.client_id,
                method=method,
            )
        )
    return NotProven()
