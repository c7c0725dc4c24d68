"""Browsers that a person used before: remembered at each proof, told of when new, held up by nobody else."""

from datetime import datetime

from idp.flows import notices
from idp.flows.hall import Hall
from idp.flows.visitor import Visitor
from idp.identity.person import Person
from idp.kernel.clock import epoch
from idp.kernel.secret import Secret
from idp.notify.notice import NEW_DEVICE
from idp.storage.database import Tx


async def met(
    tx: Tx, hall: Hall, person: Person, visitor: Visitor, method: str, now: datetime, *, shared: bool = False
) -> bool:
    """This person has just proven themselves in this browser. True where they were written to: it is new to them.

    A public computer is never known to anybody: whoever sits there next gets no relief, and each sign-in is told of.
    """
    if visitor.browser is None:
        return False
    if shared:
        await tx.known_browsers.forget(person.id, visitor.browser)
        return await _told(tx, hall, person, visitor, now)
    before = await tx.known_browsers.methods(person.id, visitor.browser)
    # Of two requests at once, a double click, one alone is the first.
    if not await tx.known_browsers.met(person.id, visitor.browser, method, now) or before:
        return False
    return await _told(tx, hall, person, visitor, now)


async def _told(tx: Tx, hall: Hall, person: Person, visitor: Visitor, now: datetime) -> bool:
    told = await notices.tell(tx, hall, person, NEW_DEVICE, now, at=epoch(now), agent=visitor.user_agent)
    return told is not None and bool(told.channels)


async def known(tx: Tx, person_id: str | None, visitor: Visitor, method: str) -> Secret | None:
    """The browser, where this person proved the same before. Nobody is looked up like somebody: time tells nothing.

    By the same method: a thief of passwords would otherwise make browsers known, and guess codes in each of them.
    """
    if visitor.browser is None:
        return None
    return visitor.browser if method in await tx.known_browsers.methods(person_id or "", visitor.browser) else None
