"""Our own JWTs (RFC 7519): the hot path's signer and the strict verifier. Signatures and types, no claim rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from idp.crypto import base64url
from idp.crypto.jose import Claims, InvalidJwt, json_object, member, octets, split
from idp.crypto.jwk import Alg, PublicKey, alg_of

PrivateKey: TypeAlias = EllipticCurvePrivateKey | RSAPrivateKey

_ECDSA = ECDSA(SHA256())
_PKCS1 = PKCS1v15()
_SHA256 = SHA256()
_COORDINATE = 32

# What we write and all that we read: a header with anything more (crit, jwk, jku, x5u, x5c, b64 …) is not ours.
_HEADER_MEMBERS = {"alg", "kid", "typ"}


class SigningKey:
    """A private key parsed once, with the encoded header of each `typ` kept beside it."""

    __slots__ = ("_headers", "_private", "alg", "kid")

    def __init__(self, kid: str, private: PrivateKey) -> None:
        self.kid = kid
        self.alg: Alg = alg_of(private.public_key())
        self._private = private
        self._headers: dict[str, bytes] = {}

    def sign(self, claims: Mapping[str, object], typ: str) -> str:
        """RFC 7515 §5.1, Compact Serialization."""
        header = self._headers.get(typ) or self._prepare(typ)
        signing_input = header + base64url.encode_bytes(orjson.dumps(dict(claims)))
        return (signing_input + b"." + base64url.encode_bytes(self._signature(signing_input))).decode("ascii")

    def verification_key(self) -> "VerificationKey":
        """The public half."""
        return VerificationKey(self.kid, self.alg, self._private.public_key())

    def _prepare(self, typ: str) -> bytes:
        header = base64url.encode_bytes(orjson.dumps({"alg": self.alg, "kid": self.kid, "typ": typ})) + b"."
        self._headers[typ] = header
        return header

    def _signature(self, signing_input: bytes) -> bytes:
        if isinstance(self._private, RSAPrivateKey):
            return self._private.sign(signing_input, _PKCS1, _SHA256)
        # RFC 7518 §3.4: r and s, each in 32 octets, not the DER form.
        r, s = decode_dss_signature(self._private.sign(signing_input, _ECDSA))
        return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")

    def __repr__(self) -> str:
        return f"SigningKey({self.kid!r}, {self.alg!r})"


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key with the one algorithm for which it counts: the token's header never chooses."""

    kid: str
    alg: Alg
    public: PublicKey = field(repr=False)

    def check(self, signing_input: bytes, signature: bytes) -> None:
        """RFC 7518 §3.3, §3.4. Raise InvalidJwt unless the signature is this key's."""
        try:
            if isinstance(self.public, EllipticCurvePublicKey):
                self.public.verify(_der(signature), signing_input, _ECDSA)
            else:
                self.public.verify(signature, signing_input, _PKCS1, _SHA256)
        except InvalidSignature:
            raise InvalidJwt("signature does not verify") from None


def verify(token: str, keys: Mapping[str, VerificationKey], *, typ: frozenset[str]) -> Claims:
    """RFC 7515 §5.2, RFC 8725 §3: the claims of a token that one of `keys` signed for one of these types."""
    segments = split(token)
    header = _read_header(segments.header)
    if header.typ not in typ:
        raise InvalidJwt("token is of another type")
    key = keys.get(header.kid)
    if key is None:
        raise InvalidJwt("unknown kid")
    if header.alg != key.alg:
        raise InvalidJwt("alg is not the key's")
    key.check(segments.signing_input, segments.signature)
    return _read_payload(segments.payload)


def read_kid(token: str) -> str:
    """The `kid` that a token claims, not yet believed: on an unknown one a node reloads its keys."""
    return _read_header(split(token).header).kid


@dataclass(frozen=True, slots=True)
class _Header:
    alg: str
    kid: str
    typ: str


# A handful of headers ever occur in valid tokens; a stranger's can at most push them out of this cache.
@lru_cache(maxsize=256)
def _read_header(segment: str) -> _Header:
    header = json_object(octets(segment))
    if header.keys() != _HEADER_MEMBERS:
        raise InvalidJwt("header has other parameters than ours")
    return _Header(member(header, "alg"), member(header, "kid"), member(header, "typ"))


def _read_payload(segment: str) -> Claims:
    try:
        claims = orjson.loads(octets(segment))
    except orjson.JSONDecodeError:
        raise InvalidJwt("payload is not JSON") from None
    if not isinstance(claims, dict):
        raise InvalidJwt("payload is not a JSON object")
    return claims


def _der(signature: bytes) -> bytes:
    if len(signature) != 2 * _COORDINATE:
        raise InvalidJwt("signature has the wrong length")
    r, s = int.from_bytes(signature[:_COORDINATE], "big"), int.from_bytes(signature[_COORDINATE:], "big")
    return encode_dss_signature(r, s)
