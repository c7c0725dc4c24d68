"""Passwords: argon2id now, and the hashes that came from older systems. Rules of choice (length, reuse) are authn's."""

import base64
import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final

from passlib.context import CryptContext

from idp.crypto import aspnet_identity
from idp.kernel.secret import Secret

MAX_BYTES: Final = 1024

# Salted, iterated, of SHA-1 or better, with 1,000 rounds or more: these may be imported, and are replaced at the next
# sign-in. Everything else (plain, LDAP digests, md5_crypt, DES, LM/NTLM) is refused: those accounts get a new password.
_IMPORTED: Final = ("bcrypt", "pbkdf2_sha256", "pbkdf2_sha512", "sha512_crypt", "sha256_crypt", "django_pbkdf2_sha256")

# Spring Security, Dovecot and OpenLDAP name the scheme in braces before the same hash, Django writes argon2 before it.
_PREFIX: Final = re.compile(
    r"\{(?:bcrypt|argon2|argon2@SpringSecurity_v5_8|argon2id|blf-crypt|sha512-crypt|sha256-crypt|crypt)\}(?=\$)"
    r"|argon2(?=\$argon2)",
    re.IGNORECASE,
)

# An imported hash may not decide how long we work: each limit is under about a second.
_MAX_LENGTH: Final = 512
_MAX_ROUNDS: Final = {
    "bcrypt": 14,
    "pbkdf2_sha256": 3_000_000,
    "pbkdf2_sha512": 2_000_000,
    "sha512_crypt": 1_000_000,
    "sha256_crypt": 1_000_000,
    "django_pbkdf2_sha256": 3_000_000,
}
_MIN_ROUNDS: Final = 1_000  # bcrypt counts doublings instead
_MAX_MEMORY_KIB: Final = 131_072
_MAX_TIME_COST: Final = 10

_ASPNET: Final = "aspnet_identity"


class UnusablePassword(Exception):
    """Nothing that could be hashed: empty, longer than 1,024 bytes, or not text."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right, and whether its hash should be replaced while it is at hand."""

    ok: bool
    needs_upgrade: bool


WRONG: Final = Verdict(ok=False, needs_upgrade=False)


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """RFC 9106 parameters: 19 MiB, two passes, one lane (about 27 ms), the OWASP minimum that a core can serve."""

    memory_kib: int = 19_456
    time_cost: int = 2
    parallelism: int = 1


class PasswordHash:
    """Hash and verify, in the calling thread: `PasswordWorkers` keeps it away from the loop."""

    def __init__(self, cost: Argon2Cost = Argon2Cost()) -> None:
        self._context = CryptContext(
            schemes=["argon2", *_IMPORTED],
            deprecated=list(_IMPORTED),
            argon2__type="ID",
            argon2__memory_cost=cost.memory_kib,
            argon2__time_cost=cost.time_cost,
            argon2__parallelism=cost.parallelism,
        )
        self._decoy = _decoy(cost)

    def hash(self, password: Secret) -> str:
        """The argon2id hash in PHC form. Raises UnusablePassword."""
        text = canonical(password.reveal())
        if text is None:
            raise UnusablePassword
        hashed: str = self._context.hash(text)
        return hashed

    def verify(self, password: Secret, stored: str) -> Verdict:
        """Total: an unknown or unaffordable format is simply not the password's hash."""
        text = canonical(password.reveal())
        bare = _PREFIX.sub("", stored, count=1) if _PREFIX.match(stored) else stored
        scheme = self._scheme(bare)
        if text is None or scheme is None:
            return WRONG
        spellings = [text] if scheme == "argon2" else _spellings(password.reveal(), text)
        if not any(self._matches(spelling, bare, scheme) for spelling in spellings):
            return WRONG
        return Verdict(ok=True, needs_upgrade=bare != stored or self._is_outdated(bare, scheme))

    def dummy_verify(self, password: Secret) -> Verdict:
        """The work of a verification for an account that does not exist, so that time tells nothing; always wrong."""
        self.verify(password, self._decoy)
        return WRONG

    def is_importable(self, stored: str) -> bool:
        """Whether `verify` could ever accept this hash: asked when people are imported, not first at their sign-in."""
        return self._scheme(_PREFIX.sub("", stored, count=1) if _PREFIX.match(stored) else stored) is not None

    def _scheme(self, bare: str) -> str | None:
        if len(bare) > _MAX_LENGTH or not bare.isascii():
            return None
        if aspnet_identity.is_hash(bare):
            return _ASPNET
        scheme: str | None = self._context.identify(bare)
        return scheme if scheme is not None and self._is_affordable(bare, scheme) else None

    def _is_affordable(self, bare: str, scheme: str) -> bool:
        try:
            parsed = self._context.handler(scheme).from_string(bare)
        except (ValueError, TypeError):
            return False
        if scheme == "argon2":
            costs = (parsed.memory_cost <= _MAX_MEMORY_KIB, parsed.rounds <= _MAX_TIME_COST, parsed.parallelism <= 16)
            return all(costs)
        return bool((scheme == "bcrypt" or parsed.rounds >= _MIN_ROUNDS) and parsed.rounds <= _MAX_ROUNDS[scheme])

    def _matches(self, text: str, bare: str, scheme: str) -> bool:
        if scheme == _ASPNET:
            return aspnet_identity.verify(text, bare)
        try:
            # bcrypt itself reads 72 bytes and no more; its library has come to refuse what older ones cut off.
            octets = text.encode("utf-8")[:72] if scheme == "bcrypt" else text.encode("utf-8")
            return bool(self._context.verify(octets, bare))
        except (ValueError, TypeError):  # a null byte under bcrypt, or a hash malformed within
            return False

    def _is_outdated(self, bare: str, scheme: str) -> bool:
        return scheme == _ASPNET or bool(self._context.needs_update(bare))


def canonical(password: str) -> str | None:
    """RFC 8265 §4.2 (OpaqueString): spaces become U+0020, then NFC, so that a name typed as `ê` or as `e` + `^` is one.

    None where nothing can be hashed: empty, more than 1,024 bytes, or lone surrogates.
    """
    # Before normalising, which takes time of its own: NFD has at most as many code points as NFC has bytes.
    if not 0 < len(password) <= MAX_BYTES:
        return None
    text = unicodedata.normalize("NFC", "".join(" " if unicodedata.category(c) == "Zs" else c for c in password))
    try:
        return text if len(text.encode("utf-8")) <= MAX_BYTES else None
    except UnicodeEncodeError:
        return None


def _spellings(typed: str, text: str) -> list[str]:
    """An older system hashed what its browser sent: composed, decomposed, or as typed."""
    return list(dict.fromkeys((text, typed, unicodedata.normalize("NFD", typed))))


def _decoy(cost: Argon2Cost) -> str:
    """A well-formed hash that no password has: random salt and tag."""
    salt, tag = (base64.b64encode(secrets.token_bytes(n)).rstrip(b"=").decode("ascii") for n in (16, 32))
    return f"$argon2id$v=19$m={cost.memory_kib},t={cost.time_cost},p={cost.parallelism}${salt}${tag}"
