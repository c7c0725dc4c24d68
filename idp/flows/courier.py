"""One worker for everything in the outbox: leases what is due, sends it, marks what became of it. One line for a kind.

A receiver that does not answer, be it a service or the mail server, holds up its own messages and nobody else's.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from idp.flows import backchannel, delivery_reports, message_codes, notices, security_events
from idp.flows.delivery import Carrier, Outcome
from idp.flows.hall import Hall
from idp.storage.outbox import Leased

CARRIERS: Final[Mapping[str, Carrier]] = {
    backchannel.KIND: backchannel.attempt,
    notices.EMAIL_KIND: delivery_reports.email,
    notices.SMS_KIND: delivery_reports.sms,
    notices.REPORT_KIND: delivery_reports.sms_report,
    message_codes.EMAIL_KIND: message_codes.attempt_email,
    message_codes.SMS_KIND: message_codes.attempt_sms,
    security_events.PUSH_KIND: security_events.push,
    security_events.POLL_KIND: security_events.not_fetched,
}
_log = logging.getLogger(__name__)
_BATCH: Final = 20
_MOST_ON_THEIR_WAY: Final = 64
_LEASE: Final = timedelta(seconds=60)
_ATTEMPTS: Final = 12
_FIRST_WAIT: Final = timedelta(seconds=2)
_LONGEST_WAIT: Final = timedelta(hours=1)


class Courier:
    """What this process has on its way."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._on_their_way: set[asyncio.Task[None]] = set()

    async def send_due(self, now: datetime) -> int:
        """Take up what is due, as much as there is room for, without waiting for any answer; returns how many."""
        room = min(_BATCH, _MOST_ON_THEIR_WAY - len(self._on_their_way))
        if room <= 0:
            return 0
        async with self._hall.db.unaudited_tx() as tx:
            leased = await tx.outbox.lease(now, room, _LEASE)
        for message in leased:
            task = asyncio.create_task(self._carry(message, now))
            self._on_their_way.add(task)
            task.add_done_callback(self._arrived)
        return len(leased)

    async def settle(self) -> None:
        """Wait for everything that is on its way: at the end of the process, before the stores are closed."""
        while self._on_their_way:
            await asyncio.wait(self._on_their_way)

    async def _carry(self, message: Leased, now: datetime) -> None:
        try:
            await _deliver(self._hall, message, now)
        except Exception as failure:  # noqa: BLE001 - the lease runs out, and the message is taken up again
            _log.warning("a %s message waits: %s", message.kind, type(failure).__name__)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._on_their_way.discard(task)
        # There is room again, and the next message for the same receiver may go.
        self._hall.outbox_due.set()


async def _deliver(hall: Hall, message: Leased, now: datetime) -> None:
    carrier = CARRIERS.get(message.kind)
    outcome = await carrier(hall, message, now) if carrier else Outcome(reason="kind_unknown", final=True)
    async with hall.db.unaudited_tx() as tx:
        if outcome.status is None:
            again = None if outcome.final or message.attempts >= _ATTEMPTS else now + wait_after(message.attempts)
            await tx.outbox.failed(message.id, message.fence, now, again, outcome.reason)
        elif await tx.outbox.delivered(message.id, message.fence, now, outcome.status) and outcome.then:
            then = outcome.then
            await tx.outbox.put(then.kind, then.receiver, then.payload, now, due_at=now + then.wait)


def wait_after(attempts: int) -> timedelta:
    """Doubling, bounded: 2 s, 4 s, 8 s … 1 h."""
    doublings = min(max(0, attempts - 1), 20)
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)
