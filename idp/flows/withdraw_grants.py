"""End what a withdrawn consent had given: every grant of one person to one service, with the event that says so."""

from datetime import datetime

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall


async def withdraw_grants(hall: Hall, person_id: str, client_id: str, now: datetime) -> None:
    """PDPL 91/2025: at once, lasting access too. Does nothing, and records nothing, where nothing is left."""
    async with hall.db.tx() as tx:
        if not await tx.grants.revoke_all(person_id, client_id, now):
            return
        await tx.events.append(
            event(
                kinds.CONSENT_WITHDRAWN, at=now, actor=f"person:{person_id}", person_id=person_id, client_id=client_id
            )
        )
