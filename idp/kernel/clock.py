"""Time comes in by the door: one reading per request, handed down as `now`."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]

# One fixed offset since 1975, so no time-zone database is needed.
VIET_NAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


def system_clock() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00:00Z: NumericDate of RFC 7519 §2, fractions dropped."""
    return int(instant.timestamp())


def instant(seconds: float) -> datetime:
    """The aware instant of a NumericDate."""
    return datetime.fromtimestamp(seconds, UTC)


def day_of(moment: datetime) -> date:
    """The calendar day in Viet Nam."""
    return moment.astimezone(VIET_NAM).date()
