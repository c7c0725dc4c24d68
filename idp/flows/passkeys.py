"""Signing in by a passkey, without a name or as one more step: one challenge an interaction, good for one success."""

import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from idp.audit import kinds
from idp.audit.event import event
from idp.crypto import webauthn_ceremony
from idp.crypto.root_keys import Purpose
from idp.crypto.webauthn_ceremony import InvalidPasskey, Passkey, RelyingParty, Response
from idp.flows import interactions, known_browser, login, throttle, usable
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction
from idp.flows.login import NotProven, Outcome, Overtaken, Proven, Wait
from idp.flows.visitor import Visitor
from idp.identity.assurance import may_sign_in
from idp.identity.person import Person
from idp.kernel.secret import Secret
from idp.storage.authenticators import Authenticator
from idp.storage.database import Tx

KIND = "passkey"


def party(hall: Hall, name: str = "") -> RelyingParty:
    """Our own address, as the settings have it."""
    parts = urlsplit(hall.policies.issuer)
    return RelyingParty(f"{parts.scheme}://{parts.netloc}", name)


def is_offered(hall: Hall) -> bool:
    return party(hall).can_use_passkeys


def credential_digest(credential_id: bytes) -> bytes:
    return hashlib.sha256(credential_id).digest()


def options(hall: Hall, interaction: Interaction) -> dict[str, Any]:
    """What the page hands to `navigator.credentials.get`. It names no credential, so it tells nobody who has one."""
    return webauthn_ceremony.request_options(party(hall), _challenge(hall, interaction))


async def by_passkey(
    hall: Hall,
    interaction: Interaction,
    answer: str | None,
    visitor: Visitor,
    now: datetime,
    *,
    person_id: str | None = None,
) -> Outcome:
    """Web Authentication §7.2. `person_id`: who is stepping up; None lets whoever it is sign in."""
    try:
        response = webauthn_ceremony.read(answer)
    except InvalidPasskey:
        return NotProven()
    person, passkey, browser = await _owner(hall, response, visitor, now)
    named = person.id if person else credential_digest(response.credential_id).hex()
    at = throttle.keys(hall, named, visitor.address, KIND, browser)
    waiting = await throttle.admit(hall, at, now)
    if waiting:
        return Wait(waiting)
    count = _verified(hall, interaction, response, passkey)
    known = person is not None and may_sign_in(person) and person_id in (None, person.id)
    if count is None or passkey is None or person is None or not known:
        return await login.not_proven(hall, at, person, KIND, interaction, now)
    # The challenge hangs on the interaction's nonce: who uses it up has used the one answer to it.
    if not await interactions.advance(hall, interaction):
        return Overtaken()
    kind = kinds.SIGN_IN if person_id is None else kinds.STEP_UP
    async with hall.db.tx() as tx:
        if not await _counted(tx, passkey, count, now):
            return NotProven()
        cookie, _ = await login.record(tx, hall, visitor, person, passkey, interaction, now, kind=kind)
    await throttle.succeeded(hall, at)
    hall.outbox_due.set()
    return Proven(cookie)


def _challenge(hall: Hall, interaction: Interaction) -> bytes:
    """32 bytes that nobody can foresee, for this interaction as it stands in this browser."""
    framed = f"{interaction.browser}\0{interaction.id}\0{interaction.nonce}".encode("utf-8", "surrogatepass")
    return hmac.new(hall.roots.derive(Purpose.PASSKEY_CHALLENGES), framed, hashlib.sha256).digest()


async def _owner(
    hall: Hall, response: Response, visitor: Visitor, now: datetime
) -> tuple[Person | None, Authenticator | None, Secret | None]:
    """The person, their passkey, and the browser where it is known for them."""
    digest = credential_digest(response.credential_id)
    async with hall.db.read() as tx:
        owner_id = await tx.authenticators.owner_of(digest)
        person = await tx.persons.get(owner_id) if owner_id else None
        enrolled = await usable.of_person(tx, hall, person, now)
        browser = await known_browser.known(tx, owner_id, visitor, KIND)
    mine = (one for one in enrolled if one.kind == KIND)
    found = next((one for one in mine if _stored(one).credential_id == response.credential_id), None)
    return person, found, browser


def _verified(
    hall: Hall, interaction: Interaction, response: Response, authenticator: Authenticator | None
) -> int | None:
    if authenticator is None:
        return None
    challenge = _challenge(hall, interaction)
    try:
        return webauthn_ceremony.verify_authentication(party(hall), response, challenge, _stored(authenticator))
    except InvalidPasskey:
        return None


async def _counted(tx: Tx, passkey: Authenticator, count: int, now: datetime) -> bool:
    """Web Authentication §6.1.1: a counter that does not grow speaks of a copy. Synced passkeys count nothing: 0."""
    if count == 0 and not passkey.last_step:
        await tx.authenticators.used(passkey.id, now)
        return True
    if await tx.authenticators.take_step(passkey.id, count, now):
        return True
    person_id = passkey.person_id
    suspect = event(kinds.PASSKEY_SUSPECT, at=now, actor="anonymous", person_id=person_id, authenticator_id=passkey.id)
    await tx.events.append(suspect)
    return False


def _stored(authenticator: Authenticator) -> Passkey:
    return Passkey.from_bytes(authenticator.secret)
