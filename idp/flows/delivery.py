"""What every kind of message in the outbox has in common: how an attempt ends, and what may follow it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from idp.flows.hall import Hall
from idp.storage.outbox import Leased


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Another message that a delivery leads to, such as the question what became of it."""

    kind: str
    receiver: str
    payload: bytes = field(repr=False)
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is the other side's word for yes; without it the message waits, or is given up where `final`."""

    status: int | None = None
    reason: str = ""
    final: bool = False
    then: FollowUp | None = None


# One attempt. It may raise: the lease runs out, and the message is taken up again.
Carrier: TypeAlias = Callable[[Hall, Leased, datetime], Awaitable[Outcome]]
