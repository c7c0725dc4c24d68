"""Public keys as JSON Web Keys (RFC 7517) and their thumbprints (RFC 7638). Private members never pass through here."""

import hashlib
import json
from collections.abc import Mapping
from typing import Literal, TypeAlias, TypeGuard

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from idp.crypto import base64url

Alg: TypeAlias = Literal["ES256", "RS256"]
PublicKey: TypeAlias = EllipticCurvePublicKey | RSAPublicKey

ALGORITHMS: tuple[Alg, ...] = ("ES256", "RS256")

# RFC 7638 §3.2
_REQUIRED_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}


def is_alg(name: str) -> TypeGuard[Alg]:
    """Whether our own tokens are signed by this algorithm (RFC 7518 §3.1)."""
    return name in ALGORITHMS


def thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638 §3: SHA-256 over the required members in lexicographic order, in base64url."""
    required = {name: jwk[name] for name in _REQUIRED_MEMBERS[jwk["kty"]]}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True)
    return base64url.encode(hashlib.sha256(canonical.encode("utf-8")).digest())


def public_jwk(key: PublicKey) -> dict[str, str]:
    """RFC 7518 §6.2.1, §6.3.1, with kid, alg and use as they stand in the JWKS."""
    members = _ec_members(key) if isinstance(key, EllipticCurvePublicKey) else _rsa_members(key)
    return {**members, "kid": thumbprint(members), "use": "sig", "alg": alg_of(key)}


def alg_of(key: PublicKey) -> Alg:
    """The one algorithm for which a key of this kind is used here."""
    if isinstance(key, RSAPublicKey):
        return "RS256"
    if isinstance(key.curve, SECP256R1):
        return "ES256"
    raise ValueError("only P-256 and RSA sign our tokens")


def _ec_members(key: EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _fixed(numbers.x, 32), "y": _fixed(numbers.y, 32)}


def _rsa_members(key: RSAPublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {"kty": "RSA", "n": _shortest(numbers.n), "e": _shortest(numbers.e)}


def _fixed(number: int, length: int) -> str:
    return base64url.encode(number.to_bytes(length, "big"))


def _shortest(number: int) -> str:
    return _fixed(number, (number.bit_length() + 7) // 8)
