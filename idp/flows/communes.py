"""Commune-level units by an operator's hand: a file of all units that stand from one day on, all of it or nothing."""

from datetime import date, datetime

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall
from idp.identity import commune
from idp.identity.commune import Change, Line


async def plan(hall: Hall, lines: tuple[Line, ...], effective: date) -> Change:
    """What an import would do. Raises FaultyFile."""
    async with hall.db.read() as tx:
        return commune.plan(await tx.communes.all(), await tx.communes.successions(), lines, effective)


async def import_(hall: Hall, lines: tuple[Line, ...], effective: date, *, actor: str, now: datetime) -> Change:
    """What it did; the same file once more does nothing. Raises FaultyFile, and then nothing was changed."""
    async with hall.db.tx() as tx:
        await tx.communes.alone()
        change = commune.plan(await tx.communes.all(), await tx.communes.successions(), lines, effective)
        if change.is_empty:
            return change
        await tx.communes.apply(change)
        await tx.events.append(
            event(
                kinds.COMMUNES_IMPORTED,
                at=now,
                actor=actor,
                effective=effective.isoformat(),
                begun=len(change.begun),
                ended=len(change.ended),
            )
        )
    return change
