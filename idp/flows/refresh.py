"""A refresh token becomes its successor and fresh tokens: RFC 6749 §6, rotated always (RFC 9700 §4.14.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.audit import kinds
from idp.audit.event import Event, event
from idp.flows import encrypting, issue_tokens
from idp.flows.end_grant import end_grant
from idp.flows.hall import Hall
from idp.flows.issue_tokens import Issue
from idp.kernel.errors import InvalidGrant
from idp.kernel.secret import Secret
from idp.protocol import access_token, scope
from idp.protocol.client import Client
from idp.protocol.grants import RefreshTokenRequest, refresh_token
from idp.storage.hot import Live, NewRefresh


@dataclass(frozen=True, slots=True)
class _Rotation:
    """The old token, and the one that follows it: derived, so that a retry within the grace gets the same."""

    old: Secret
    successor: Secret
    event: Event


async def refresh(
    hall: Hall, client: Client, request: RefreshTokenRequest, successor_key: bytes, now: datetime
) -> dict[str, Any]:
    """New tokens of the same grant, never for more than before; a token used twice ends the family."""
    if request.scope is not None or request.resource:
        # A mistake in these must cost the client an answer, not its family: it is found before anything is used up.
        await _check_request(hall, client, request)
    await encrypting.ready(hall, client, now)
    rotation = _Rotation(
        request.token,
        refresh_token.successor(request.token, successor_key),
        event(
            kinds.TOKENS_REFRESHED,
            at=now,
            actor=f"client:{client.client_id}",
            client_id=client.client_id,
            scope=request.scope,
            resource=request.resource or None,
        ),
    )
    live = await _rotate(hall, client, rotation, now)
    if live is None:
        raise await _refused(hall, client, request.token, now)
    granted = scope.narrowed(live.grant.scope, request.scope)
    audience = access_token.audience(hall.policies.issuer, client, live.grant.resource, request.resource)
    # OpenID Connect Core §12.2: the ID token of a refresh carries no nonce.
    return await issue_tokens.issue(hall, client, live, Issue(granted, audience, None, rotation.successor), now)


async def _rotate(hall: Hall, client: Client, rotation: _Rotation, now: datetime) -> Live | None:
    hot, old, successor = hall.db.hot, rotation.old.digest(), rotation.successor.digest()
    following = NewRefresh(successor, hall.policies.protocol.refresh_idle)
    live = await hot.rotate_refresh(old, client.client_id, now, following, rotation.event)
    if live is None and client.refresh_grace > 0:
        grace = timedelta(seconds=client.refresh_grace)
        live = await hot.retry_refresh(old, client.client_id, now, grace, successor, rotation.event)
    return live


async def _check_request(hall: Hall, client: Client, request: RefreshTokenRequest) -> None:
    async with hall.db.read() as tx:
        found = await tx.refresh_tokens.find(request.token.digest())
        grant = await tx.grants.get(found.grant_id) if found is not None else None
    if grant is not None and grant.client_id == client.client_id:
        scope.narrowed(grant.scope, request.scope)
        access_token.audience(hall.policies.issuer, client, grant.resource, request.resource)


async def _refused(hall: Hall, client: Client, token: Secret, now: datetime) -> InvalidGrant:
    """Why the statement found no row. A used token, or one in another client's hands, ends the family."""
    async with hall.db.read() as tx:
        found = await tx.refresh_tokens.find(token.digest())
    if found is None:
        return InvalidGrant("the refresh token is not valid", hint="unknown refresh token")
    misuse = "other_client" if found.client_id != client.client_id else "used_before" if found.used_at else None
    if misuse is None:
        return InvalidGrant("the refresh token is not valid any more", hint=f"grant {found.grant_id}")
    await end_grant(hall.db, found.grant_id, kinds.REFRESH_REUSE, client.client_id, misuse, now)
    return InvalidGrant("the refresh token is not valid", hint=f"{misuse}: grant {found.grant_id} revoked")
