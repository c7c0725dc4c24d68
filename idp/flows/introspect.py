"""What a token is worth at this moment: RFC 7662. Revocation is read each time, whatever the signature says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from idp.flows.hall import Hall
from idp.flows.verified_tokens import AccessToken
from idp.identity import assurance
from idp.kernel.secret import Secret
from idp.protocol import access_token, acr, introspection
from idp.protocol.client import Client
from idp.protocol.introspection import IntrospectionRequest

# A token of ours that is not a JWT is a refresh token; hints are not needed to tell them apart.
_JWT_SEPARATOR = "."


async def introspect(hall: Hall, caller: Client, request: IntrospectionRequest, now: datetime) -> dict[str, Any]:
    """§2.2: the answer for this caller; `{"active": false}` and nothing else for all that it may not see."""
    introspection.check_caller(caller)
    if _JWT_SEPARATOR in request.token.reveal():
        token = await hall.verified.read(hall.keys, request.token, now)
        if token is None:
            return dict(introspection.INACTIVE)
        payload = await _payload(hall, token, now)
        return introspection.of_access_token(payload, active=payload is not None, caller=caller)
    return await _refresh_token(hall, caller, request.token, now)


async def is_active(hall: Hall, token: AccessToken, now: datetime) -> bool:
    """Not expired, not revoked, and everything that it hangs off is still alive."""
    return await _payload(hall, token, now) is not None


async def _payload(hall: Hall, token: AccessToken, now: datetime) -> Mapping[str, Any] | None:
    """What the token says, and of its level no more than there is evidence for now; None: it is not active."""
    if not token.is_current(now):
        return None
    grant_id = access_token.grant_id_of(token.jti)
    if grant_id is None:
        active = await hall.db.hot.client_token_active(token.client_id, token.jti, now)
        return token.payload if active else None
    state = await hall.db.hot.token_state(grant_id, token.jti, now)
    if state is None or not state.active:
        return None
    issuer = hall.policies.issuer
    said = acr.level_of(issuer, token.payload.get("acr"))
    known = assurance.level_at(state.person_level, state.person_level_ends_at, now)
    # Domain §3: evidence may be withdrawn while a token still runs, and an API that asks is told.
    return token.payload if said is None or said <= known else {**token.payload, "acr": acr.url(issuer, known)}


async def _refresh_token(hall: Hall, caller: Client, token: Secret, now: datetime) -> dict[str, Any]:
    digest = token.digest()
    async with hall.db.read() as tx:
        found = await tx.refresh_tokens.find(digest)
    if found is None or found.client_id != caller.client_id:
        return dict(introspection.INACTIVE)
    # A refresh token has no jti, so none can be on the list of revoked ones: the grant's own state is what is asked.
    state = await hall.db.hot.token_state(found.grant_id, "", now)
    if state is None:
        return dict(introspection.INACTIVE)
    return introspection.of_refresh_token(
        client_id=found.client_id,
        scope=state.grant.scope,
        sub=state.grant.sub,
        issued_at=found.issued_at,
        expires_at=found.expires_at,
        active=state.active and found.used_at is None and now < found.expires_at,
        caller=caller,
        issuer=hall.policies.issuer,
    )
