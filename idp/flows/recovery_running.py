"""Whether somebody's account is being recovered: asked by whoever must wait for it, or warn of it."""

from datetime import datetime

from idp.authn import recovery_rules
from idp.authn.recovery_rules import Phase, Recovery
from idp.flows import sessions
from idp.flows.hall import Hall
from idp.flows.visitor import Visitor
from idp.storage.database import Tx


async def living(tx: Tx, person_id: str, now: datetime) -> Recovery | None:
    """The one that cools off or waits to be finished."""
    running = await tx.recoveries.running(person_id)
    return None if running is None or recovery_rules.phase(running, now) is Phase.OVER else running


async def of_browser(hall: Hall, visitor: Visitor, now: datetime) -> Recovery | None:
    """That of whoever is signed in here."""
    if visitor.session is None:
        return None
    async with hall.db.read() as tx:
        session = await sessions.current(tx, hall, visitor, now)
        return await living(tx, session.person_id, now) if session is not None else None
