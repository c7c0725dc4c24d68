"""A code becomes tokens: RFC 6749 §4.1.3. One statement takes it; the row that it returns is the only permission."""

from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import encrypting, issue_tokens
from idp.flows.end_grant import end_grant
from idp.flows.hall import Hall
from idp.flows.issue_tokens import Issue
from idp.kernel.errors import InvalidGrant
from idp.kernel.secret import Secret, new_secret
from idp.protocol import access_token
from idp.protocol.client import Client
from idp.protocol.grant import CodeBinding
from idp.protocol.grants import AuthorizationCodeRequest, authorization_code
from idp.storage.hot import NewRefresh


async def exchange(hall: Hall, client: Client, request: AuthorizationCodeRequest, now: datetime) -> dict[str, Any]:
    """The tokens of the code's grant; `invalid_grant` for every other code, and the end of what a stolen one gave."""
    await encrypting.ready(hall, client, now)
    refresh = new_secret() if authorization_code.wants_refresh(client) else None
    redeemed = await hall.db.hot.redeem_code(
        request.code.digest(),
        client.client_id,
        request.redirect_uri,
        request.challenge,
        now,
        _new_refresh(hall, refresh),
        event(
            kinds.TOKENS_ISSUED,
            at=now,
            actor=f"client:{client.client_id}",
            client_id=client.client_id,
            resource=request.resource or None,
        ),
    )
    if redeemed is None:
        raise await _refused(hall, client, request, now)
    grant = redeemed.grant
    audience = access_token.audience(hall.policies.issuer, client, grant.resource, request.resource)
    return await issue_tokens.issue(hall, client, redeemed, Issue(grant.scope, audience, grant.nonce, refresh), now)


def _new_refresh(hall: Hall, refresh: Secret | None) -> NewRefresh | None:
    return None if refresh is None else NewRefresh(refresh.digest(), hall.policies.protocol.refresh_idle)


async def _refused(hall: Hall, client: Client, request: AuthorizationCodeRequest, now: datetime) -> InvalidGrant:
    """Why the statement found no row. A code in wrong hands, or twice in any, ends its grant (RFC 6749 §4.1.2)."""
    async with hall.db.read() as tx:
        state = await tx.codes.binding(request.code.digest())
    if state is None:
        return InvalidGrant("the code is not valid", hint="unknown code")
    misuse = "used_before" if state.used_at is not None else _mismatch(state.binding, client, request)
    if misuse is None:
        # Expired, or its session, person or client has ended meanwhile: nobody did anything wrong.
        return InvalidGrant("the code is not valid any more", hint=f"grant {state.grant_id}")
    await end_grant(hall.db, state.grant_id, kinds.CODE_REUSE, client.client_id, misuse, now)
    return InvalidGrant("the code is not valid", hint=f"{misuse}: grant {state.grant_id} revoked")


def _mismatch(binding: CodeBinding, client: Client, request: AuthorizationCodeRequest) -> str | None:
    """ZITADEL CVE-2026-55672, authentik CVE-2024-23647: bound to client, redirect URI and challenge, each of them."""
    if binding.client_id != client.client_id:
        return "other_client"
    if binding.redirect_uri != request.redirect_uri:
        return "redirect_uri"
    if binding.code_challenge != request.challenge:
        return "code_verifier"
    return None
