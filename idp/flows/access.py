"""Everything by which somebody is inside, ended at once: sessions, grants, and with them every token."""

from datetime import datetime

from idp.flows import sessions
from idp.storage.database import Tx


async def end(tx: Tx, person_id: str, *, actor: str, reason: str, now: datetime) -> int:
    """How many sessions there were. The services are told from the outbox."""
    ended = await sessions.end_all(tx, person_id, actor=actor, reason=reason, now=now)
    # Those with offline_access outlive sessions, but not the person's right to be here.
    for grant in await tx.grants.of_person(person_id):
        await tx.grants.revoke(grant.id, now)
    return ended
