"""Adding an application or a passkey: what is asked, and the answer to it, once, in the session that was asked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from idp.crypto import totp, webauthn_ceremony
from idp.crypto.base64url import decode, encode
from idp.crypto.field_encryption import Undecryptable
from idp.crypto.webauthn_ceremony import InvalidPasskey, Passkey
from idp.flows import credentials, passkeys
from idp.flows.credentials import MOST, NeedsProof, Refused
from idp.flows.hall import Hall
from idp.flows.own_pages import Owner
from idp.kernel.secret import Secret, new_secret
from idp.storage.authenticators import Authenticator
from idp.storage.errors import AlreadyExists

TOTP = "totp"
_TTL = timedelta(minutes=10)
_TRIES = 5
_CHALLENGE_BYTES = 32
_HANDLE_BYTES = 32


@dataclass(frozen=True, slots=True)
class PendingApp:
    """A secret that waits for its first code; `handle` goes into the form."""

    handle: str
    secret: Secret
    tries: int = 0


async def begin_app(hall: Hall, owner: Owner, now: datetime) -> PendingApp:
    """May raise NeedsProof."""
    await _may_begin(hall, owner, now)
    pending = PendingApp(new_secret().reveal(), totp.new_totp_secret())
    await _keep_app(hall, owner, pending)
    return pending


async def confirm_app(hall: Hall, owner: Owner, handle: str, code: str, label: str, now: datetime) -> PendingApp | None:
    """None: added. A wrong code gives the same secret back, five times. May raise NeedsProof or Refused."""
    document = await _take(hall, owner, TOTP, handle)
    pending = PendingApp(handle, Secret(document["secret"]), document["tries"] + 1)
    step = totp.accepted_step(pending.secret, code, now, None)
    if step is None:
        if pending.tries >= _TRIES:
            raise Refused
        await _keep_app(hall, owner, pending)
        return pending
    async with hall.db.tx() as tx:
        room_left(await credentials.provable(tx, hall, owner, now))
        secret = pending.secret.reveal().encode("ascii")
        # The code that confirmed it is used up.
        await credentials.added(tx, hall, owner, TOTP, secret, now, label=label, last_step=step)
    hall.outbox_due.set()
    return None


async def begin_passkey(hall: Hall, owner: Owner, name: str, hub: str, now: datetime) -> dict[str, Any]:
    """Options for `navigator.credentials.create`; `name` is what the device shows. May raise NeedsProof."""
    enrolled = await _may_begin(hall, owner, now)
    known = [Passkey.from_bytes(one.secret) for one in enrolled if one.kind == passkeys.KIND]
    # One random handle a person, whatever they are: never a number of theirs (Web Authentication §14.6.1).
    handle = known[0].user_handle if known else secrets.token_bytes(_HANDLE_BYTES)
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    await _put(hall, owner, passkeys.KIND, encode(challenge), {"handle": encode(handle)})
    ids = [one.credential_id for one in known]
    return webauthn_ceremony.creation_options(passkeys.party(hall, hub), challenge, handle, name, ids)


async def add_passkey(hall: Hall, owner: Owner, answer: str | None, label: str, now: datetime) -> None:
    """Web Authentication §7.1. May raise NeedsProof, Refused or InvalidPasskey."""
    response = webauthn_ceremony.read(answer)
    document = await _take(hall, owner, passkeys.KIND, encode(response.challenge))
    party = passkeys.party(hall)
    credential_id, key, count = webauthn_ceremony.verify_registration(party, response, response.challenge)
    kept = Passkey(credential_id, key, decode(document["handle"]))
    try:
        async with hall.db.tx() as tx:
            room_left(await credentials.provable(tx, hall, owner, now))
            await credentials.added(
                tx,
                hall,
                owner,
                passkeys.KIND,
                kept.to_bytes(),
                now,
                label=label,
                credential=passkeys.credential_digest(credential_id),
                last_step=count,
            )
    except AlreadyExists:
        raise InvalidPasskey("enrolled already") from None
    hall.outbox_due.set()


async def _may_begin(hall: Hall, owner: Owner, now: datetime) -> tuple[Authenticator, ...]:
    standing = await credentials.standing(hall, owner, now)
    if not standing.may_change:
        raise NeedsProof
    room_left(standing.authenticators)
    return standing.authenticators


def room_left(enrolled: Sequence[Authenticator]) -> None:
    """Raises Refused where there are enough."""
    if len(enrolled) >= MOST:
        raise Refused


async def _keep_app(hall: Hall, owner: Owner, pending: PendingApp) -> None:
    document = {"secret": pending.secret.reveal(), "tries": pending.tries}
    await _put(hall, owner, TOTP, pending.handle, document)


async def _put(hall: Hall, owner: Owner, kind: str, handle: str, document: dict[str, Any]) -> None:
    name, bound = Secret(f"{kind}:{handle}").digest(), _context(owner, kind)
    record = hall.vault.seal(orjson.dumps(document), bound)
    await hall.cache.challenges.put(name, record, int(_TTL.total_seconds()))


async def _take(hall: Hall, owner: Owner, kind: str, handle: str) -> dict[str, Any]:
    """Once, and only in the session to which it was handed out: the seal does not open in another."""
    record = await hall.cache.challenges.take(Secret(f"{kind}:{handle}").digest())
    if record is None:
        raise Refused
    try:
        found: dict[str, Any] = orjson.loads(hall.vault.open_(record, _context(owner, kind)))
    except Undecryptable:
        raise Refused from None
    return found


def _context(owner: Owner, kind: str) -> str:
    return f"enrolment:{kind}:{owner.session.id}"
