"""Levels that come to their end: told of ahead, and computed anew when the moment has come."""

from datetime import datetime, timedelta
from typing import Final

from idp.flows import notices, verify_identity
from idp.flows.hall import Hall
from idp.kernel.clock import epoch
from idp.notify.notice import LEVEL_ENDS

# Domain §3: notices before a level falls with the card. The nearest first: whoever is late is told once.
REMINDERS: Final = (7, 30, 60)
_AT_ONCE: Final = 100


async def settle_lapsed(hall: Hall, now: datetime) -> int:
    """Of how many persons something lapsed. Meanwhile they counted as unverified: an end needs no job to be an end."""
    async with hall.db.read() as tx:
        due = await tx.verifications.lapsed(now, _AT_ONCE)
    for person_id in due:
        async with hall.db.tx() as tx:
            person = await tx.persons.get(person_id)
            if person is not None:
                await verify_identity.settle(tx, hall, person, now)
    if due:
        hall.outbox_due.set()
    return len(due)


async def remind(hall: Hall, now: datetime) -> int:
    """How many were told; each once for each of the days ahead, however many nodes look."""
    told = 0
    for days in REMINDERS:
        async with hall.db.read() as tx:
            ending = await tx.verifications.ending(now, now + timedelta(days=days), days, _AT_ONCE)
        for verification_id, person_id, ends_at in ending:
            told += await _tell(hall, verification_id, person_id, ends_at, days, now)
    if told:
        hall.outbox_due.set()
    return told


async def _tell(hall: Hall, verification_id: str, person_id: str, ends_at: datetime, days: int, now: datetime) -> bool:
    async with hall.db.tx() as tx:
        person = await tx.persons.get(person_id)
        if person is None or not await tx.verifications.remind(verification_id, days):
            return False
        return (
            await notices.tell(tx, hall, person, LEVEL_ENDS, now, due=epoch(ends_at), level=person.level.word)
            is not None
        )
