"""Before a stranger's try is heard under attack: a ticket that is paid by work or by waiting, and used once.

The ticket is bound to the browser, the interaction and the account's counter, so none is good for another account, and
nothing of it is stored until it is used. Whoever is known here never comes this way.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from idp.authn import effort
from idp.crypto import base64url
from idp.crypto.root_keys import Purpose
from idp.flows import throttle
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction
from idp.kernel.clock import epoch
from idp.kernel.ids import new_id
from idp.kernel.secret import Secret

_GOOD_FOR: Final = timedelta(minutes=10)
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Paid:
    """What came with the form: nothing of it is believed yet. `answer` is empty where somebody only waited."""

    ticket: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Effort:
    """Not heard yet: this ticket has to be paid, by finding an answer or by waiting so many seconds more."""

    ticket: str
    bits: int
    seconds: int


@dataclass(frozen=True, slots=True)
class _Ticket:
    text: str
    bits: int
    begun: int
    wait: int


async def due(hall: Hall, interaction: Interaction, at: throttle.Keys, paid: Paid, now: datetime) -> Effort | None:
    """What has to be paid before this try; None: it may be heard. The same for accounts that do not exist."""
    if at.known:
        return None
    heat = await throttle.heat(hall, at, now)
    if not heat or await throttle.must_wait(hall, at, now):
        # Whoever has to wait anyway is not made to work for it.
        return None
    ticket = _read(hall, interaction, at, paid.ticket, now)
    if ticket is None:
        return _new(hall, interaction, at, heat, now)
    if not effort.is_solved(ticket.text, paid.answer, ticket.bits):
        waiting = await _waits(hall, at, ticket, now)
        if waiting:
            return Effort(ticket.text, ticket.bits, waiting)
    digest = Secret(ticket.text).digest()
    if not await hall.cache.replay.first_seen("effort", digest, int(_GOOD_FOR.total_seconds())):
        return _new(hall, interaction, at, heat, now)
    return None


async def _waits(hall: Hall, at: throttle.Keys, ticket: _Ticket, now: datetime) -> int:
    """Tickets cost nothing to collect: of those that were only waited for, a place may use one at a time."""
    left = effort.seconds_left(ticket.begun, ticket.wait, epoch(now))
    return left or await throttle.waited(hall, at, ticket.wait, now)


def _new(hall: Hall, interaction: Interaction, at: throttle.Keys, heat: int, now: datetime) -> Effort:
    policy = hall.policies.throttle
    price = effort.price(policy.work_bits, policy.work_wait_seconds, heat)
    body = f"{price.bits}.{epoch(now)}.{price.wait_seconds}.{new_id()}"
    return Effort(f"{body}.{_mac(hall, interaction, at, body)}", price.bits, price.wait_seconds)


def _read(hall: Hall, interaction: Interaction, at: throttle.Keys, text: str, now: datetime) -> _Ticket | None:
    """Total: whatever we did not make for this browser, sign-in and account, or made long ago, is no ticket."""
    body, _, mac = text.rpartition(".")
    expected = _mac(hall, interaction, at, body).encode("ascii")
    if len(text) > _LONGEST or not hmac.compare_digest(expected, mac.encode("utf-8", "surrogatepass")):
        return None
    bits, begun, wait, _ = body.split(".")
    if not 0 <= epoch(now) - int(begun) <= _GOOD_FOR.total_seconds():
        return None
    return _Ticket(text, int(bits), int(begun), int(wait))


def _mac(hall: Hall, interaction: Interaction, at: throttle.Keys, body: str) -> str:
    """Each part is framed by its length, so no two tickets share an input."""
    mac = hmac.new(hall.roots.derive(Purpose.EFFORT), digestmod=hashlib.sha256)
    for part in (interaction.browser, interaction.id, at.account.hex(), body):
        octets = part.encode("utf-8", "surrogatepass")
        mac.update(len(octets).to_bytes(8, "big"))
        mac.update(octets)
    return base64url.encode(mac.digest())
