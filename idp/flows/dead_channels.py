"""An address ceases to sign anybody in: its number went to somebody else, or messages keep coming back."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from idp.audit import kinds
from idp.audit.event import event
from idp.authn.message_code import Channel
from idp.flows import channel_standing, notices, sessions
from idp.flows.hall import Hall
from idp.identity.person import Person
from idp.notify.notice import EMAIL_DEAD, PHONE_DEAD
from idp.storage.database import Tx

RECYCLED, RETURNED, UNDELIVERABLE = "recycled", "returned", "undeliverable"
_NOTICES = {Channel.SMS: PHONE_DEAD, Channel.EMAIL: EMAIL_DEAD}


async def undelivered(hall: Hall, channel: Channel, address: str, now: datetime) -> None:
    """A message came back. Enough of them in a row, and the address is dead."""
    async with hall.db.tx() as tx:
        failures = await tx.contacts.failed(channel, address, now)
        if failures < hall.policies.channels.undeliverable:
            return
        await _declare(tx, hall, channel, address, UNDELIVERABLE, "system", now)
    hall.outbox_due.set()


async def delivered(hall: Hall, channel: Channel, address: str) -> None:
    async with hall.db.tx() as tx:
        await tx.contacts.delivered(channel, address)


async def declare(hall: Hall, channel: Channel, address: str, reason: str, *, actor: str, now: datetime) -> int:
    """By an operator's hand; how many persons were known to have it. It is dead for those unknown, too."""
    async with hall.db.tx() as tx:
        found = await _declare(tx, hall, channel, address, reason, actor, now)
    hall.outbox_due.set()
    return found


async def _declare(tx: Tx, hall: Hall, channel: Channel, address: str, reason: str, actor: str, now: datetime) -> int:
    bearers = [person async for person in _bearers(tx, channel, address)]
    await tx.contacts.declare_dead(channel, address, reason, now)
    told = {"channel": channel.value, "reason": reason}
    if not bearers:
        await tx.events.append(event(kinds.CONTACT_DEAD, at=now, actor=actor, **told))
    for person in bearers:
        await tx.events.append(event(kinds.CONTACT_DEAD, at=now, actor=actor, person_id=person.id, **told))
        if reason != UNDELIVERABLE:
            await _sign_out(tx, person, channel, actor, now)
        # By the other channel: this one is told nothing any more.
        await notices.tell(tx, hall, person, _NOTICES[channel], now)
    return len(bearers)


async def _sign_out(tx: Tx, person: Person, channel: Channel, actor: str, now: datetime) -> None:
    """Whoever has the number now may have signed in by it already."""
    for session, _ in await tx.sessions.of_person(person.id, now):
        if any(proof.method == channel_standing.KINDS[channel] for proof in session.proofs):
            await sessions.end(tx, session, actor=actor, reason="number_dead", now=now)


async def _bearers(tx: Tx, channel: Channel, address: str) -> AsyncIterator[Person]:
    """Whoever signs in by this address, proved it here, or is named by it."""
    claim = channel_standing.CLAIMS[channel]
    ids: Iterable[str | None] = (
        await tx.persons.find(claim, address),
        await tx.authenticators.owner_of(tx.contacts.digest(channel, address)),
        *await tx.contacts.bearers(channel, address),
    )
    for person_id in dict.fromkeys(ids):
        person = await tx.persons.get(person_id) if person_id is not None else None
        if person is not None and channel_standing.verified(person, channel) == address:
            yield person
