"""Dynamic registration (RFC 7591) behind initial access tokens: what the token's powers allow, and not more."""

from datetime import datetime
from typing import Any, Final

from idp.audit import kinds
from idp.audit.event import event
from idp.authn.login_policy import LoginPolicy
from idp.flows import self_registered
from idp.flows.hall import Hall
from idp.kernel.errors import InvalidClientMetadata, InvalidToken
from idp.kernel.ids import new_id
from idp.kernel.secret import Secret, new_secret
from idp.outgoing import OutgoingError
from idp.protocol import registration, registration_response
from idp.protocol.client import ClientState
from idp.protocol.powers import Powers
from idp.protocol.registration import Registration
from idp.storage.clients import RegisteredClient
from idp.storage.database import Tx

# A power of this flow alone: the registered client is approved at once (the sandbox's token). Without it a draft may
# ask for `openid` and nothing else until an administrator has looked at it.
APPROVE: Final = "approve"


async def register(hall: Hall, token: Secret, document: object, now: datetime) -> dict[str, Any]:
    """RFC 7591 §3.2.1: the answer, with the client's secret in it this one time."""
    words = await _powers(hall, token, now)
    state = ClientState.APPROVED if APPROVE in words else ClientState.DRAFT
    checked = registration.parse(document, hall.policies.protocol, Powers.of(words), state)
    await _check_sector(hall, checked)
    secret = new_secret() if checked.needs_secret else None
    registered = _registered(checked, secret, now)
    async with hall.db.tx() as tx:
        if await tx.initial_access_tokens.take(token.digest(), now) is None:
            raise InvalidToken("the initial access token is used up")
        await _store(tx, registered, now)
    await _announce(hall, registered.client.client_id)
    return registration_response.response(
        registered.client, client_secret=secret, issued_at=now, contacts=registered.contacts
    )


async def _powers(hall: Hall, token: Secret, now: datetime) -> frozenset[str]:
    """Looked at without a use: a document with a mistake must not cost one. The use is taken with the write."""
    async with hall.db.read() as tx:
        words = await tx.initial_access_tokens.peek(token.digest(), now)
    if words is None:
        raise InvalidToken("the initial access token is unknown, expired or used up")
    return words


async def _check_sector(hall: Hall, checked: Registration) -> None:
    """OpenID Connect Registration §5: the document at sector_identifier_uri lists every redirect URI."""
    if checked.sector_identifier_uri is None:
        return
    try:
        document = await hall.outgoing.get_json(checked.sector_identifier_uri)
    except OutgoingError as failure:
        raise InvalidClientMetadata("sector_identifier_uri can't be fetched", hint=failure.reason) from None
    registration.check_sector_document(document, checked.client.redirect_uris)


def _registered(checked: Registration, secret: Secret | None, now: datetime) -> RegisteredClient:
    client = registration.named(checked, new_id(), secret)
    return RegisteredClient(
        client=client,
        terms=self_registered.terms(client.scopes),
        login_policy=LoginPolicy.VNEID_OR_LOCAL,
        agency=self_registered.AGENCY,
        contacts=checked.contacts,
        created_at=now,
        updated_at=now,
        origin="dynamic",
    )


async def _store(tx: Tx, registered: RegisteredClient, now: datetime) -> None:
    client = registered.client
    await tx.agencies.put(registered.agency)
    if not await tx.agencies.claim_sector(client.sector, registered.agency.id):
        # Its `sub` values belong to the services of an agency: a stranger must not learn them by naming its host.
        raise InvalidClientMetadata("the sector belongs to an agency")
    await tx.clients.put(registered)
    await tx.events.append(
        event(
            kinds.CLIENT_REGISTERED,
            at=now,
            actor="initial_access_token",
            client_id=client.client_id,
            state=client.state.value,
            origin=registered.origin,
        )
    )


async def _announce(hall: Hall, client_id: str) -> None:
    hall.clients.forget(client_id)
    await hall.cache.invalidation.publish(f"client:{client_id}")
