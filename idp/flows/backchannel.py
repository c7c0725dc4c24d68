"""Back-channel logout from the outbox: announced in the transaction that ends the session, delivered with retries.

OpenID Connect Back-Channel Logout 1.0. One dead service delays nobody: the store bounds what is in flight per receiver.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from idp.crypto.jwk import is_alg
from idp.flows.hall import Hall
from idp.kernel.ids import new_id
from idp.outgoing import OutgoingFailed, OutgoingRefused
from idp.protocol import logout_token
from idp.protocol.client import ClientState
from idp.storage.database import Tx
from idp.storage.outbox import Leased

KIND = "backchannel_logout"
_log = logging.getLogger(__name__)
_BATCH = 20
_MOST_ON_THEIR_WAY = 64
_LEASE = timedelta(seconds=60)
_ATTEMPTS = 12
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(hours=1)


async def announce(tx: Tx, session_id: str, now: datetime) -> int:
    """Put one message for each service that this session reached; returns how many."""
    told = 0
    for reached in await tx.client_sessions.of_session(session_id):
        registered = await tx.clients.get(reached.client_id)
        if registered is None or registered.client.backchannel_logout_uri is None:
            continue
        # The jti is made once: a service that gets the message twice recognises it.
        message = {"jti": new_id(), "sub": reached.sub, "sid": reached.sid}
        await tx.outbox.put(KIND, reached.client_id, orjson.dumps(message), now)
        told += 1
    return told


class Courier:
    """What this process has on its way. A service that does not answer holds up its own messages and nobody else's."""

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
            _log.warning("a back-channel message waits: %s", type(failure).__name__)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._on_their_way.discard(task)
        # There is room again, and the next message for the same service may go.
        self._hall.outbox_due.set()


@dataclass(frozen=True, slots=True)
class _Result:
    status: int | None = None
    reason: str = ""
    final: bool = False


async def _deliver(hall: Hall, message: Leased, now: datetime) -> None:
    result = await _attempt(hall, message, now)
    async with hall.db.unaudited_tx() as tx:
        if result.status is not None:
            await tx.outbox.delivered(message.id, message.fence, now, result.status)
        else:
            again = None if result.final or message.attempts >= _ATTEMPTS else now + wait_after(message.attempts)
            await tx.outbox.failed(message.id, message.fence, now, again, result.reason)


async def _attempt(hall: Hall, message: Leased, now: datetime) -> _Result:
    registered = await hall.clients.get(message.receiver, now)
    if registered is None or registered.client.state is ClientState.DISABLED:
        return _Result(reason="client_gone", final=True)
    uri = registered.client.backchannel_logout_uri
    if uri is None:
        return _Result(reason="no_uri", final=True)
    alg = registered.client.id_token_signed_response_alg
    if not is_alg(alg):
        return _Result(reason="alg_unsupported", final=True)
    told = orjson.loads(message.payload)
    payload = logout_token.payload(hall.policies.issuer, message.receiver, told["sub"], told["sid"], told["jti"], now)
    token = hall.keys.ring.signer(alg, now).sign(payload, logout_token.TYP)
    try:
        status = await hall.outgoing.post_form(uri, {"logout_token": token})
    except OutgoingRefused:
        return _Result(reason="address_refused", final=True)
    except OutgoingFailed:
        return _Result(reason="unreachable")
    # §2.8: 200 is success, 400 a refusal that no repetition will change; some frameworks answer 204.
    if status in (200, 204):
        return _Result(status=status)
    return _Result(reason=f"status_{status}", final=status == 400)


def wait_after(attempts: int) -> timedelta:
    """Doubling, bounded: 2 s, 4 s, 8 s … 1 h."""
    doublings = min(max(0, attempts - 1), 20)
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)
