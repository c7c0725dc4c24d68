"""End a grant because somebody holds what they should not: every token of it, at once, with the event that says why."""

from datetime import datetime

from idp.audit.event import event
from idp.storage.database import Database


async def end_grant(db: Database, grant_id: str, kind: str, client_id: str, reason: str, now: datetime) -> bool:
    """RFC 9700 §4.14.2: thief and owner can't be told apart, so both lose it. False: it had ended before."""
    async with db.tx() as tx:
        grant = await tx.grants.get(grant_id)
        if grant is None or not await tx.grants.revoke(grant_id, now):
            return False
        actor = f"client:{client_id}"
        await tx.events.append(
            event(
                kind,
                at=now,
                actor=actor,
                person_id=grant.person_id,
                client_id=grant.client_id,
                grant_id=grant_id,
                reason=reason,
            )
        )
    return True
