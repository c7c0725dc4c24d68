"""Client assertions: RFC 7523 §3, OpenID Connect Core §9. Rules for the claims; crypto/ verifies the signature."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.kernel.clock import instant
from idp.kernel.errors import InvalidClient
from idp.kernel.secret import Digest, Secret
from idp.protocol.client import Client

ALGS = ("ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519")

_MAX_LIFETIME = timedelta(minutes=5)
_LEEWAY = timedelta(seconds=10)  # two machines' clocks
_MAX_ID = 256
_MAX_SECONDS = 253402300799  # the last second of the year 9999
_JWT_PARTS = 3


@dataclass(frozen=True, slots=True)
class AssertionUse:
    """What must be remembered until it expires, so that the assertion works once (CVE-2020-15222)."""

    jti_digest: Digest
    expires_at: datetime


def allowed_algs(client: Client) -> tuple[str, ...]:
    """`token_endpoint_auth_signing_alg` where registered. Never `none`, never a MAC."""
    registered = client.token_endpoint_auth_signing_alg
    return ALGS if registered is None else tuple(alg for alg in ALGS if alg == registered)


def claimed_client_id(assertion: str) -> str | None:
    """RFC 7523 §3: the subject, unverified: it only says whose key to try. None where it is no JWT."""
    claims = _part(assertion, 1)
    sub = claims.get("sub")
    if not isinstance(sub, str) or claims.get("iss") != sub:
        return None
    return sub if 0 < len(sub) <= _MAX_ID and sub.isascii() and sub.isprintable() else None


def header(assertion: str) -> Mapping[str, Any]:
    """The unverified header, for `kid` and `alg`; empty where there is none."""
    return _part(assertion, 0)


def check(claims: Mapping[str, Any], client_id: str, audiences: Collection[str], now: datetime) -> AssertionUse:
    """RFC 7523 §3 and the contract. `audiences`: the issuer, the token endpoint and the endpoint that was called."""
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise InvalidClient("iss and sub of the client assertion must be the client_id")
    if not set(_listed(claims.get("aud"))) & set(audiences):
        raise InvalidClient("aud of the client assertion does not name this server")
    expires_at = _time(claims, "exp")
    if expires_at is None or expires_at <= now:
        raise InvalidClient("the client assertion is expired or has no exp")
    if expires_at > now + _MAX_LIFETIME + _LEEWAY:
        raise InvalidClient("the client assertion lives for more than five minutes")
    for name in ("nbf", "iat"):
        begins = _time(claims, name)
        if begins is not None and begins > now + _LEEWAY:
            raise InvalidClient("the client assertion is not valid yet")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_ID:
        raise InvalidClient("the client assertion has no usable jti")
    return AssertionUse(Secret(jti).digest(), expires_at)


def _listed(audience: object) -> tuple[str, ...]:
    listed = audience if isinstance(audience, list) else [audience]
    return tuple(value for value in listed if isinstance(value, str))


def _time(claims: Mapping[str, Any], name: str) -> datetime | None:
    """A NumericDate; absent is None, anything that is no sensible number is refused."""
    value = claims.get(name)
    if value is None:
        return None
    # NaN compares with nothing and infinity is above every bound: both are refused here as well.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_SECONDS:
        raise InvalidClient(f"{name} of the client assertion is no time")
    return instant(value)


def _part(assertion: str, index: int) -> dict[str, Any]:
    parts = assertion.split(".")
    if len(parts) != _JWT_PARTS:
        return {}
    try:
        raw = base64.urlsafe_b64decode(parts[index] + "=" * (-len(parts[index]) % 4))
        document = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
