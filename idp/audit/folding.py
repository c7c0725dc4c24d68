"""A person's events as lines that can be read: what repeats within a day is one line. Pure."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from idp.audit import kinds
from idp.audit.event import Event

# What programs do again and again, and what a guesser does.
_REPEATS = frozenset({kinds.TOKENS_REFRESHED, kinds.USERINFO_RELEASED, kinds.SIGN_IN_FAILED})


@dataclass(frozen=True, slots=True)
class Line:
    """`event` is the newest of `count` like it, the oldest of which was at `since`; `id` is the newest one's."""

    id: int
    event: Event
    since: datetime
    count: int = 1


def fold(events: Iterable[tuple[int, Event]], day_of: Callable[[datetime], date]) -> tuple[Line, ...]:
    """The lines of these events, the newest first, as they come. A code says nothing beside the tokens it became."""
    lines: dict[Hashable, Line] = {}
    redeemed: set[str] = set()
    for event_id, event in events:
        if event.kind == kinds.CODE_ISSUED and event.grant_id in redeemed:
            continue
        key = _key(event, day_of(event.at)) if event.kind in _REPEATS else event_id
        if key in lines:
            lines[key] = replace(lines[key], since=event.at, count=lines[key].count + 1)
            continue
        lines[key] = Line(event_id, event, event.at)
        if event.kind == kinds.TOKENS_ISSUED and event.grant_id is not None:
            redeemed.add(event.grant_id)
    return tuple(lines.values())


def _key(event: Event, day: date) -> Hashable:
    claims = tuple(event.changed.get("claims") or ())
    return event.kind, day, event.client_id, event.purpose, claims, event.changed.get("method")
