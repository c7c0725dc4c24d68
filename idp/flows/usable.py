"""The authenticators of a person that count now: not those switched off, and no code to an address that proves nothing.

Every door that asks for a proof, and every page that changes one, looks through this.
"""

from datetime import datetime

from idp.authn.message_code import Channel
from idp.flows import channel_standing, switched_off
from idp.flows.hall import Hall
from idp.identity.person import Person
from idp.storage.authenticators import Authenticator
from idp.storage.database import Tx

_CHANNELS = {kind: channel for channel, kind in channel_standing.KINDS.items()}


async def of_person(tx: Tx, hall: Hall, person: Person | None, now: datetime) -> list[Authenticator]:
    """In the order of enrolment. Nobody is looked up like somebody: time tells nothing."""
    return await among(tx, hall, person, await tx.authenticators.of_person(person.id if person else ""), now)


async def among(
    tx: Tx, hall: Hall, person: Person | None, enrolled: list[Authenticator], now: datetime
) -> list[Authenticator]:
    """Those of `enrolled` that count."""
    off = await switched_off.kinds(tx, person.id if person else "")
    wanted = [one for one in enrolled if one.kind not in off]
    return [one for one in wanted if person is not None and await bears(tx, hall, person, one, now)]


async def of_kinds(
    tx: Tx, hall: Hall, person: Person | None, kinds: frozenset[str], now: datetime
) -> list[Authenticator]:
    """Those of some kinds, for doors where somebody is named who has not signed in.

    The same statements whoever it is, and whichever of these they have: their number tells nothing.
    """
    whose = person.id if person is not None else ""
    enrolled = await tx.authenticators.of_person(whose)
    off = await switched_off.kinds(tx, whose)
    asked = {kind: channel for kind, channel in _CHANNELS.items() if kind in kinds}
    proving = {kind: await channel_standing.proving(tx, hall, person, where, now) for kind, where in asked.items()}
    return [
        one
        for one in enrolled
        if one.kind in kinds - off and (one.kind not in proving or _is_of(one, proving[one.kind]))
    ]


async def bears(tx: Tx, hall: Hall, person: Person, one: Authenticator, now: datetime) -> bool:
    """A code by message signs in only at the very address that was switched on for it, while it is still theirs."""
    channel: Channel | None = _CHANNELS.get(one.kind)
    if channel is None:
        return True
    address = await channel_standing.proving(tx, hall, person, channel, now)
    return _is_of(one, address)


def _is_of(one: Authenticator, address: str | None) -> bool:
    return address is not None and address.encode("utf-8") == one.secret
