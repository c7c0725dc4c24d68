"""Questions that waited for a register are asked again by whichever node comes first, and their waiters go on."""

from collections.abc import Mapping
from typing import Final

from idp.flows import register_check
from idp.flows.hall import Hall
from idp.flows.register_check import Resume
from idp.kernel.clock import Clock

# One line for each kind of waiter: what it does with the answer, in the transaction that stores it.
WAITERS: Final[Mapping[str, Resume]] = {}


async def ask_waiting(hall: Hall, clock: Clock) -> None:
    """Until nothing is due, or the register does not answer."""
    while await register_check.ask_due(hall, WAITERS, clock()):
        pass
