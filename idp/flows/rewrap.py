"""`idp keys rewrap`: after a new key-encryption key, nothing may stay under the old one. The work is storage's."""

from collections.abc import Mapping
from datetime import datetime

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall
from idp.storage import rewrapping


async def rewrap(hall: Hall, *, actor: str, now: datetime) -> Mapping[str, int]:
    """How many of each kind were moved. Safe to repeat, and beside running nodes that hold both keys."""
    moved = await rewrapping.rewrap(hall.db, hall.vault)
    if any(moved.values()):
        async with hall.db.tx() as tx:
            await tx.events.append(event(kinds.DATA_REWRAPPED, at=now, actor=actor, kek=hall.roots.active_kek))
    return moved
