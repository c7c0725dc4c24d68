"""Client authentication: what a client presented and whether it is what it registered. Assertions: client_assertion.py.

RFC 6749 §2.3, OpenID Connect Core §9, RFC 7523 §2.2.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote_plus

from idp.kernel.errors import InvalidClient, InvalidRequest
from idp.kernel.secret import Secret
from idp.protocol import client_assertion
from idp.protocol.client import AuthMethod, Client, ClientState
from idp.protocol.parameters import Parameters

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_MAX_HEADER = 4096
_MAX_ASSERTION = 16384
_MAX_CLIENT_ID = 256


@dataclass(frozen=True, slots=True)
class SecretBasic:
    """client_secret_basic."""

    client_id: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class SecretPost:
    """client_secret_post."""

    client_id: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Assertion:
    """private_key_jwt. `client_id` is only claimed until the signature is verified."""

    client_id: str
    assertion: Secret


@dataclass(frozen=True, slots=True)
class Public:
    """none: RFC 6749 §3.2.1, the client only names itself."""

    client_id: str


PresentedCredentials: TypeAlias = SecretBasic | SecretPost | Assertion | Public

_METHODS: dict[type, AuthMethod] = {
    SecretBasic: AuthMethod.CLIENT_SECRET_BASIC,
    SecretPost: AuthMethod.CLIENT_SECRET_POST,
    Assertion: AuthMethod.PRIVATE_KEY_JWT,
    Public: AuthMethod.NONE,
}


def parse(authorization: str | None, params: Parameters) -> PresentedCredentials:
    """RFC 6749 §2.3: one method a request; `invalid_request` for several, `invalid_client` for none or a broken one."""
    named = params.one("client_id")
    ways = [authorization is not None, params.has("client_secret"), params.has("client_assertion")]
    if sum(ways) > 1:
        raise InvalidRequest("the client authenticates in more than one way")
    if authorization is not None:
        basic = _basic(authorization)
        if named is not None and named != basic.client_id:
            raise InvalidRequest("client_id differs from the authenticated client")
        return basic
    if params.has("client_assertion") or params.has("client_assertion_type"):
        return _assertion(params, named)
    if named is None or len(named) > _MAX_CLIENT_ID:
        raise InvalidClient("client authentication is missing")
    secret = params.one("client_secret")
    return Public(named) if secret is None else SecretPost(named, Secret(secret))


def check(presented: PresentedCredentials, client: Client | None) -> None:
    """The registered method and no other; the secret by its digest. One answer for all reasons: RFC 6749 §5.2.

    For an assertion this checks the method alone; its signature and claims follow.
    """
    if client is None or client.client_id != presented.client_id:
        raise InvalidClient("client authentication failed", hint="unknown client")
    if client.state is ClientState.DISABLED:
        raise InvalidClient("client authentication failed", hint="disabled client")
    if _METHODS[type(presented)] is not client.token_endpoint_auth_method:
        raise InvalidClient("client authentication failed", hint="another method is registered")
    if isinstance(presented, SecretBasic | SecretPost) and not _knows_secret(presented.secret, client):
        raise InvalidClient("client authentication failed", hint="wrong secret")


def _knows_secret(secret: Secret, client: Client) -> bool:
    return client.secret_digest is not None and secret.digest().same(client.secret_digest)


def _basic(authorization: str) -> SecretBasic:
    """RFC 6749 §2.3.1: client_id and secret are form-urlencoded before RFC 7617 joins and encodes them."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(authorization) > _MAX_HEADER:
        raise InvalidClient("the authorization header is no Basic credential")
    try:
        text = base64.b64decode(encoded.strip().encode("ascii"), validate=True).decode("utf-8")
        client_id, colon, secret = text.partition(":")
        decoded = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (UnicodeError, binascii.Error):
        raise InvalidClient("the authorization header is no Basic credential") from None
    if not colon or not decoded[0] or "\x00" in decoded[0] or len(decoded[0]) > _MAX_CLIENT_ID:
        raise InvalidClient("the authorization header is no Basic credential")
    return SecretBasic(decoded[0], Secret(decoded[1]))


def _assertion(params: Parameters, named: str | None) -> Assertion:
    """RFC 7521 §4.2."""
    assertion, kind = params.one("client_assertion"), params.one("client_assertion_type")
    if assertion is None or kind is None:
        raise InvalidRequest("client_assertion and client_assertion_type belong together")
    if kind != ASSERTION_TYPE or len(assertion) > _MAX_ASSERTION:
        raise InvalidClient("the client assertion is not acceptable")
    claimed = client_assertion.claimed_client_id(assertion)
    if claimed is None or (named is not None and named != claimed):
        raise InvalidClient("the client assertion is not acceptable")
    return Assertion(claimed, Secret(assertion))
