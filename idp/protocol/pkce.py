"""Proof Key for Code Exchange: RFC 7636, method S256 only (RFC 9700 §2.1.1)."""

import base64
import hashlib
import hmac
import re

from idp.kernel.errors import InvalidGrant, InvalidRequest

METHODS = ("S256",)

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}", re.ASCII)
# BASE64URL(SHA256(…)) is always 43 characters, the last of which carries only four bits (§4.2).
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{42}[AEIMQUYcgkosw048]", re.ASCII)


def challenge_of(verifier: str) -> str:
    """§4.6: BASE64URL-ENCODE(SHA256(ASCII(code_verifier))); `invalid_grant` where §4.1 does not allow the verifier."""
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("the code_verifier does not belong to this code")
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def check_challenge(challenge: str | None, method: str | None, *, required: bool) -> str | None:
    """§4.3, §4.4.1: the challenge of an authorization request; None only where the client need not send one."""
    if challenge is None:
        if required:
            raise InvalidRequest("code_challenge is missing: PKCE with S256 is required")
        if method is not None:
            raise InvalidRequest("code_challenge_method without code_challenge")
        return None
    # §4.3: an absent method means plain, which this server does not support.
    if method not in METHODS:
        raise InvalidRequest("code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("code_challenge is no base64url SHA-256 value")
    return challenge


def same(challenge: str | None, verifier: str | None) -> bool:
    """§4.6, RFC 9700 §4.8.2: a verifier without a challenge is a downgrade, a challenge without a verifier a theft."""
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    try:
        return hmac.compare_digest(challenge_of(verifier), challenge)
    except InvalidGrant:
        return False
