"""Rules of a recovery: how long it waits, until when it may be finished, and for how long what it replaced is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class RecoveryPolicy:
    """`cooling` is the time in which the true owner may say no; a setting. The rest stands fast."""

    cooling: timedelta = timedelta(days=1)
    # From the end of the cooling-off on: whoever started it comes back within a week.
    finish_within: timedelta = timedelta(days=7)
    # How long one proof counts on the way to the second.
    proof_age: timedelta = timedelta(hours=1)


class State(StrEnum):
    """A recovery is begun once, and ends in one of the others."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"


class Phase(StrEnum):
    """COOLING: the owner may still say no. DUE: it may be finished. OVER: finished, stopped or never fetched."""

    COOLING = "cooling"
    DUE = "due"
    OVER = "over"


# What was replaced can come back for as long: whoever was away for a month still undoes a thief's work.
SUSPENDED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Recovery:
    """`browser` is a digest that tells the browser which may finish it; times are UTC."""

    id: str
    person_id: str
    state: State
    begun_at: datetime
    due_at: datetime
    ends_at: datetime
    browser: bytes


def phase(recovery: Recovery, now: datetime) -> Phase:
    """A clock that jumps back only makes it wait: what is not due is cooling."""
    if recovery.state is not State.RUNNING or now >= recovery.ends_at:
        return Phase.OVER
    return Phase.DUE if now >= recovery.due_at else Phase.COOLING
