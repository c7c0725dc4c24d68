"""Tokens for one client's eyes alone: JWE (RFC 7516) to a key that it registered. We encrypt, and never decrypt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from idp.crypto import base64url
from idp.crypto.client_jwt import InvalidJwks

_Key: TypeAlias = RSAKey | ECKey

# RFC 7518 §4.1, each with the kind of key that it takes.
ALGORITHMS: Mapping[str, str] = {"ECDH-ES": "EC", "ECDH-ES+A256KW": "EC", "RSA-OAEP-256": "RSA"}
# RFC 7518 §5.1: all of them authenticate what they hide.
ENCODINGS = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")
_CURVES = frozenset({"P-256", "P-384", "P-521"})
_MAX_KEYS = 20
_MIN_RSA_BITS = 2048
_MAX_RSA_BITS = 8192


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """One public key of a client that may hide something for it."""

    kid: str | None
    alg: str | None
    kty: str
    key: _Key = field(repr=False)

    def serves(self, alg: str) -> bool:
        """RFC 7517 §4.4: a key that names its algorithm serves no other."""
        return ALGORITHMS.get(alg) == self.kty and self.alg in (None, alg)


@dataclass(frozen=True, slots=True)
class EncryptionKeys:
    """What of a client's JWK Set is for encryption, parsed once."""

    keys: tuple[EncryptionKey, ...]

    @classmethod
    def parse(cls, document: object) -> "EncryptionKeys":
        """RFC 7517 §5: what is no such key is passed over, for most sets hold signature keys beside."""
        listed = document.get("keys") if isinstance(document, Mapping) else None
        if not isinstance(listed, list) or not 1 <= len(listed) <= _MAX_KEYS:
            raise InvalidJwks(f"keys must be an array of 1 to {_MAX_KEYS} keys")
        keys = tuple(key for key in map(_parse_key, listed) if key is not None)
        if not keys:
            raise InvalidJwks("no key is an RSA or EC key for encryption")
        return cls(keys)

    def candidates(self, alg: str, kid: str | None = None) -> tuple[EncryptionKey, ...]:
        """Those that serve the algorithm, in the client's order."""
        return tuple(key for key in self.keys if key.serves(alg) and kid in (None, key.kid))


def encrypt(content: bytes, key: EncryptionKey, alg: str, enc: str, *, nested: bool) -> str:
    """RFC 7516 §5.1, Compact Serialization. `nested`: the content is a JWT (RFC 7519 §5.2 wants `cty` then)."""
    header: dict[str, str] = {"alg": alg, "enc": enc, "typ": "JWT"}
    if nested:
        header["cty"] = "JWT"
    if key.kid is not None:
        header["kid"] = key.kid
    return jwe.encrypt_compact(header, content, key.key, algorithms=[alg, enc])


def _parse_key(jwk: object) -> EncryptionKey | None:
    if not isinstance(jwk, Mapping) or not _is_for_encryption(jwk):
        return None
    kid, alg = jwk.get("kid"), jwk.get("alg")
    if not isinstance(kid, str | None) or not isinstance(alg, str | None):
        return None
    try:
        match jwk.get("kty"):
            case "RSA":
                return EncryptionKey(kid, alg, "RSA", _rsa(jwk))
            case "EC" if jwk.get("crv") in _CURVES:
                return EncryptionKey(kid, alg, "EC", _ec(jwk))
            case _:
                return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _is_for_encryption(jwk: Mapping[str, object]) -> bool:
    """RFC 7517 §4.2, §4.3. A key that names an algorithm of signatures is one for signatures."""
    operations = jwk.get("key_ops", ["deriveKey", "wrapKey"])
    fit = isinstance(operations, list) and not {"deriveKey", "deriveBits", "wrapKey", "encrypt"}.isdisjoint(operations)
    return fit and jwk.get("use", "enc") == "enc" and jwk.get("alg") in (None, *ALGORITHMS)


def _rsa(jwk: Mapping[str, object]) -> RSAKey:
    number = str(jwk["n"])
    if not _MIN_RSA_BITS <= int.from_bytes(base64url.decode(number), "big").bit_length() <= _MAX_RSA_BITS:
        raise ValueError("too weak or too slow")
    key = RSAKey.import_key({"kty": "RSA", "n": number, "e": str(jwk["e"])})
    _ = key.public_key
    return key


def _ec(jwk: Mapping[str, object]) -> ECKey:
    key = ECKey.import_key({"kty": "EC", "crv": str(jwk["crv"]), "x": str(jwk["x"]), "y": str(jwk["y"])})
    _ = key.public_key  # joserfc parses lazily; a point off the curve must be found now (invalid curve attack)
    return key
