"""Questions that waited for a register are asked again by whichever node comes first, and their waiters go on."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from idp.flows import register_check, verify_by_register
from idp.flows.hall import Hall
from idp.flows.register_check import Resume
from idp.kernel.clock import Clock

# One line for each kind of waiter: what it does with the answer, in the transaction that stores it.
WAITERS: Final[Mapping[str, Callable[[Hall], Resume]]] = {verify_by_register.WAITER: verify_by_register.resume}


async def ask_waiting(hall: Hall, clock: Clock, stop: asyncio.Event) -> None:
    """Until nothing is due, the register does not answer, or the node stops: its leases then end by themselves."""
    waiters = {kind: resume(hall) for kind, resume in WAITERS.items()}
    while not stop.is_set() and await register_check.ask_due(hall, waiters, clock()):
        pass
