"""Who calls: client authentication at the token, PAR, introspection and revocation endpoints (RFC 6749 §2.3)."""

from datetime import datetime

from idp.crypto import client_jwt
from idp.crypto.jose import InvalidJwt
from idp.flows.hall import Hall
from idp.kernel.errors import InvalidClient
from idp.kernel.secret import new_secret
from idp.protocol import client_assertion, client_auth, endpoints
from idp.protocol.client import Client
from idp.protocol.client_auth import Assertion, PresentedCredentials, SecretBasic, SecretPost
from idp.protocol.parameters import Parameters
from idp.storage.clients import RegisteredClient

_NOBODYS_SECRET = new_secret().digest()


async def authenticate(
    hall: Hall, authorization: str | None, params: Parameters, *, endpoint: str, now: datetime
) -> RegisteredClient:
    """The client that has proven itself by its registered method; `invalid_client`, always in the same words, if not.

    `endpoint` is the path that is called: an assertion may be made out to it.
    """
    presented = client_auth.parse(authorization, params)
    registered = await hall.clients.get(presented.client_id, now)
    if registered is None:
        _spend_as_much(presented)
        raise InvalidClient("client authentication failed", hint="unknown client")
    client_auth.check(presented, registered.client)
    if isinstance(presented, Assertion):
        await _check_assertion(hall, registered.client, presented, endpoint, now)
    return registered


def _spend_as_much(presented: PresentedCredentials) -> None:
    """An unknown client costs the same comparison as a wrong secret."""
    if isinstance(presented, SecretBasic | SecretPost):
        presented.secret.digest().same(_NOBODYS_SECRET)


async def _check_assertion(hall: Hall, client: Client, presented: Assertion, endpoint: str, now: datetime) -> None:
    """RFC 7523 §3, OpenID Connect Core §9: signed by the client's key, meant for us, fresh, and used once."""
    claims = await _signed_claims(hall, client, presented, now)
    issuer = hall.policies.issuer
    audiences = {issuer, endpoints.url(issuer, endpoints.TOKEN), endpoints.url(issuer, endpoint)}
    use = client_assertion.check(claims, client.client_id, audiences, now)
    async with hall.db.unaudited_tx() as tx:
        # Durable and in every node's sight (fosite CVE-2020-15222): a jti is an operational row, so it needs no event.
        first = await tx.used_jti.first_use(client.client_id, use.jti_digest, use.expires_at)
    if not first:
        raise InvalidClient("client authentication failed", hint="the assertion's jti was used before")


async def _signed_claims(hall: Hall, client: Client, presented: Assertion, now: datetime) -> dict[str, object]:
    assertion = presented.assertion.reveal()
    header = client_assertion.header(assertion)
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str) or alg not in client_assertion.allowed_algs(client):
        raise InvalidClient("client authentication failed", hint="the assertion's alg is not allowed")
    keys = await hall.client_keys.of(client, kid if isinstance(kid, str) else None, alg, hall.outgoing, now)
    try:
        return client_jwt.verify(assertion, keys)
    except InvalidJwt as reason:
        raise InvalidClient("client authentication failed", hint=f"assertion: {reason}") from None
