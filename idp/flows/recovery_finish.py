"""The end of a recovery: a new password or passkey, everything from before put aside, everybody signed out."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import password_strength, recovery_rules
from idp.authn.password_strength import Weakness
from idp.authn.recovery_rules import Phase, State
from idp.crypto import common_passwords, webauthn_ceremony
from idp.crypto.base64url import decode, encode
from idp.crypto.field_encryption import Undecryptable
from idp.crypto.webauthn_ceremony import InvalidPasskey, Passkey
from idp.flows import credentials, notices, passkeys, recovery, security_events, sessions, switched_off
from idp.flows.account_lock import refuse_if_locked
from idp.flows.hall import Hall
from idp.flows.recovery_run import RunLost
from idp.flows.visitor import Visitor
from idp.identity.assurance import may_sign_in
from idp.identity.person import Person
from idp.kernel.clock import epoch
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from idp.notify.notice import RECOVERY_COMPLETED
from idp.storage.database import Tx
from idp.storage.errors import AlreadyExists

# Two roots are no identity check: what they set bears no more than a password. VNeID or a counter lifts it.
LEVEL: Final = Level.LOW
_CHALLENGE_TTL: Final = 600
_BYTES: Final = 32


class NotDue(Exception):
    """It is still cooling off, or over: finished, cancelled, stopped or never fetched."""


class Forbidden(Exception):
    """The owner forbade this way to sign in for their account: a recovery doesn't bring it back either."""


@dataclass(frozen=True, slots=True)
class _New:
    kind: str
    secret: bytes
    label: str = ""
    credential: bytes | None = None
    last_step: int | None = None


async def by_password(
    hall: Hall, recovery_id: str, visitor: Visitor, password: Secret, now: datetime
) -> Weakness | None:
    """None: done. Raises RunLost, OtherBrowser, NotDue, Forbidden, AccountLocked, or `Busy` of the password workers."""
    async with hall.db.read() as tx:
        person = await _due(tx, recovery_id, visitor, now)
        await _refuse_if_forbidden(tx, person.id, "password")
    weak = weakness(person, password)
    if weak is not None:
        return weak
    hashed = (await hall.passwords.hash(password)).encode("utf-8")
    await _complete(hall, recovery_id, visitor, _New("password", hashed), now)
    return None


async def offered(hall: Hall, recovery_id: str, visitor: Visitor, now: datetime) -> frozenset[str]:
    """Of password and passkey those that the owner did not forbid. Raises RunLost, OtherBrowser or NotDue."""
    async with hall.db.read() as tx:
        person = await _due(tx, recovery_id, visitor, now)
        return frozenset({"password", passkeys.KIND}) - await switched_off.kinds(tx, person.id)


async def begin_passkey(hall: Hall, recovery_id: str, visitor: Visitor, hub: str, now: datetime) -> dict[str, Any]:
    """Options for `navigator.credentials.create`. Raises RunLost, OtherBrowser or NotDue."""
    async with hall.db.read() as tx:
        person = await _due(tx, recovery_id, visitor, now)
    challenge, handle = secrets.token_bytes(_BYTES), secrets.token_bytes(_BYTES)
    record = hall.vault.seal(orjson.dumps({"handle": encode(handle)}), _context(recovery_id))
    await hall.cache.challenges.put(_name(recovery_id, challenge), record, _CHALLENGE_TTL)
    shown = str(person.facts["name"].value) if "name" in person.facts else ""
    return webauthn_ceremony.creation_options(passkeys.party(hall, hub), challenge, handle, shown, [])


async def by_passkey(
    hall: Hall, recovery_id: str, visitor: Visitor, answer: str | None, label: str, now: datetime
) -> None:
    """Web Authentication §7.1. Raises InvalidPasskey, RunLost, OtherBrowser, NotDue, Forbidden or AccountLocked."""
    response = webauthn_ceremony.read(answer)
    record = await hall.cache.challenges.take(_name(recovery_id, response.challenge))
    if record is None:
        raise InvalidPasskey("no such challenge")
    try:
        document = orjson.loads(hall.vault.open_(record, _context(recovery_id)))
    except Undecryptable:
        raise InvalidPasskey("another recovery's") from None
    party = passkeys.party(hall)
    credential_id, key, count = webauthn_ceremony.verify_registration(party, response, response.challenge)
    kept = Passkey(credential_id, key, decode(document["handle"])).to_bytes()
    digest = passkeys.credential_digest(credential_id)
    new = _New(passkeys.KIND, kept, credentials.clean_label(label), digest, count)
    try:
        await _complete(hall, recovery_id, visitor, new, now)
    except AlreadyExists:
        raise InvalidPasskey("enrolled already") from None


def weakness(person: Person, password: Secret) -> Weakness | None:
    about = [fact.value for fact in person.facts.values()]
    return password_strength.weakness(password.reveal(), about, common_passwords.is_common)


async def sign_out_everywhere(tx: Tx, person_id: str, reason: str, now: datetime) -> int:
    """Every session and every grant, those with lasting access too; how many sessions there were."""
    ended = await sessions.end_all(tx, person_id, actor="anonymous", reason=reason, now=now)
    for grant in await tx.grants.of_person(person_id):
        await tx.grants.revoke(grant.id, now)
    return ended


async def _due(tx: Tx, recovery_id: str, visitor: Visitor, now: datetime) -> Person:
    found = await recovery.of_browser(tx, recovery_id, visitor)
    if recovery_rules.phase(found, now) is not Phase.DUE:
        raise NotDue
    person = await tx.persons.get(found.person_id)
    if person is None or not may_sign_in(person):
        raise RunLost
    return person


async def _complete(hall: Hall, recovery_id: str, visitor: Visitor, new: _New, now: datetime) -> None:
    async with hall.db.tx() as tx:
        person = await _due(tx, recovery_id, visitor, now)
        before = await tx.authenticators.of_person_alone(person.id)
        await refuse_if_locked(tx, person.id)
        await _refuse_if_forbidden(tx, person.id, new.kind)
        # Whoever cancels in this moment wins, or loses: both never happen.
        if not await tx.recoveries.end(recovery_id, State.COMPLETED, now):
            raise NotDue
        for one in before:
            await tx.authenticators.suspend(one.id, person.id, recovery_id, now)
        added = await tx.authenticators.add(
            person.id,
            new.kind,
            new.secret,
            now,
            new.label,
            level_cap=LEVEL,
            credential=new.credential,
            last_step=new.last_step,
        )
        # Before every grant ends: who holds one is to know that whoever comes back comes by another way.
        await security_events.tell(tx, person.id, security_events.credential_change(new.kind, "revoke", now), now)
        told: dict[str, Any] = {
            "recovery_id": recovery_id,
            "method": new.kind,
            "authenticator_id": added,
            "suspended": [one.id for one in before],
            "sessions": await sign_out_everywhere(tx, person.id, "recovered", now),
        }
        actor = f"person:{person.id}"
        await tx.events.append(event(kinds.RECOVERY_COMPLETED, at=now, actor=actor, person_id=person.id, **told))
        await notices.tell(tx, hall, person, RECOVERY_COMPLETED, now, at=epoch(now))
    hall.outbox_due.set()


async def _refuse_if_forbidden(tx: Tx, person_id: str, kind: str) -> None:
    if kind in await switched_off.kinds(tx, person_id):
        raise Forbidden


def _name(recovery_id: str, challenge: bytes) -> bytes:
    return Secret(f"recovery:{recovery_id}:{encode(challenge)}").digest()


def _context(recovery_id: str) -> str:
    return f"recovery-passkey:{recovery_id}"
