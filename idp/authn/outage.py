"""When an upstream counts as away: a circuit breaker as pure rules. Where its state is shared is not known here.

One person's failed sign-in never declares an outage, however often they try: several browsers have to fail in a row
within a short time, and a single success ends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from idp.kernel.clock import instant


class Phase(StrEnum):
    """CLOSED: all is well. OPEN: nobody is sent there. TRIAL: an outage still, but the next visitor may try."""

    CLOSED = "closed"
    OPEN = "open"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """Settings of the rule; a failure is a connection, a time-out or a 5xx that our own call met."""

    failures: int = 5
    browsers: int = 3
    window: timedelta = timedelta(minutes=1)
    rest: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Failure:
    """`browser` is an opaque digest: it only tells one visitor from another."""

    at: datetime
    browser: str


@dataclass(frozen=True, slots=True)
class Breaker:
    """What the nodes share. `opened_at`: since when the outage holds, renewed by each failed trial."""

    failures: tuple[Failure, ...] = field(default=())
    opened_at: datetime | None = None


def phase(breaker: Breaker, now: datetime, policy: BreakerPolicy) -> Phase:
    if breaker.opened_at is None:
        return Phase.CLOSED
    return Phase.OPEN if now < breaker.opened_at + policy.rest else Phase.TRIAL


def is_outage(breaker: Breaker) -> bool:
    """Until somebody came through again: rest alone mends nothing."""
    return breaker.opened_at is not None


def after_failure(breaker: Breaker, browser: str, now: datetime, policy: BreakerPolicy) -> Breaker:
    """Count it; declare the outage where enough browsers failed often enough, or begin its rest anew."""
    recent = (*(one for one in breaker.failures if one.at > now - policy.window), Failure(now, browser))
    if breaker.opened_at is not None:
        return Breaker((), now)
    if len(recent) >= policy.failures and len({one.browser for one in recent}) >= policy.browsers:
        return Breaker((), now)
    return Breaker(recent[-policy.failures * policy.browsers :])


def after_success(_breaker: Breaker) -> Breaker:
    """One sign-in that came through: the upstream is back, and what failed before it counts no more."""
    return Breaker()


def to_json(breaker: Breaker) -> dict[str, Any]:
    return {
        "failures": [[one.at.timestamp(), one.browser] for one in breaker.failures],
        "opened_at": breaker.opened_at.timestamp() if breaker.opened_at else None,
    }


def from_json(document: Mapping[str, Any]) -> Breaker:
    opened = document["opened_at"]
    failures = tuple(Failure(instant(at), browser) for at, browser in document["failures"])
    return Breaker(failures, instant(opened) if opened is not None else None)
