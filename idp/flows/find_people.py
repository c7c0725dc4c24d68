"""Finding people by their names, page by page: an officer's question, answered in the same time whatever it asks."""

from dataclasses import dataclass
from datetime import datetime

from idp.flows.hall import Hall
from idp.identity.name_search import NameQuery
from idp.identity.person import Person

PAGE = 20


@dataclass(frozen=True, slots=True)
class Page:
    """`after` goes on where this page ended, though it may hold nobody; None: there is no more, and nothing counts."""

    people: tuple[Person, ...]
    after: str | None = None


async def by_name(hall: Hall, query: NameQuery, after: str | None = None, limit: int = PAGE) -> Page:
    """Whoever bears, or once bore, all these words; with a commune, whoever lives there."""
    async with hall.db.read() as tx:
        found = await tx.name_index.search(query.marks, limit, after=after)
        people = await tx.persons.several(found.ids)
    return Page(tuple(people), found.after)


async def recount(hall: Hall, now: datetime) -> bool:
    """Which words are frequent, so that the rarest drives a search. False: counted a few hours ago."""
    async with hall.db.read() as tx:
        if not await tx.name_index.is_count_due(now):
            return False
        counted = await tx.name_index.count()
    async with hall.db.unaudited_tx() as tx:
        return await tx.name_index.keep_count(counted, now)
