"""What a stranger's browser pays for one try while an account, or the whole hub, is under attack: work, or a wait.

Work is a number whose hash begins with enough zero bits; a browser without scripts waits instead. Who is a stranger and
what is under attack is counted elsewhere; here stand only the prices and what counts as paid.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

# A price that no telephone could pay would be a lock: above this, heat changes nothing.
HOTTEST: Final = 3
_BITS_A_STEP: Final = 2
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Price:
    """About 2**bits hashes, or so many seconds from the moment the ticket was made."""

    bits: int
    wait_seconds: int


def price(bits: int, wait_seconds: int, heat: int) -> Price:
    """The first step of heat costs what the settings say; each further one four times the work, and twice the wait."""
    steps = max(0, min(heat, HOTTEST) - 1)
    return Price(bits + _BITS_A_STEP * steps, wait_seconds * 2**steps)


def is_solved(ticket: str, answer: str, bits: int) -> bool:
    """Whether SHA-256 of `ticket:answer` begins with `bits` zero bits. Total; one answer has one spelling."""
    if not (answer.isascii() and answer.isdecimal() and len(answer) <= _DIGITS):
        return False
    digest = hashlib.sha256(f"{ticket}:{answer}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest) >> (256 - bits) == 0


def seconds_left(begun: int, wait_seconds: int, now: int) -> int:
    """Until the wait is over: 0 when it is. A clock that went back makes nobody wait longer than was said."""
    return max(0, min(wait_seconds, begun + wait_seconds - now))
