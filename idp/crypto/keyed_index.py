"""Finding a person by a value that is stored encrypted: a keyed digest. Bringing values to one form is identity's."""

import hmac

from idp.kernel.secret import Digest


class KeyedIndex:
    """HMAC-SHA256 (RFC 2104) under a key outside the database: a dump can't be searched by trying all numbers."""

    __slots__ = ("_key",)

    def __init__(self, index_key: bytes) -> None:
        self._key = index_key

    def digest(self, kind: str, value: str) -> Digest:
        """The whole 32 bytes. `kind` separates: a phone number never meets an equal-looking identity number."""
        name = kind.encode("utf-8", "surrogatepass")
        # The length in front makes (kind, value) unambiguous; a stranger's value may hold lone surrogates.
        message = len(name).to_bytes(2, "big") + name + value.encode("utf-8", "surrogatepass")
        return Digest(hmac.digest(self._key, message, "sha256"))

    def __repr__(self) -> str:
        return "KeyedIndex()"
