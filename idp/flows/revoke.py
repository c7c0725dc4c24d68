"""A client gives a token back: RFC 7009. A refresh token takes its whole grant with it, an access token goes alone."""

from datetime import datetime

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall
from idp.flows.verified_tokens import AccessToken
from idp.kernel.clock import instant
from idp.kernel.secret import Secret
from idp.protocol import access_token, revocation
from idp.protocol.client import Client
from idp.protocol.revocation import RevocationRequest

_JWT_SEPARATOR = "."


async def revoke(hall: Hall, client: Client, request: RevocationRequest, now: datetime) -> None:
    """§2.1, §2.2: an unknown token is revoked already. A store that does not answer is never taken for success."""
    if _JWT_SEPARATOR not in request.token.reveal():
        await _revoke_refresh_token(hall, client, request.token, now)
        return
    token = await hall.verified.read(hall.keys, request.token, now)
    if token is None:
        return
    revocation.check_owner(client, token.client_id)
    if token.is_current(now):
        await _revoke_access_token(hall, client, token, now)


async def _revoke_refresh_token(hall: Hall, client: Client, token: Secret, now: datetime) -> None:
    """§2.1: the access tokens of the same grant should end too; here they do."""
    async with hall.db.tx() as tx:
        found = await tx.refresh_tokens.find(token.digest())
        if found is None:
            return
        revocation.check_owner(client, found.client_id)
        grant = await tx.grants.get(found.grant_id)
        if grant is None or not await tx.grants.revoke(grant.id, now):
            return
        await tx.events.append(
            event(
                kinds.TOKEN_REVOKED,
                at=now,
                actor=f"client:{client.client_id}",
                person_id=grant.person_id,
                client_id=client.client_id,
                grant_id=grant.id,
                token="refresh_token",
            )
        )


async def _revoke_access_token(hall: Hall, client: Client, token: AccessToken, now: datetime) -> None:
    grant_id = access_token.grant_id_of(token.jti)
    async with hall.db.tx() as tx:
        grant = await tx.grants.get(grant_id) if grant_id is not None else None
        await tx.revoked_tokens.add(token.jti, instant(token.expires_at))
        # Asked twice, recorded once: the token was revoked by the first request.
        await tx.events.append(
            event(
                kinds.TOKEN_REVOKED,
                at=now,
                actor=f"client:{client.client_id}",
                person_id=grant.person_id if grant is not None else None,
                client_id=client.client_id,
                grant_id=grant_id,
                token="access_token",
            ),
            dedupe=f"revoked:{token.jti}",
        )
