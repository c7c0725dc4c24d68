"""Finding people by the folded words of their names and by commune, in two million of them, and never counting.

The rarest word drives: its bearers are walked in the order of their ids, and each is asked for the other words. How far
a page walks is bounded, so the worst pair of words costs what any other does; the cursor goes on from there. What is
frequent is known from statistics, which are refreshed now and then and hold frequent words alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from idp.crypto.keyed_index import KeyedIndex
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import NAME_WORD, identifiers
from idp.storage.statement import Statement
from idp.storage.types import Instant

MOST_WORDS: Final = 8
# How many bearers of the rarest word one page looks at: some ten milliseconds on PostgreSQL.
WINDOW: Final = 2000
_FREQUENT: Final = 500
_COUNTED_EVERY: Final = timedelta(hours=6)
_RECOUNT: Final = 0x1D9_0005

# Statistics, not a register: a word that is not here is rare, one whose count is old is about as frequent as it says.
word_frequencies = Table(
    "word_frequencies",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("bearers", BigInteger, nullable=False),
    Column("counted_at", Instant, nullable=False),
)

_CLEAR = Statement(delete(word_frequencies))
_COUNT = Statement(
    insert(word_frequencies).from_select(
        ["digest", "bearers", "counted_at"],
        select(identifiers.c.digest, func.count(), bindparam("now", type_=Instant()))
        .where(identifiers.c.kind == NAME_WORD)
        .group_by(identifiers.c.digest)
        .having(func.count() >= bindparam("frequent")),
    )
)
_LAST_COUNT = Statement(select(func.max(word_frequencies.c.counted_at)))
_BEARERS_OF_WORD = (identifiers.c.kind == NAME_WORD, identifiers.c.digest == bindparam("driver"))


def _frequencies(words: int) -> Statement:
    asked = [bindparam(f"word_{n}", type_=LargeBinary()) for n in range(words)]
    return Statement(
        select(word_frequencies.c.digest, word_frequencies.c.bearers).where(word_frequencies.c.digest.in_(asked))
    )


def _search(others: int) -> Statement:
    driven = (
        select(identifiers.c.person_id)
        .where(*_BEARERS_OF_WORD, identifiers.c.person_id > bindparam("after"))
        .order_by(identifiers.c.person_id)
        .limit(bindparam("window"))
        .subquery("driven")
    )
    bears = []
    for n in range(others):
        other = identifiers.alias(f"other_{n}")
        # A scalar subquery stays one look into the index for each bearer. As EXISTS the planner may turn it into a join
        # that reads all bearers of a frequent word.
        found = (
            select(other.c.person_id)
            .where(
                other.c.kind == NAME_WORD,
                other.c.digest == bindparam(f"word_{n}", type_=LargeBinary()),
                other.c.person_id == driven.c.person_id,
            )
            .limit(1)
            .correlate(driven)
            .scalar_subquery()
        )
        bears.append(found.is_not(None))
    return Statement(select(driven.c.person_id).where(*bears).order_by(driven.c.person_id).limit(bindparam("count")))


_FREQUENCIES = {words: _frequencies(words) for words in range(1, MOST_WORDS + 1)}
_SEARCH = {words: _search(words - 1) for words in range(1, MOST_WORDS + 1)}
_END_OF_WINDOW = Statement(
    select(identifiers.c.person_id)
    .where(*_BEARERS_OF_WORD, identifiers.c.person_id > bindparam("after"))
    .order_by(identifiers.c.person_id)
    .offset(bindparam("skipped"))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Found:
    """Ids in their order. `after`: where the next page goes on; None: there is no more."""

    ids: tuple[str, ...] = ()
    after: str | None = None


class NameIndex:
    """The repository. Folding words, and which marks stand for a commune, is identity's."""

    def __init__(self, connection: Connection, index: KeyedIndex) -> None:
        self._connection = connection
        self._index = index

    async def search(
        self, words: Iterable[str], limit: int = 20, *, after: str | None = None, window: int = WINDOW
    ) -> Found:
        """Bearers of every one of these words. A page may be empty and still go on: what it walked held nobody."""
        asked = list(dict.fromkeys(words))[:MOST_WORDS]
        if not asked:
            return Found()
        driver, *others = await self._rarest_first([self._index.digest(NAME_WORD, word) for word in asked])
        begin = after or ""
        rows = await self._connection.rows(
            _SEARCH[len(asked)],
            driver=driver,
            after=begin,
            window=window,
            count=limit,
            **{f"word_{n}": digest for n, digest in enumerate(others)},
        )
        ids = tuple(str(row[0]) for row in rows)
        if len(ids) == limit:
            return Found(ids, ids[-1])
        end = await self._connection.row(_END_OF_WINDOW, driver=driver, after=begin, skipped=window - 1)
        return Found(ids, None if end is None else str(end[0]))

    async def recount(self, now: datetime, frequent: int = _FREQUENT) -> bool:
        """Statistics anew. False: another node did it a few hours ago."""
        await self._connection.serialize(_RECOUNT)
        row = await self._connection.row(_LAST_COUNT)
        if row is not None and row[0] is not None and row[0] > now - _COUNTED_EVERY:
            return False
        await self._connection.run(_CLEAR)
        await self._connection.run(_COUNT, now=now, frequent=frequent)
        return True

    async def _rarest_first(self, digests: list[bytes]) -> list[bytes]:
        asked = {f"word_{n}": digest for n, digest in enumerate(digests)}
        rows = await self._connection.rows(_FREQUENCIES[len(digests)], **asked)
        bearers = {bytes(row[0]): int(row[1]) for row in rows}
        return sorted(digests, key=lambda digest: bearers.get(digest, 0))
