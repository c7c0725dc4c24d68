"""Time comes in by the door: one reading per request, handed down as `now`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def system_clock() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00:00Z: NumericDate of RFC 7519 §2, fractions dropped."""
    return int(instant.timestamp())


def instant(seconds: float) -> datetime:
    """The aware instant of a NumericDate."""
    return datetime.fromtimestamp(seconds, UTC)
