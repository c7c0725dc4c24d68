"""One-time codes by SMS and e-mail: how long one counts, how many guesses it bears, and when the next may be sent.

Restricted factors (NIST SP 800-63B §3.1.3.3): a number is moved to another card, a message is read on another screen.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

from idp.kernel.clock import epoch, instant

DIGITS = 6


class Channel(StrEnum):
    """Where a code goes; the values are those of the notices' channels."""

    SMS = "sms"
    EMAIL = "email"


class CodePurpose(StrEnum):
    """What a code was sent for: it counts for nothing else."""

    SIGN_IN = "sign_in"
    ENROL = "enrol"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class CodePolicy:
    """NIST SP 800-63B §3.1.3.2: ten minutes at most. Of a million codes five are guessed at before one is void."""

    lifetime: timedelta = timedelta(minutes=10)
    tries: int = 5
    resend_after: timedelta = timedelta(seconds=60)
    # To one person, and to one address whoever bears it: messages cost the province, and wake people.
    in_an_hour: int = 6
    # So that whoever guesses at one account day and night has seventy-five guesses a day, of a million.
    in_a_day: int = 15

    @classmethod
    def lenient(cls) -> "CodePolicy":
        """For the sandbox, where a hundred tests share a few people."""
        return cls(resend_after=timedelta(seconds=2), in_an_hour=1000, in_a_day=10_000)


class Verdict(Enum):
    """SPENT: the right code, but a request of a moment before used it: a double click, not a guess."""

    RIGHT = "right"
    SPENT = "spent"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a code that was sent: a keyed digest, never the code."""

    digest: bytes
    ends_at: datetime
    tries: int = 0
    spent: bool = False


def judge(kept: Kept, typed: bytes, now: datetime, policy: CodePolicy) -> tuple[Verdict, Kept | None]:
    """What a guess is worth, and what to keep instead; None: nothing changes. `typed` is the guess's digest."""
    if now >= kept.ends_at or kept.tries >= policy.tries:
        return Verdict.WRONG, None
    if not hmac.compare_digest(kept.digest, typed):
        return Verdict.WRONG, replace(kept, tries=kept.tries + 1)
    if kept.spent:
        return Verdict.SPENT, None
    return Verdict.RIGHT, replace(kept, spent=True)


def is_code(text: str) -> bool:
    """Anything else is refused without being a guess."""
    return len(text) == DIGITS and text.isascii() and text.isdecimal()


def to_json(kept: Kept) -> dict[str, Any]:
    """Exact to the second."""
    return {"digest": kept.digest.hex(), "ends_at": epoch(kept.ends_at), "tries": kept.tries, "spent": kept.spent}


def from_json(document: Mapping[str, Any]) -> Kept:
    digest, ends_at = bytes.fromhex(document["digest"]), instant(document["ends_at"])
    return Kept(digest, ends_at, document["tries"], document["spent"])
