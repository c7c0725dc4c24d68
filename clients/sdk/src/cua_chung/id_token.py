"""The rules of an ID token, as a pure function over claims whose signature was checked before."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from cua_chung.claims import Claims, instant, optional_text, require_fresh, require_issuer, text, texts
from cua_chung.errors import TokenRefused
from cua_chung.level import satisfies

_HASHES = {"ES256": hashlib.sha256, "RS256": hashlib.sha256, "PS256": hashlib.sha256, "ES384": hashlib.sha384}


@dataclass(frozen=True, slots=True)
class Expected:
    """What the sign-in that is being completed asked for."""

    issuer: str
    client_id: str
    nonce: str
    level: str | None = None
    max_age: int | None = None


def validate(claims: Claims, alg: str, access_token: str, expected: Expected, *, now: float, leeway: float) -> None:
    """OpenID Connect Core §3.1.3.7 and §3.1.3.8; every absence is a refusal."""
    require_recipient(claims, issuer=expected.issuer, client_id=expected.client_id)
    require_fresh(claims, now=now, leeway=leeway)
    if not hmac.compare_digest(text(claims, "nonce").encode(), expected.nonce.encode()):
        raise TokenRefused("nonce belongs to another sign-in")
    if text(claims, "at_hash") != access_token_hash(access_token, alg):
        raise TokenRefused("at_hash belongs to another access token")
    if expected.level is not None and not satisfies(expected.issuer, optional_text(claims, "acr"), expected.level):
        raise TokenRefused("acr is below what was asked")
    if expected.max_age is not None and instant(claims, "auth_time") + expected.max_age + leeway < now:
        raise TokenRefused("auth_time is older than what was asked")


def require_recipient(claims: Claims, *, issuer: str, client_id: str) -> None:
    """§3.1.3.7 (2) to (5): made by this issuer, for us; of several audiences `azp` must say that we asked."""
    require_issuer(claims, issuer)
    text(claims, "sub")
    audience = texts(claims, "aud")
    if client_id not in audience:
        raise TokenRefused("aud is another client")
    authorized_party = optional_text(claims, "azp")
    if authorized_party is None and len(audience) > 1:
        raise TokenRefused("several audiences and no azp")
    if authorized_party not in (None, client_id):
        raise TokenRefused("azp is another client")


def access_token_hash(access_token: str, alg: str) -> str:
    """§3.1.3.6: the left half of the hash that belongs to the algorithm; an unknown algorithm is refused."""
    if alg not in _HASHES:
        raise TokenRefused("alg has no hash for at_hash")
    digest = _HASHES[alg](access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode("ascii")
