"""JWTs made by strangers (RFC 7523), checked against the keys that they registered. No claim rules, no fetching."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.crypto import base64url
from idp.crypto.jose import Claims, InvalidJwt, Segments, json_object, member, octets, split

_Key: TypeAlias = RSAKey | ECKey | OKPKey

_KINDS: dict[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}

# RFC 8725 §3.1, §3.2: the allow-list, with the kind of key each needs. No `none`, no HMAC, no RSA1_5 anywhere.
ALGORITHMS: dict[str, tuple[str, str | None]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "PS256": ("RSA", None),
    "RS256": ("RSA", None),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
_PUBLIC_MEMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

# A key that travels with the token proves nothing (CVE-2026-27962); an extension that must be understood is not
# (CVE-2025-59420); b64 changes what is signed (RFC 7797); zip belongs to JWE.
_REFUSED_PARAMETERS = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"})

# RFC 9864 renames EdDSA; clients write the old name for years to come, and each would warn.
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)

_ASSERTIONS = frozenset({"jwt", "client-authentication+jwt"})

_MAX_KEYS = 20
_MAX_TRIES = 5  # keys tried for an assertion without kid
_MIN_RSA_BITS = 2048
_MAX_RSA_BITS = 8192  # verification time grows with the square


class InvalidJwks(Exception):
    """A JWK Set that can't be used; the reason is fit for `invalid_client_metadata`."""


@dataclass(frozen=True, slots=True)
class ClientKey:
    """One usable public key of a client."""

    kid: str | None
    alg: str | None
    kty: str
    crv: str | None
    key: _Key = field(repr=False)

    def serves(self, alg: str) -> bool:
        """RFC 7517 §4.4: a key that names its algorithm serves no other."""
        return ALGORITHMS[alg] in ((self.kty, self.crv), (self.kty, None)) and self.alg in (None, alg)


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """A client's JWK Set, parsed once."""

    keys: tuple[ClientKey, ...]

    @classmethod
    def parse(cls, document: object) -> "ClientKeys":
        """RFC 7517 §5: keys of unknown kinds are passed over; private, symmetric or weak ones refuse the whole set."""
        listed = document.get("keys") if isinstance(document, Mapping) else None
        if not isinstance(listed, list) or not 1 <= len(listed) <= _MAX_KEYS:
            raise InvalidJwks(f"keys must be an array of 1 to {_MAX_KEYS} keys")
        keys = tuple(key for key in map(_parse_key, listed) if key is not None)
        if not keys:
            raise InvalidJwks("no key is an RSA, EC or OKP signature key")
        kids = [key.kid for key in keys if key.kid is not None]
        if len(set(kids)) != len(kids):
            raise InvalidJwks("two keys have the same kid")
        return cls(keys)

    def only(self, thumbprints: frozenset[str]) -> "ClientKeys":
        """Those of them that have one of these thumbprints (RFC 7638); perhaps none."""
        return ClientKeys(tuple(key for key in self.keys if key.key.thumbprint() in thumbprints))

    def candidates(self, alg: str, kid: str | None) -> tuple[ClientKey, ...]:
        """The key of this kid, or without one all keys that serve the algorithm."""
        serving = tuple(key for key in self.keys if key.serves(alg))
        return serving if kid is None else tuple(key for key in serving if key.kid == kid)


def verify(token: str, keys: ClientKeys, typ: str | None = None) -> Claims:
    """RFC 7523 §3 item 9, RFC 8725 §3: the claims of a token that one of the client's keys signed.

    `typ`: the one type that is expected and has to be named (RFC 8725 §3.11); None: a JWT or a client assertion.
    """
    segments = split(token)
    alg, kid = _read_header(segments, typ)
    candidates = keys.candidates(alg, kid)
    if not candidates:
        raise InvalidJwt("no registered key serves this kid and alg")
    if not any(_signed_by(token, alg, candidate.key) for candidate in candidates[:_MAX_TRIES]):
        raise InvalidJwt("signature does not verify")
    return json_object(octets(segments.payload))


def _read_header(segments: Segments, expected: str | None) -> tuple[str, str | None]:
    header = json_object(octets(segments.header))
    if not _REFUSED_PARAMETERS.isdisjoint(header):
        raise InvalidJwt("header has a parameter that is never accepted")
    alg = member(header, "alg")
    if alg not in ALGORITHMS:
        raise InvalidJwt("alg is not accepted")
    kid = member(header, "kid") if "kid" in header else None
    # RFC 8725 §3.11: another kind of token is not an assertion, however well it is signed.
    typ = member(header, "typ").casefold() if "typ" in header or expected is not None else None
    if typ is not None and typ not in (_ASSERTIONS if expected is None else {expected}):
        raise InvalidJwt("token is of another type")
    return alg, kid


def _signed_by(token: str, alg: str, key: _Key) -> bool:
    try:
        jws.deserialize_compact(token, key, algorithms=[alg])
    except (JoseError, ValueError):
        return False
    return True


def _parse_key(jwk: object) -> ClientKey | None:
    if not isinstance(jwk, Mapping):
        raise InvalidJwks("a key is not a JSON object")
    kty, crv = _text(jwk, "kty"), _text(jwk, "crv")
    if kty == "oct" or not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise InvalidJwks("a key is symmetric or private")
    if kty is None or not _is_for_signatures(jwk) or not _is_known(kty, crv):
        return None
    return ClientKey(_text(jwk, "kid"), _text(jwk, "alg"), kty, crv if kty != "RSA" else None, _import(jwk, kty))


def _is_known(kty: str, crv: str | None) -> bool:
    return kty == "RSA" or (kty, crv) in ALGORITHMS.values()


def _is_for_signatures(jwk: Mapping[str, object]) -> bool:
    """RFC 7517 §4.2, §4.3."""
    operations = jwk.get("key_ops", ["verify"])
    return jwk.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _import(jwk: Mapping[str, object], kty: str) -> _Key:
    members: dict[str, str | list[str]] = {"kty": kty}
    members |= {name: _number(jwk, name) for name in _PUBLIC_MEMBERS[kty] if name != "crv"}
    if kty != "RSA":
        members["crv"] = str(jwk["crv"])
    elif not _MIN_RSA_BITS <= _bits(str(members["n"])) <= _MAX_RSA_BITS:
        raise InvalidJwks(f"an RSA key has not {_MIN_RSA_BITS} to {_MAX_RSA_BITS} bits")
    try:
        key = _KINDS[kty].import_key(members)
        _ = key.public_key  # joserfc parses lazily; a point off the curve must be found now
    except (JoseError, ValueError, TypeError):
        raise InvalidJwks("a key is malformed") from None
    return key


def _bits(number: str) -> int:
    return int.from_bytes(base64url.decode(number), "big").bit_length()


def _number(jwk: Mapping[str, object], name: str) -> str:
    value = jwk.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 2 * _MAX_RSA_BITS:
        raise InvalidJwks(f"member {name} is missing or malformed")
    try:
        base64url.decode(value)
    except ValueError:
        raise InvalidJwks(f"member {name} is not base64url") from None
    return value


def _text(jwk: Mapping[str, object], name: str) -> str | None:
    value = jwk.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidJwks(f"member {name} is not a string")
    return value
