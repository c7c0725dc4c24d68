"""Encrypted tokens as a client registers them: OpenID Connect Registration §2, RFC 7518 §4, §5. No key is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# RFC 8725 §3.2: no RSA1_5 (Bleichenbacher), no SHA-1, no shared secrets, no passwords.
ALGS: Final = ("ECDH-ES", "ECDH-ES+A256KW", "RSA-OAEP-256")
ENCS: Final = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")
# What `…_encrypted_response_enc` is where only the algorithm is named.
DEFAULT_ENC: Final = "A128CBC-HS256"

_KINDS: Final[Mapping[str, str]] = {"ECDH-ES": "EC", "ECDH-ES+A256KW": "EC", "RSA-OAEP-256": "RSA"}
_CURVES: Final = frozenset({"P-256", "P-384", "P-521"})


@dataclass(frozen=True, slots=True)
class Encryption:
    """How one kind of answer is encrypted: `alg` for the key, `enc` for the content."""

    alg: str
    enc: str = DEFAULT_ENC


def is_served(jwks: Mapping[str, Any], encryption: Encryption) -> bool:
    """Whether a registered set has a key that we could encrypt to (RFC 7517 §4.2, §4.4)."""
    return any(_serves(key, encryption.alg) for key in jwks["keys"])


def _serves(key: Mapping[str, Any], alg: str) -> bool:
    if key.get("use", "enc") != "enc" or key.get("alg", alg) != alg or key.get("kty") != _KINDS[alg]:
        return False
    return key["kty"] == "RSA" or key.get("crv") in _CURVES
