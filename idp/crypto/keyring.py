"""Signing keys in memory, parsed once: who signs now, who verifies, and the published documents as prebuilt bytes."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from joserfc.jwk import ECKey, RSAKey

from idp.crypto import base64url
from idp.crypto.field_encryption import Undecryptable, Vault
from idp.crypto.jwk import Alg
from idp.crypto.jwt import SigningKey, VerificationKey
from idp.crypto.signing_keys import MAY_SIGN, KeyRecord, KeyState, sealing_context, signer_of
from idp.kernel.clock import epoch

_PUBLISHED: Final = frozenset({KeyState.PENDING, KeyState.ACTIVE, KeyState.RETIRED})
_PAST: Final = frozenset({KeyState.RETIRED, KeyState.HISTORY, KeyState.COMPROMISED})

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class NoSigningKey(Exception):
    """No key of this algorithm signs at this instant: the rotation has never run, or all are compromised."""


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes ready to send, with their strong entity tag (RFC 9110 §8.8.3)."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class _Term:
    """A key and the span in which it is the one that signs: as long as the ring stays, the answer does too."""

    key: SigningKey
    begins: datetime
    ends: datetime


class KeyRing:
    """One loading of the key table. A reload makes a new ring and hands over the keys already parsed."""

    def __init__(self, records: Iterable[KeyRecord], signing_keys: Mapping[str, SigningKey]) -> None:
        self._records = sorted(records, key=lambda r: (r.alg, r.activates_at, r.kid))
        self.signing_keys = signing_keys
        self._terms: dict[Alg, _Term] = {}
        # Tokens in use verify under published keys; a hint at logout may be older (RP-Initiated Logout 1.0 §2).
        self.token_keys = self._verification(_PUBLISHED)
        self.hint_keys = {**self._verification(frozenset({KeyState.HISTORY})), **self.token_keys}
        self.compromised = frozenset(r.kid for r in self._records if r.state is KeyState.COMPROMISED)
        self._jwks = _document([dict(r.public_jwk) for r in self._records if r.state in _PUBLISHED])
        self._history = _document([_historical(r) for r in self._records if r.state in _PAST])

    @classmethod
    def load(cls, records: Iterable[KeyRecord], vault: Vault, previous: "KeyRing | None" = None) -> "KeyRing":
        """Open what may sign. Raises Undecryptable when the key folder is not the one that sealed these rows."""
        rows = list(records)
        parsed = previous.signing_keys if previous is not None else {}
        return cls(rows, {r.kid: parsed.get(r.kid) or _open(r, vault) for r in rows if r.state in MAY_SIGN})

    def signer(self, alg: Alg, now: datetime) -> SigningKey:
        """The one key of this algorithm that signs at `now`, whatever state is stored yet."""
        term = self._terms.get(alg)
        if term is None or not term.begins <= now < term.ends:
            term = self._terms[alg] = self._term(alg, now)
        return term.key

    def knows(self, kid: str) -> bool:
        """Whether this loading has seen the key at all; on an unknown one a node reloads."""
        return any(r.kid == kid for r in self._records)

    def jwks_document(self) -> Document:
        """RFC 7517 §5: every key that signs, is about to, or signed tokens still in use."""
        return self._jwks

    def history_document(self) -> Document:
        """Keys that sign no more, in the form of OpenID Federation 1.0 §8.7 (historical keys)."""
        return self._history

    def _term(self, alg: Alg, now: datetime) -> "_Term":
        record = signer_of(self._records, alg, now)
        if record is None:
            raise NoSigningKey(alg)
        later = (r.activates_at for r in self._records if r.alg == alg and r.activates_at > now)
        return _Term(self.signing_keys[record.kid], record.activates_at, min(later, default=_NEVER))

    def _verification(self, states: frozenset[KeyState]) -> Mapping[str, VerificationKey]:
        return {r.kid: _verification_key(r, self.signing_keys) for r in self._records if r.state in states}


def _open(record: KeyRecord, vault: Vault) -> SigningKey:
    if record.sealed_private is None:
        raise Undecryptable("a key that may sign has no private half")
    der = vault.open_(record.sealed_private, sealing_context(record.kid))
    # Authenticated by the seal, so checking the primes again (43 ms) would protect nobody.
    private = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private, EllipticCurvePrivateKey | RSAPrivateKey):
        raise Undecryptable("a sealed key is neither EC nor RSA")
    return SigningKey(record.kid, private)


def _verification_key(record: KeyRecord, signing: Mapping[str, SigningKey]) -> VerificationKey:
    own = signing.get(record.kid)
    if own is not None:
        return own.verification_key()
    kind = ECKey if record.alg == "ES256" else RSAKey
    return VerificationKey(record.kid, record.alg, kind.import_key(dict(record.public_jwk)).public_key)


def _historical(record: KeyRecord) -> dict[str, object]:
    ended = record.compromised_at or record.retired_at or record.activates_at
    entry: dict[str, object] = {**record.public_jwk, "iat": epoch(record.created_at), "exp": epoch(ended)}
    if record.compromised_at is not None:
        entry["revoked"] = {"revoked_at": epoch(record.compromised_at), "reason": "compromised"}
    return entry


def _document(keys: list[dict[str, object]] | list[dict[str, str]]) -> Document:
    body = orjson.dumps({"keys": keys})
    return Document(body, f'"{base64url.encode(hashlib.sha256(body).digest()[:16])}"')
