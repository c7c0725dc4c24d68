"""Password hashes of ASP.NET Core Identity (versions 2 and 3), to verify once at sign-in. It never makes one."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

_PRFS: Final = {0: "sha1", 1: "sha256", 2: "sha512"}
_MAX_ITERATIONS: Final = 2_000_000
_MIN_ITERATIONS: Final = 1_000
_V2: Final = 0x00  # PBKDF2-HMAC-SHA1, 1,000 iterations, 16 bytes of salt, 32 of key
_V3: Final = 0x01  # big-endian: prf, iterations, length of the salt; then salt and key


@dataclass(frozen=True, slots=True)
class _Hash:
    prf: str
    iterations: int
    salt: bytes
    key: bytes


def is_hash(stored: str) -> bool:
    """Whether `stored` has this format, with parameters that we accept."""
    return _parse(stored) is not None


def verify(text: str, stored: str) -> bool:
    """PasswordHasher.VerifyHashedPassword of ASP.NET Core, on the UTF-8 octets of the password."""
    parsed = _parse(stored)
    if parsed is None:
        return False
    octets = text.encode("utf-8", "surrogatepass")
    derived = hashlib.pbkdf2_hmac(parsed.prf, octets, parsed.salt, parsed.iterations, len(parsed.key))
    return hmac.compare_digest(derived, parsed.key)


def _parse(stored: str) -> _Hash | None:
    try:
        octets = base64.b64decode(stored, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(octets) == 49 and octets[0] == _V2:
        return _Hash("sha1", 1_000, octets[1:17], octets[17:])
    if len(octets) < 13 or octets[0] != _V3:
        return None
    prf, iterations, salt_length = (int.from_bytes(octets[at : at + 4], "big") for at in (1, 5, 9))
    salt, key = octets[13 : 13 + salt_length], octets[13 + salt_length :]
    if prf not in _PRFS or not _MIN_ITERATIONS <= iterations <= _MAX_ITERATIONS:
        return None
    if len(salt) < 16 or not 16 <= len(key) <= 64:
        return None
    return _Hash(_PRFS[prf], iterations, salt, key)
