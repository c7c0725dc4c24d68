"""Personal data at rest: a data key per person wrapped by a key-encryption key, AES-256-GCM throughout. No storage."""

import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idp.crypto.root_keys import KEY_BYTES, derive

WrappedKey = NewType("WrappedKey", bytes)

_NONCE: Final = 12
_TAG: Final = 16
_FIELD: Final = b"\x01"
_SEALED: Final = b"\x02"
_WRAPPED: Final = b"\x03"
_DATA_KEY: Final = "data-key"


class Undecryptable(Exception):
    """The one outcome of a ciphertext that is mutated, moved, truncated or under a key that we do not hold."""


class DataKey:
    """One person's key. Whoever destroys its wrapped form has erased every field of that person."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def encrypt(self, plaintext: bytes, *, context: str) -> bytes:
        """`context` names row and field ("person:<id>:phone_number"): elsewhere the ciphertext does not open."""
        nonce = secrets.token_bytes(_NONCE)
        return _FIELD + nonce + self._cipher.encrypt(nonce, plaintext, _FIELD + _octets(context))

    def decrypt(self, ciphertext: bytes, *, context: str) -> bytes:
        """Raise Undecryptable unless this key made `ciphertext` for this context."""
        if len(ciphertext) < 1 + _NONCE + _TAG or ciphertext[:1] != _FIELD:
            raise Undecryptable("not a field ciphertext")
        return _open(self._cipher, ciphertext[1:], _FIELD + _octets(context))

    def __repr__(self) -> str:
        return "DataKey()"


class Vault:
    """The key-encryption keys at work. A key store in hardware takes this class's place with the same methods."""

    def __init__(self, keks: Mapping[str, bytes], active_kek: str, *, cached_keys: int = 10_000) -> None:
        # Wrapping and sealing are two uses, so each has a key of its own (NIST SP 800-57 part 1 §5.2).
        self._wrapping = {kek: AESGCM(derive(key, "kek-wrap")) for kek, key in keks.items()}
        self._sealing = {kek: AESGCM(derive(key, "kek-seal")) for kek, key in keks.items()}
        self._active = active_kek
        self._unwrapped = lru_cache(maxsize=cached_keys)(self._unwrap)

    def new_data_key(self) -> WrappedKey:
        """A fresh data key, wrapped: what stands in the person's row."""
        return WrappedKey(self._enclose(self._wrapping, _WRAPPED, secrets.token_bytes(KEY_BYTES), _DATA_KEY))

    def unwrap(self, blob: bytes) -> DataKey:
        """The data key of a wrapped blob; a bounded number of them stays parsed."""
        return self._unwrapped(blob)

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """For records that belong to no person (private signing keys, outbox payloads, session addresses).

        Nonces are random, so one key-encryption key must not seal more than 2**32 records (NIST SP 800-38D §8.3):
        about twenty years at half a million a day; a new key starts anew.
        """
        return self._enclose(self._sealing, _SEALED, plaintext, context)

    def open_(self, blob: bytes, context: str) -> bytes:
        """Raise Undecryptable unless we sealed `blob` for this context."""
        return self._disclose(self._sealing, _SEALED, blob, context)

    def is_current(self, blob: bytes) -> bool:
        """Whether a wrapped key or sealed record is under the active key-encryption key already."""
        kind = blob[:1]
        if kind not in (_WRAPPED, _SEALED):
            raise Undecryptable("not an envelope")
        return _kek_of(kind, blob)[0] == self._active

    def rewrap(self, blob: bytes) -> WrappedKey:
        """The same data key under the active key-encryption key; the person's fields stay as they are."""
        key = self._disclose(self._wrapping, _WRAPPED, blob, _DATA_KEY)
        return WrappedKey(self._enclose(self._wrapping, _WRAPPED, key, _DATA_KEY))

    def reseal(self, blob: bytes, context: str) -> bytes:
        """The same record under the active key-encryption key."""
        return self.seal(self.open_(blob, context), context)

    def forget_data_keys(self) -> None:
        """Drop every unwrapped key from memory, after an erasure."""
        self._unwrapped.cache_clear()

    def _unwrap(self, blob: bytes) -> DataKey:
        return DataKey(self._disclose(self._wrapping, _WRAPPED, blob, _DATA_KEY))

    def _enclose(self, ciphers: Mapping[str, AESGCM], kind: bytes, plaintext: bytes, context: str) -> bytes:
        kek, nonce = self._active.encode("ascii"), secrets.token_bytes(_NONCE)
        head = kind + bytes((len(kek),)) + kek
        return head + nonce + ciphers[self._active].encrypt(nonce, plaintext, head + _octets(context))

    def _disclose(self, ciphers: Mapping[str, AESGCM], kind: bytes, blob: bytes, context: str) -> bytes:
        kek, length = _kek_of(kind, blob)
        cipher = ciphers.get(kek)
        if cipher is None:
            raise Undecryptable("under a key-encryption key that is not in the key folder")
        return _open(cipher, blob[length:], blob[:length] + _octets(context))


def _kek_of(kind: bytes, blob: bytes) -> tuple[str, int]:
    """The key-encryption key's id and the length of the head that names it."""
    length = 2 + blob[1] if len(blob) > 1 else 0
    if blob[:1] != kind or len(blob) < length + _NONCE + _TAG:
        raise Undecryptable("not an envelope of this kind")
    return blob[2:length].decode("ascii", "replace"), length


def _open(cipher: AESGCM, sealed: bytes, associated: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], associated)
    except InvalidTag:
        raise Undecryptable("authentication failed") from None


def _octets(context: str) -> bytes:
    return context.encode("utf-8", "surrogatepass")
