"""What was true of a person, and from when: names, numbers, addresses; and who told us, and when.

Three dates are kept apart: since when it holds (`valid_from`), when the source came to know (`known_at`) and when it
was written down here (`recorded_at`). Days may be before 1970, and may be a year alone.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from idp.kernel.errors import Refusal

_DAY: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}-[0-9]{2})?", re.ASCII)


class Kept(StrEnum):
    NAME = "name"
    NUMBER = "number"
    # What they bore before: it tells that two records are one person, and signs nobody in.
    OLD_NUMBER = "old_number"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Entry:
    """`value` is personal, so it does not show. `struck_at`: the event that brought it was reversed."""

    id: str
    kind: Kept
    source: str
    recorded_at: datetime
    known_at: datetime
    value: Mapping[str, Any] = field(repr=False)
    # None: since nobody knows when, thus before everything that has a day.
    valid_from: str | None = field(default=None, repr=False)
    event_id: str | None = None
    struck_at: datetime | None = None


def day(text: str) -> str:
    """`YYYY-MM-DD` or `YYYY`, as OpenID Connect Core §5.1 writes a birthdate. Raises Refusal."""
    if not _DAY.fullmatch(text):
        raise Refusal("history_day")
    try:
        date.fromisoformat(text if len(text) > len("1958") else f"{text}-01-01")
    except ValueError:
        raise Refusal("history_day") from None
    return text


def standing(entries: Iterable[Entry], kind: Kept) -> tuple[Entry, ...]:
    """What counts, the oldest first. Of two of one day the one that was written down later stands behind."""
    found = (entry for entry in entries if entry.kind is kind and entry.struck_at is None)
    return tuple(sorted(found, key=lambda entry: (entry.valid_from or "", entry.recorded_at)))


def current(entries: Iterable[Entry], kind: Kept) -> Entry | None:
    """What holds now: what became true last, not what was heard last."""
    return next(reversed(standing(entries, kind)), None)


def on(entries: Iterable[Entry], kind: Kept, that_day: date) -> Entry | None:
    """What held on a day, as far as is known today. An entry of a year alone holds from its first day on."""
    begun = (entry for entry in standing(entries, kind) if (entry.valid_from or "") <= that_day.isoformat())
    return next(reversed(tuple(begun)), None)


def as_recorded(entries: Iterable[Entry], moment: datetime) -> tuple[Entry, ...]:
    """What stood here at a moment of the past: what was written or struck later is undone."""
    return tuple(
        entry
        for entry in entries
        if entry.recorded_at <= moment and (entry.struck_at is None or entry.struck_at > moment)
    )
