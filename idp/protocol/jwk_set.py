"""A client's public keys as it registers them: RFC 7517 §5. Shape and strength only; crypto/ makes keys of them."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from idp.kernel.errors import InvalidClientMetadata

_MAX_KEYS = 20
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_REQUIRED = {"EC": ("crv", "x", "y"), "RSA": ("n", "e"), "OKP": ("crv", "x")}
_KEPT = ("kty", "crv", "x", "y", "n", "e", "kid", "use", "alg")
_CURVES = frozenset({"P-256", "P-384", "P-521", "Ed25519", "Ed448"})
_MIN_RSA_BITS = 2048
_MAX_RSA_BITS = 8192


def check(document: object) -> Mapping[str, Any]:
    """A set of public keys, each of which could verify a signature; `invalid_client_metadata` otherwise."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= _MAX_KEYS:
        raise InvalidClientMetadata(f"jwks must be a JWK set of 1 to {_MAX_KEYS} keys")
    return {"keys": [_key(key) for key in keys]}


def _key(key: object) -> dict[str, str]:
    """Certificates and further members are dropped: we read none of them, and a stored key must not carry baggage."""
    if not isinstance(key, dict):
        raise InvalidClientMetadata("jwks holds something that is no key")
    if _PRIVATE_MEMBERS & set(key):
        raise InvalidClientMetadata("jwks holds a private key; consider it lost")
    kept = {name: key[name] for name in _KEPT if key.get(name) is not None}
    if not all(isinstance(value, str) and value.isascii() and value.isprintable() for value in kept.values()):
        raise InvalidClientMetadata("jwks holds a key whose members are no plain strings")
    required = _REQUIRED.get(kept.get("kty", ""))
    if required is None or not set(required) <= set(kept):
        raise InvalidClientMetadata("jwks holds a key that is no complete EC, RSA or OKP key")
    if kept["kty"] == "RSA" and not _MIN_RSA_BITS <= _bits(kept["n"]) <= _MAX_RSA_BITS:
        raise InvalidClientMetadata("jwks holds an RSA key of unacceptable size")
    if "crv" in required and kept["crv"] not in _CURVES:
        raise InvalidClientMetadata("jwks holds a key on an unknown curve")
    return kept


def _bits(encoded: str) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)), "big").bit_length()
    except (ValueError, binascii.Error):
        return 0
