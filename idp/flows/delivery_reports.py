"""What became of messages to people: each attempt and report tells whether the address still takes any."""

from datetime import datetime
from typing import Final

import orjson

from idp.authn.message_code import Channel
from idp.flows import dead_channels, notices
from idp.flows.delivery import Outcome
from idp.flows.hall import Hall
from idp.notify.errors import NotSent
from idp.notify.notice import unpack
from idp.notify.sms import Report
from idp.storage.outbox import Leased

# RFC 5321 §4.2.3: no such mailbox, or not here. Whatever else a server refuses is about the message, or about us.
_NO_MAILBOX: Final = frozenset({"status_550", "status_551", "status_553"})
# The gateway knows no such number, or no longer.
_NO_NUMBER: Final = frozenset({"status_404", "status_410"})


async def email(hall: Hall, message: Leased, now: datetime) -> Outcome:
    """Accepted is as good as it gets: a letter that comes back later comes to nobody."""
    outcome = await notices.attempt_email(hall, message, now)
    address = unpack(message.payload)[1]
    if outcome.status is not None:
        await dead_channels.delivered(hall, Channel.EMAIL, address)
    elif outcome.reason in _NO_MAILBOX:
        await dead_channels.undelivered(hall, Channel.EMAIL, address, now)
    return outcome


async def sms(hall: Hall, message: Leased, now: datetime) -> Outcome:
    """Accepted is not delivered: what became of it is asked later."""
    outcome = await notices.attempt_sms(hall, message, now)
    if outcome.reason in _NO_NUMBER:
        await dead_channels.undelivered(hall, Channel.SMS, unpack(message.payload)[1], now)
    return outcome


async def sms_report(hall: Hall, message: Leased, now: datetime) -> Outcome:
    """Ask the gateway; its word ends up in the delivery record."""
    if hall.channels.sms is None:
        return Outcome(reason="channel_off", final=True)
    asked, address = _question(message.payload)
    try:
        report = await hall.channels.sms.report(asked)
    except NotSent as failure:
        return Outcome(reason=failure.reason, final=failure.final)
    match report:
        case Report.DELIVERED:
            if address is not None:
                await dead_channels.delivered(hall, Channel.SMS, address)
            return Outcome(status=200)
        case Report.UNDELIVERABLE:
            if address is not None:
                await dead_channels.undelivered(hall, Channel.SMS, address, now)
            return Outcome(reason="undeliverable", final=True)
        case Report.ACCEPTED:
            return Outcome(reason="not_reported")


def _question(payload: bytes) -> tuple[str, str | None]:
    """The gateway's message and whose it was; a release from before asked by the message alone."""
    if not payload.startswith(b"{"):
        return payload.decode(), None
    asked = orjson.loads(payload)
    return asked["id"], asked["to"]
