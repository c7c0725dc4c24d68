"""The printed code card: forty codes by number, one asked for at a time; and what a PIN beside it may be.

The number asked for stays the same until it is answered: whoever saw a few codes of a card does not get to choose.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum
from itertools import pairwise

HOW_MANY = 40
DIGITS = 8
SHORTEST_PIN, LONGEST_PIN = 6, 8


class PinWeakness(Enum):
    """Why a PIN is not taken; the value is the end of its key."""

    FORM = "form"
    RUN = "run"
    REPEATED = "repeated"
    BIRTHDATE = "birthdate"


def asked_for(left: Sequence[int], draw: int) -> int:
    """The number to ask for. `draw` is secret, and the same until a code was used."""
    return left[draw % len(left)]


def pin_weakness(pin: str, birthdate: object = None) -> PinWeakness | None:
    """The first thing to say about it. `birthdate` is ISO 8601 (OpenID Connect Core §5.1), if it is known."""
    if not (SHORTEST_PIN <= len(pin) <= LONGEST_PIN and pin.isascii() and pin.isdecimal()):
        return PinWeakness.FORM
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in ({1}, {9}):
        return PinWeakness.RUN
    if len(set(pin)) < 3 or any(_repeats(pin, period) for period in range(1, len(pin) // 2 + 1)):
        return PinWeakness.REPEATED
    return PinWeakness.BIRTHDATE if any(day in pin for day in _as_typed(birthdate)) else None


def _repeats(pin: str, period: int) -> bool:
    return pin == (pin[:period] * len(pin))[: len(pin)]


def _as_typed(birthdate: object) -> Iterable[str]:
    """A birthday as people type it, in six figures and in eight."""
    try:
        day = date.fromisoformat(birthdate if isinstance(birthdate, str) else "")
    except ValueError:
        return ()
    d, m, y = f"{day.day:02}", f"{day.month:02}", f"{day.year:04}"
    return (d + m + y, d + m + y[2:], m + d + y[2:], y + m + d, y[2:] + m + d, f"{day.day}{day.month}{y}")
