"""Whether an address still proves who reads it: numbers are given to others, mailboxes are left behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """`longest_silence`: since control was last proven. `undeliverable`: messages in a row that came back."""

    longest_silence: timedelta = timedelta(days=400)
    undeliverable: int = 3


def is_dead(proven_at: datetime | None, dead_at: datetime | None) -> bool:
    """Declared dead, and control was not proven again since: nothing is sent there any more."""
    return dead_at is not None and (proven_at is None or proven_at <= dead_at)


def still_proves(proven_at: datetime | None, dead_at: datetime | None, now: datetime, policy: ChannelPolicy) -> bool:
    """Whether a code sent there says anything about the person. What was never proven never does."""
    if proven_at is None or is_dead(proven_at, dead_at):
        return False
    return now - proven_at <= policy.longest_silence
