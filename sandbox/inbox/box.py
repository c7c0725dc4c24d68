"""The messages, in memory, the newest first, and the faults that are switched on."""

from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

_KEPT = 1000
# A real network takes a moment until it reports.
_UNDERWAY = timedelta(seconds=1)


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class Fault(StrEnum):
    """What the other world does wrong on purpose."""

    NONE = "none"
    REFUSE = "refuse"
    ERROR = "500"
    SLOW = "slow"
    # SMS alone: accepted, and reported as not delivered.
    UNDELIVERABLE = "undeliverable"


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is the sender's; `text` is what a person reads."""

    id: str
    channel: Channel
    to: str
    text: str
    at: datetime
    subject: str = ""
    html: str = ""
    undeliverable: bool = False

    def state(self, now: datetime) -> str:
        """What a delivery report says at this moment."""
        if now - self.at < _UNDERWAY:
            return "accepted"
        return "undeliverable" if self.undeliverable else "delivered"

    def told(self, now: datetime) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "channel": self.channel.value, "at": self.at.isoformat(), "state": self.state(now)}


class Box:
    """Everything that arrived since the start, up to a limit."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque(maxlen=_KEPT)
        self.faults: dict[Channel, Fault] = dict.fromkeys(Channel, Fault.NONE)

    def put(self, message: Message) -> None:
        """An id that is here already is the same message again."""
        if self.find(message.channel, message.id) is None:
            self._messages.appendleft(message)

    def find(self, channel: Channel, message_id: str) -> Message | None:
        return next((one for one in self._messages if (one.channel, one.id) == (channel, message_id)), None)

    def list(self, to: str | None = None, channel: str | None = None) -> list[Message]:
        return [one for one in self._messages if to in (None, one.to) and channel in (None, one.channel.value)]

    def clear(self) -> None:
        self._messages.clear()


def clock() -> datetime:
    return datetime.now(UTC)
