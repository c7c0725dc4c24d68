"""Secrets have a type: they never print, they compare in constant time, and only their digest is stored."""

import base64
import hashlib
import hmac
import secrets


class Secret:
    """A bearer value (code, token, client secret, cookie). `reveal()` is the only way to its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def digest(self) -> "Digest":
        # Values from a stranger may hold lone surrogates; they must hash, not crash.
        return Digest(hashlib.sha256(self._text.encode("utf-8", "surrogatepass")).digest())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.digest().same(other.digest())

    def __hash__(self) -> int:
        return hash(self.digest())

    def __repr__(self) -> str:
        return "Secret()"

    __str__ = __repr__


class Digest(bytes):
    """SHA-256 of a secret: what is stored and searched, 32 bytes."""

    __slots__ = ()

    def same(self, other: bytes) -> bool:
        """Constant-time equality."""
        return hmac.compare_digest(self, other)


def new_digits(count: int) -> Secret:
    """So many random decimal digits, each code as likely as any other, those that begin with 0 too."""
    return Secret(f"{secrets.randbelow(10**count):0{count}d}")


def new_secret(bits: int = 256) -> Secret:
    """A fresh random secret, base64url without padding."""
    return Secret(base64.urlsafe_b64encode(secrets.token_bytes(bits // 8)).rstrip(b"=").decode("ascii"))
