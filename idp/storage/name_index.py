"""Finding people by the folded words of their names and by commune, in two million of them, and never counting.

The rarest word drives. A page first asks some dozens of its bearers for the other words: those that meet often have
filled it by then. Otherwise it goes on: where the words are about as frequent as each other it reads all of them in the
order of the index, and where they are not it asks more bearers of the rarest. How far it goes is bounded, so the worst
pair of words costs what any other does; the cursor goes on from there. What is frequent is known from statistics.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    Table,
    Text,
    bindparam,
    delete,
    func,
    intersect,
    select,
    tuple_,
)

from idp.crypto.keyed_index import KeyedIndex
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import NAME_WORD, identifiers
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant

MOST_WORDS: Final = 8
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
# Some hundred thousand entries at a time: no statement takes long, and nobody waits behind it.
_AT_ONCE: Final = 100_000
_next = (
    select(identifiers.c.digest, identifiers.c.person_id)
    .where(
        identifiers.c.kind == NAME_WORD,
        tuple_(identifiers.c.digest, identifiers.c.person_id)
        > tuple_(bindparam("word", type_=LargeBinary()), bindparam("bearer", type_=Text())),
    )
    .order_by(identifiers.c.digest, identifiers.c.person_id)
    .limit(bindparam("count"))
    .subquery("next")
)
_COUNT = Statement(
    select(_next.c.digest, func.count(), func.max(_next.c.person_id)).group_by(_next.c.digest).order_by(_next.c.digest)
)
_KEEP = insert_row(word_frequencies)
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
_LAST_BEARER = Statement(
    select(identifiers.c.person_id)
    .where(*_BEARERS_OF_WORD, identifiers.c.person_id > bindparam("after"))
    .order_by(identifiers.c.person_id.desc())
    .limit(1)
)


def _common(words: int) -> Statement:
    """An intersection is read in the order of the index whatever the planner believes of these words."""
    bearers = [
        select(identifiers.c.person_id).where(
            identifiers.c.kind == NAME_WORD,
            identifiers.c.digest == bindparam(f"word_{n}", type_=LargeBinary()),
            identifiers.c.person_id > bindparam("after"),
            identifiers.c.person_id <= bindparam("end"),
        )
        for n in range(words)
    ]
    return Statement(intersect(*bearers).order_by("person_id").limit(bindparam("count")))


_COMMON = {words: _common(words) for words in range(2, MOST_WORDS + 1)}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one page goes: bearers who are asked at first, bearers who are asked at most, entries read in order."""

    glance: int = 50
    asked: int = 500
    read: int = 8_000


_REACH: Final = Reach()


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
        self, words: Iterable[str], limit: int = 20, *, after: str | None = None, reach: Reach = _REACH
    ) -> Found:
        """Bearers of every one of these words. A page may be empty and still go on: what it walked held nobody."""
        asked = list(dict.fromkeys(words))[:MOST_WORDS]
        if not asked:
            return Found()
        begin = after or ""
        bearers = await self._rarest_first([self._index.digest(NAME_WORD, word) for word in asked])
        digests, rarest = list(bearers), next(iter(bearers.values()))
        page = await self._ask(digests, begin, limit, reach.glance)
        if page.after is None or len(page.ids) == limit:
            return page
        width = reach.read * rarest // sum(bearers.values())
        if len(digests) > 1 and width > reach.asked:
            return await self._read(digests, begin, limit, width)
        return await self._ask(digests, begin, limit, reach.asked)

    async def _ask(self, digests: list[bytes], begin: str, limit: int, window: int) -> Found:
        """So many bearers of the rarest word, each asked for the others."""
        driver, *others = digests
        asked = {f"word_{n}": digest for n, digest in enumerate(others)}
        rows = await self._connection.rows(
            _SEARCH[len(digests)], driver=driver, after=begin, window=window, count=limit, **asked
        )
        return _found(rows, limit, await self._end(driver, begin, window) if len(rows) < limit else None)

    async def _read(self, digests: list[bytes], begin: str, limit: int, width: int) -> Found:
        """So many bearers of the rarest word, and whoever bears the others between the first and the last of them."""
        end = await self._end(digests[0], begin, width)
        last = (await self._connection.row(_LAST_BEARER, driver=digests[0], after=begin)) if end is None else (end,)
        if last is None:
            return Found()
        asked = {f"word_{n}": digest for n, digest in enumerate(digests)}
        rows = await self._connection.rows(_COMMON[len(digests)], after=begin, end=last[0], count=limit, **asked)
        return _found(rows, limit, end)

    async def _end(self, driver: bytes, begin: str, window: int) -> str | None:
        """Where a window ends; None: before it is full."""
        row = await self._connection.row(_END_OF_WINDOW, driver=driver, after=begin, skipped=window - 1)
        return None if row is None else str(row[0])

    async def is_count_due(self, now: datetime) -> bool:
        """Not where another node counted a few hours ago."""
        row = await self._connection.row(_LAST_COUNT)
        return row is None or row[0] is None or row[0] <= now - _COUNTED_EVERY

    async def count(self, frequent: int = _FREQUENT, at_once: int = _AT_ONCE) -> dict[bytes, int]:
        """The words that so many bear, read from the index piece by piece."""
        found: dict[bytes, int] = {}
        word, bearer, bearers = b"", "", 0
        while rows := await self._connection.rows(_COUNT, word=word, bearer=bearer, count=at_once):
            for digest, counted, last in rows:
                # A word may begin in one piece and go on in the next.
                bearers = counted + (bearers if bytes(digest) == word else 0)
                word, bearer = bytes(digest), str(last)
                if bearers >= frequent:
                    found[word] = bearers
        return found

    async def keep_count(self, counted: Mapping[bytes, int], now: datetime) -> bool:
        """False: another node was quicker."""
        await self._connection.serialize(_RECOUNT)
        if not await self.is_count_due(now):
            return False
        await self._connection.run(_CLEAR)
        for digest, bearers in counted.items():
            await self._connection.run(_KEEP, digest=digest, bearers=bearers, counted_at=now)
        return True

    async def _rarest_first(self, digests: list[bytes]) -> dict[bytes, int]:
        """About how many bear each; a word that is not among the frequent ones is borne by fewer than those."""
        asked = {f"word_{n}": digest for n, digest in enumerate(digests)}
        rows = await self._connection.rows(_FREQUENCIES[len(digests)], **asked)
        counted = {bytes(row[0]): int(row[1]) for row in rows}
        rare = min([_FREQUENT, *counted.values()])
        bearers = {digest: counted.get(digest, rare) for digest in digests}
        return dict(sorted(bearers.items(), key=lambda one: (one[1], one[0] in counted)))


def _found(rows: list[Row], limit: int, end: str | None) -> Found:
    ids = tuple(str(row[0]) for row in rows)
    return Found(ids, ids[-1] if len(ids) == limit else end)
