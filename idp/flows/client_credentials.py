"""A service calls an API in its own name: RFC 6749 §4.4. No person, no ID token, no refresh token."""

from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall
from idp.flows.issue_tokens import ACCESS_TOKEN_ALG
from idp.flows.signing import sign
from idp.kernel.errors import InvalidClient
from idp.protocol import access_token, grants
from idp.protocol.client import Client
from idp.protocol.grants import ClientCredentialsRequest


async def issue(hall: Hall, client: Client, request: ClientCredentialsRequest, now: datetime) -> dict[str, Any]:
    """The answer of RFC 6749 §4.4.3, recorded before the token leaves the house."""
    policy, client_id = hall.policies.protocol, client.client_id
    payload = access_token.client_payload(
        policy,
        client_id,
        scope=request.scope,
        audience=access_token.audience(policy.issuer, client, (), request.resource),
        jti=access_token.new_jti(),
        now=now,
    )
    token = sign(hall, payload, ACCESS_TOKEN_ALG, access_token.TYP, now)
    issued = event(
        kinds.CLIENT_TOKEN_ISSUED,
        at=now,
        actor=f"client:{client_id}",
        client_id=client_id,
        scope=request.scope or None,
        resource=request.resource or None,
    )
    if not await hall.db.hot.client_credentials(client_id, issued):
        raise InvalidClient("client authentication failed", hint="disabled a moment ago")
    expires_in = int(policy.access_token_lifetime.total_seconds())
    return grants.token_response(token, expires_in=expires_in, scope=request.scope)
