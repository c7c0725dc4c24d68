"""Switching one's phone or e-mail on for codes: a code to it, typed in the session that asked, proves it is theirs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import own_changes
from idp.authn.message_code import Channel, CodePurpose
from idp.flows import channel_standing, credentials, message_codes, switched_off, usable
from idp.flows.account_lock import refuse_if_locked
from idp.flows.channel_standing import CLAIMS, KINDS
from idp.flows.credentials import NeedsProof, Refused
from idp.flows.enrolment import room_left
from idp.flows.hall import Hall
from idp.flows.message_codes import Sending
from idp.flows.own_pages import Owner
from idp.identity import contact
from idp.identity.person import Fact
from idp.storage.database import Tx
from idp.storage.errors import AlreadyExists

_CONFIRMED = "confirmed"


class TakenByAnother(Exception):
    """This number or address signs somebody else in. One phone may reach a family, but signs in one of them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """`address` is None where there is none that takes a code. `is_on`: it signs the person in already."""

    address: str | None
    is_on: bool
    sent: bool


async def offer(hall: Hall, owner: Owner, channel: Channel, now: datetime) -> Offer:
    """What there is to switch on."""
    standing = await credentials.standing(hall, owner, now)
    async with hall.db.read() as tx:
        off = KINDS[channel] in await switched_off.kinds(tx, owner.person.id)
    address = None if off or channel not in hall.channels.all() else _address(owner, channel)
    is_on = any(one.kind == KINDS[channel] for one in standing.authenticators)
    sent = await message_codes.pending(hall, owner.person.id, channel, CodePurpose.ENROL, owner.session.id, now)
    return Offer(address, is_on, sent)


async def send(hall: Hall, owner: Owner, channel: Channel, now: datetime) -> Sending:
    """May raise NeedsProof."""
    if not (await credentials.standing(hall, owner, now)).may_change:
        raise NeedsProof
    return await message_codes.send(hall, owner.person, channel, CodePurpose.ENROL, owner.session.id, now)


async def confirm(hall: Hall, owner: Owner, channel: Channel, code: str, now: datetime) -> bool:
    """False: not the code. May raise NeedsProof, Refused or TakenByAnother."""
    if not (await credentials.standing(hall, owner, now)).may_change:
        raise NeedsProof
    person_id, address = owner.person.id, _address(owner, channel)
    if address is None:
        raise Refused
    if not await message_codes.check(hall, person_id, channel, CodePurpose.ENROL, owner.session.id, code, now):
        return False
    try:
        async with hall.db.tx() as tx:
            await _switch_on(tx, hall, owner, channel, address, now)
    except AlreadyExists:
        raise TakenByAnother from None
    return True


async def _switch_on(tx: Tx, hall: Hall, owner: Owner, channel: Channel, address: str, now: datetime) -> None:
    kind, person_id = KINDS[channel], owner.person.id
    every = await tx.authenticators.of_person_alone(person_id)
    await refuse_if_locked(tx, person_id)
    # Not among what has to be proven: the code has just brought back to life what is replaced here.
    others = await usable.among(tx, hall, owner.person, [one for one in every if one.kind != kind], now)
    if not own_changes.may_change(owner.session.proofs, [one.kind for one in others], now):
        raise NeedsProof
    room_left(others)
    for one in (*every, *await tx.authenticators.suspended(person_id)):
        # What a recovery put aside bears the same number, and would keep it from its own person.
        if one.kind == kind:
            await tx.authenticators.remove(one.id, person_id)
    await _verified(tx, owner, channel, now)
    # Of two persons who share a phone, the one who switched it on first signs in by it.
    digest = tx.contacts.digest(channel, address)
    await credentials.added(tx, hall, owner, kind, address.encode("utf-8"), now, credential=digest)


async def _verified(tx: Tx, owner: Owner, channel: Channel, now: datetime) -> None:
    """The code proved control, whoever told us of the address."""
    claim = CLAIMS[channel]
    if channel_standing.verified(owner.person, channel) is not None:
        return
    known = await tx.persons.get(owner.person.id)
    facts = dict(known.facts) if known is not None else {}
    facts[f"{claim}_verified"] = Fact(value=True, source=_CONFIRMED, as_of=now)
    await tx.persons.set_facts(owner.person.id, facts, now)
    told: dict[str, Any] = {"claims": [f"{claim}_verified"], "source": _CONFIRMED}
    actor = f"person:{owner.person.id}"
    await tx.events.append(event(kinds.PERSON_FACTS_CHANGED, at=now, actor=actor, person_id=owner.person.id, **told))


def _address(owner: Owner, channel: Channel) -> str | None:
    """What is known of the person, proven or not; a fixed line takes no code."""
    address = contact.told(owner.person, CLAIMS[channel])
    return address if address is None or channel is Channel.EMAIL or contact.is_mobile(address) else None
