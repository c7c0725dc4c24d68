"""Services are told what happened to a person's account: security event tokens, pushed or kept until they are fetched.

Put into the outbox in the transaction of what they tell, so neither is ever without the other (decision 0035).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from idp.flows.delivery import Outcome
from idp.flows.hall import Hall
from idp.flows.signing import sign
from idp.identity.person import Person, PersonState
from idp.kernel.clock import epoch
from idp.kernel.errors import TemporarilyUnavailable
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.outgoing import OutgoingFailed, OutgoingRefused
from idp.protocol import acr, security_event
from idp.protocol.client import Client, ClientState
from idp.protocol.security_event import Delivery, EventType, PollRequest, SecurityEvent
from idp.storage.client_sessions import ClientSession
from idp.storage.database import Tx
from idp.storage.outbox import FETCHED, Leased

PUSH_KIND: Final = "security_event"
POLL_KIND: Final = FETCHED
_MEDIA_TYPE: Final = "application/secevent+jwt"
# What nobody fetched for a month is no news any more; it is then given up, as the delivery record says.
_KEPT: Final = timedelta(days=30)
_ACCOUNT: Final = {
    PersonState.ACTIVE: EventType.ACCOUNT_ENABLED,
    PersonState.SUSPENDED: EventType.ACCOUNT_DISABLED,
    PersonState.CLOSED: EventType.ACCOUNT_PURGED,
}
# Whether a passkey lives in the device or beside it is not known here, so CAEP's two words for it would be guessed.
_CREDENTIALS: Final = {"totp": "app", "sms": "phone-sms", "passkey": "fido2"}


@dataclass(frozen=True, slots=True)
class Polled:
    """RFC 8936 §2.3: the tokens by their `jti`, and whether there are more."""

    sets: Mapping[str, str]
    more: bool


async def tell(tx: Tx, person_id: str, event: SecurityEvent, now: datetime) -> int:
    """Every service that knows this person by a decision that stands or a grant that lives; returns how many.

    Before grants are ended, or those who hold only them would not learn of it.
    """
    decided = [one.client_id for one in await tx.consents.of_person(person_id)]
    granted = [grant.client_id for grant in await tx.grants.of_person(person_id)]
    count = 0
    for client_id in dict.fromkeys((*decided, *granted)):
        registered = await tx.clients.get(client_id)
        if registered is None or registered.client.security_events_delivery is None:
            continue
        sub = await tx.pseudonyms.find(person_id, registered.client.sector)
        if sub is not None:
            await _put(tx, registered.client, sub, None, event, now)
            count += 1
    return count


async def account_changed(tx: Tx, person: Person, after: PersonState, now: datetime) -> None:
    """RISC §2.4, §2.6, §2.7: whoever is closed never comes back, so a service need not wait for them."""
    if after is not person.state:
        await tell(tx, person.id, SecurityEvent(_ACCOUNT[after], now), now)


async def session_revoked(tx: Tx, client: Client, reached: ClientSession, now: datetime) -> None:
    """To one service, of the one session of its own: CAEP §3.1."""
    if client.security_events_delivery is not None:
        event = SecurityEvent(EventType.SESSION_REVOKED, now)
        await _put(tx, client, reached.sub, reached.sid, event, now)


def level_change(issuer: str, before: Level, after: Level, now: datetime) -> SecurityEvent:
    """CAEP §3.4: the levels as `acr` names them."""
    direction = "increase" if after > before else "decrease"
    claims = {
        "namespace": f"{issuer}/loa/",
        "current_level": acr.url(issuer, after),
        "previous_level": acr.url(issuer, before),
        "change_direction": direction,
    }
    return SecurityEvent(EventType.ASSURANCE_LEVEL_CHANGE, now, claims)


def credential_change(method: str, change: str, now: datetime) -> SecurityEvent:
    """CAEP §3.3. `change` is create, revoke, update or delete; a kind that it has no word for keeps ours."""
    return SecurityEvent(
        EventType.CREDENTIAL_CHANGE,
        now,
        {"credential_type": _CREDENTIALS.get(method, method), "change_type": change},
    )


async def _put(tx: Tx, client: Client, sub: str, sid: str | None, event: SecurityEvent, now: datetime) -> None:
    # The jti is made once: a service that gets the event twice recognises it.
    jti = new_id()
    message = {
        "sub": sub,
        "sid": sid,
        "type": event.type.value,
        "claims": security_event.told(event),
        "iat": epoch(now),
    }
    pushed = client.security_events_delivery is Delivery.PUSH
    kind, due_at = (PUSH_KIND, now) if pushed else (POLL_KIND, now + _KEPT)
    await tx.outbox.put(kind, client.client_id, orjson.dumps(message), now, message_id=jti, due_at=due_at)


async def push(hall: Hall, message: Leased, now: datetime) -> Outcome:
    """RFC 8935 §2: one token, to where the service now wants it."""
    registered = await hall.clients.get(message.receiver, now)
    if registered is None or registered.client.state is ClientState.DISABLED:
        return Outcome(reason="client_gone", final=True)
    uri = registered.client.security_events_uri
    if uri is None:
        return Outcome(reason="no_uri", final=True)
    try:
        token = _token(hall, registered.client, message.id, message.payload, now)
        status = await hall.outgoing.post_content(uri, token.encode(), _MEDIA_TYPE)
    except TemporarilyUnavailable:
        return Outcome(reason="no_signing_key")
    except OutgoingRefused:
        return Outcome(reason="address_refused", final=True)
    except OutgoingFailed:
        return Outcome(reason="unreachable")
    # §2.2: 202; §2.3: 400 is a refusal that no repetition will change.
    if status in (200, 202, 204):
        return Outcome(status=status)
    return Outcome(reason=f"status_{status}", final=status == 400)


async def not_fetched(_hall: Hall, _message: Leased, _now: datetime) -> Outcome:
    """What waited to be polled for a month."""
    return Outcome(reason="not_fetched", final=True)


async def poll(hall: Hall, client: Client, request: PollRequest, now: datetime) -> Polled:
    """RFC 8936 §2.4: first what was taken in or refused goes, then the oldest of what waits is told, signed anew."""
    if request.ack or request.errors:
        async with hall.db.unaudited_tx() as tx:
            for jti in request.ack:
                await tx.outbox.fetched(jti, client.client_id, now)
            for jti, code in request.errors.items():
                await tx.outbox.not_taken(jti, client.client_id, f"refused_{code}", now)
    # Whoever only looks, perhaps each second, keeps no writer waiting.
    async with hall.db.read() as tx:
        waiting = await tx.outbox.waiting(client.client_id, request.max_events + 1)
    ready = waiting[: request.max_events]
    tokens = {one.id: _token(hall, client, one.id, one.payload, now) for one in ready}
    return Polled(tokens, len(waiting) > len(ready))


def _token(hall: Hall, client: Client, jti: str, kept: bytes, now: datetime) -> str:
    message: dict[str, Any] = orjson.loads(kept)
    payload = security_event.payload(
        hall.policies.issuer,
        client.client_id,
        jti,
        message["sub"],
        message["sid"],
        message["type"],
        message["claims"],
        message["iat"],
    )
    return sign(hall, payload, client.id_token_signed_response_alg, security_event.TYP, now)
