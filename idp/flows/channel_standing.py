"""Which addresses of a person still prove something, and which are dead: asked wherever a code or a notice is sent."""

from datetime import datetime

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import channel_standing
from idp.authn.message_code import Channel
from idp.flows.hall import Hall
from idp.identity import contact
from idp.identity.person import Person
from idp.storage.database import Tx

# The authenticator whose codes go by this channel.
KINDS = {Channel.SMS: "sms_code", Channel.EMAIL: "email_code"}
CLAIMS = {Channel.SMS: "phone_number", Channel.EMAIL: "email"}


def verified(person: Person, channel: Channel) -> str | None:
    """The address that the person proved to be theirs at some time, here or at a counter."""
    return contact.verified_mobile(person) if channel is Channel.SMS else contact.verified_email(person)


async def proving(tx: Tx, hall: Hall, person: Person | None, channel: Channel, now: datetime) -> str | None:
    """The same, where a code sent there still says something: not recycled, not out of reach, not silent for long.

    Nobody is looked up like somebody: time tells nothing.
    """
    address = verified(person, channel) if person is not None else None
    proven_at = await _proven_at(tx, person, channel, address or "")
    dead_at = await tx.contacts.dead_at(channel, address or "")
    alive = channel_standing.still_proves(proven_at, dead_at, now, hall.policies.channels)
    return address if alive else None


async def is_dead(tx: Tx, person: Person, channel: Channel, address: str) -> bool:
    """Somebody else may read what is sent there, or nobody."""
    dead_at = await tx.contacts.dead_at(channel, address)
    if dead_at is None:
        return False
    return channel_standing.is_dead(await _proven_at(tx, person, channel, address), dead_at)


async def proven(hall: Hall, person_id: str, channel: Channel, purpose: str, now: datetime) -> None:
    """The person has just read a code there: its silence begins anew."""
    async with hall.db.tx() as tx:
        person = await tx.persons.get(person_id)
        address = contact.told(person, CLAIMS[channel]) if person is not None else None
        if address is None:
            return
        await tx.contacts.prove(person_id, channel, address, now)
        told = {"channel": channel.value, "purpose": purpose}
        await tx.events.append(
            event(kinds.CONTACT_PROVEN, at=now, actor=f"person:{person_id}", person_id=person_id, **told)
        )


async def _proven_at(tx: Tx, person: Person | None, channel: Channel, address: str) -> datetime | None:
    """What was proven before it was counted here dates from when we were told so."""
    proven_at = await tx.contacts.proven_at(person.id if person is not None else "", channel, address)
    return proven_at or (contact.verified_since(person, CLAIMS[channel]) if person is not None else None)
