"""Switching a way to sign in off, and on again, for one's own account: whether one has it or somebody might add it."""

from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import own_changes
from idp.authn.sign_in_route import VNEID_METHODS
from idp.flows import credentials, notices, sessions, switched_off
from idp.flows.credentials import Refused
from idp.flows.hall import Hall
from idp.flows.own_pages import Owner
from idp.kernel.clock import epoch
from idp.notify.notice import AUTHENTICATOR_ADDED, AUTHENTICATOR_REMOVED
from idp.storage.database import Tx


async def standing(hall: Hall, owner: Owner, now: datetime) -> dict[str, tuple[bool, bool]]:
    """Each way: whether it is off, and whether it may be switched the other way now."""
    own = await credentials.standing(hall, owner, now)
    async with hall.db.read() as tx:
        off = await switched_off.ways(tx, owner.person.id)
        here = [*(one.kind for one in own.authenticators), *await _at_vneid(tx, hall, owner)]
    return {way: (way in off, way in off or own_changes.may_switch_off(way, here)) for way in own_changes.WAYS}


async def switch_off(hall: Hall, owner: Owner, way: str, now: datetime) -> None:
    """Whatever signed in by it elsewhere is signed out. May raise NeedsProof, or Refused for the last way in."""
    person_id = owner.person.id
    async with hall.db.tx() as tx:
        enrolled = await credentials.provable(tx, hall, owner, now)
        methods = [one.kind for one in enrolled]
        if not own_changes.may_switch_off(way, [*methods, *await _at_vneid(tx, hall, owner)]):
            raise Refused
        if not await tx.switched_off.add(person_id, way, now):
            return
        ended = 0
        for session, _ in await tx.sessions.of_person(person_id, now):
            used = any(proof.method in own_changes.WAYS[way] for proof in session.proofs)
            if used and session.id != owner.session.id:
                ended += await sessions.end(tx, session, actor=_actor(owner), reason="way_switched_off", now=now)
        told: dict[str, Any] = {"method": way, "sessions": ended}
        await tx.events.append(event(kinds.WAY_SWITCHED_OFF, at=now, actor=_actor(owner), person_id=person_id, **told))
        await notices.tell(tx, hall, owner.person, AUTHENTICATOR_REMOVED, now, at=epoch(now), method=way)
    hall.outbox_due.set()


async def switch_on(hall: Hall, owner: Owner, way: str, now: datetime) -> None:
    """What was enrolled before counts again. May raise NeedsProof."""
    person_id = owner.person.id
    async with hall.db.tx() as tx:
        await credentials.provable(tx, hall, owner, now)
        if await tx.switched_off.remove(person_id, way):
            await tx.events.append(
                event(kinds.WAY_SWITCHED_ON, at=now, actor=_actor(owner), person_id=person_id, method=way)
            )
            await notices.tell(tx, hall, owner.person, AUTHENTICATOR_ADDED, now, at=epoch(now), method=way)
    hall.outbox_due.set()


async def _at_vneid(tx: Tx, hall: Hall, owner: Owner) -> tuple[str, ...]:
    """VNeID is a way in too, where it vouches for this person and they did not forbid it."""
    link = await tx.upstream_links.of_person(owner.person.id) if hall.vneid is not None else None
    if link is None or VNEID_METHODS[link.level] in await switched_off.kinds(tx, owner.person.id):
        return ()
    return (VNEID_METHODS[link.level],)


def _actor(owner: Owner) -> str:
    return f"person:{owner.person.id}"
