"""Two million people whose names are as frequent as real ones: rows made by COPY, indexes built afterwards.

Shares of family names are those of Lê Trung Hoa (2005), who counted them: every third person is a Nguyễn, and nearly
every woman a Thị.
"""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg

from idp.crypto.field_encryption import Vault
from idp.crypto.keyed_index import KeyedIndex
from idp.identity import name, name_search
from idp.identity.person import Fact
from idp.kernel.ids import new_id
from idp.storage.persons import NAME_WORD, seal_facts
from idp.storage.types import dumps

_FAMILY: Final = {
    "Nguyễn": 38.4,
    "Trần": 11.0,
    "Lê": 9.5,
    "Phạm": 7.1,
    "Huỳnh": 5.1,
    "Phan": 4.5,
    "Võ": 3.9,
    "Đặng": 2.1,
    "Bùi": 2.0,
    "Đỗ": 1.4,
    "Hồ": 1.3,
    "Ngô": 1.3,
    "Dương": 1.0,
    "Lý": 0.5,
    "Đinh": 3.0,
    "Trương": 2.2,
    "Cao": 1.0,
}
_OF_WOMEN: Final = {"Thị": 85.0, "Ngọc": 6.0, "Thu": 3.0, "Hồng": 3.0, "Kim": 3.0}
_OF_MEN: Final = {"Văn": 45.0, "Đức": 8.0, "Minh": 8.0, "Quốc": 7.0, "Ngọc": 6.0, "Hữu": 6.0, "Đình": 5.0, "Thanh": 5.0}
# Some given names are borne by every fiftieth person, most by few: as Zipf's law has it.
_GIVEN: Final = [
    "Anh",
    "Hương",
    "Hiền",
    "Tuấn",
    "Dũng",
    "Hùng",
    "Lan",
    "Mai",
    "Hoa",
    "Thảo",
    "Linh",
    "Nga",
    "Hà",
    "Phương",
    "Tâm",
    "Sơn",
    "Nam",
    "Long",
    "Hải",
    "Bình",
    "Thủy",
    "Trang",
    "Vân",
    "Yến",
    "Ngân",
    "Loan",
    "Hạnh",
    "Nhung",
    "Oanh",
    "Thúy",
    "Cúc",
    "Đào",
    "Liên",
    "Sen",
    "Huệ",
    "Nhàn",
    "Lài",
    "Khoa",
    "Đạt",
    "Phúc",
    "Lộc",
    "Thọ",
    "Khánh",
    "Trung",
    "Kiên",
    "Cường",
    "Thắng",
    "Lợi",
    "Vinh",
    "Quang",
    "Huy",
]
_HEADS: Final = [
    "B",
    "Br",
    "Ch",
    "D",
    "Đ",
    "G",
    "H",
    "Hr",
    "K",
    "Kl",
    "L",
    "M",
    "N",
    "Ng",
    "Pl",
    "R",
    "S",
    "Th",
    "Tr",
    "X",
]
_TAILS: Final = ["a", "ăm", "âng", "eo", "ên", "iêm", "ong", "ơ̆", "ôi", "ua", "ung", "ưn", "uyên", "ương", "ach", "ich"]
_SYLLABLES: Final = tuple(head + tail for head in _HEADS for tail in _TAILS)
_COMMUNES: Final = 96
_AT_ONCE: Final = 50_000
_LOADED: Final = ("persons", "person_identifiers")


@dataclass(frozen=True, slots=True)
class Population:
    """What a search may ask for."""

    count: int
    common_given: tuple[str, ...]
    rare_given: tuple[str, ...]
    communes: tuple[str, ...]


async def fill(
    url: str, vault: Vault, index: KeyedIndex, count: int, now: datetime, say: Callable[[str], None]
) -> Population:
    """Into an upgraded, empty database of PostgreSQL, as its superuser."""
    chance = random.Random(1)
    given = [*_GIVEN, *chance.sample(_SYLLABLES, len(_SYLLABLES))]
    communes = tuple(f"9{number:04d}" for number in range(1, _COMMUNES + 1))
    made = _people(chance, given, communes)
    digests: dict[str, bytes] = {}
    connection = await asyncpg.connect(url)
    try:
        # What is referenced is there; checking it row by row would take longer than everything else.
        await connection.execute("SET session_replication_role = replica")
        again = await _drop_indexes(connection)
        for begun in range(0, count, _AT_ONCE):
            people = [next(made) for _ in range(min(_AT_ONCE, count - begun))]
            ids = [new_id() for _ in people]
            rows = [_person(vault, *one, now) for one in zip(ids, people, strict=True)]
            await connection.copy_records_to_table("persons", records=rows, columns=_PERSON)
            marks = _identifiers(index, digests, ids, people)
            await connection.copy_records_to_table("person_identifiers", records=marks, columns=_IDENTIFIER)
            say(f"{begun + len(people):,} people")
        for statement in again:
            await connection.execute(statement)
            say(statement.partition(" ON ")[0].partition(" PRIMARY ")[0])
        for table in _LOADED:
            await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()
    taken = {name.search_words(word) for word in (*_FAMILY, *_GIVEN, *_OF_WOMEN, *_OF_MEN)}
    folded = {name.search_words(word): word for word in given[-len(_SYLLABLES) // 2 :]}
    rare = {words: word for words, word in folded.items() if words not in taken}
    return Population(count, tuple(_GIVEN), tuple(rare.values()), communes)


_PERSON: Final = ("id", "state", "level", "data_key", "facts", "created_at", "updated_at")
_IDENTIFIER: Final = ("kind", "digest", "person_id")


def _people(chance: random.Random, given: Sequence[str], communes: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Name, date of birth, commune."""
    zipf = [1 / (rank + 3) for rank in range(len(given))]
    while True:
        count = 10_000
        family = chance.choices(list(_FAMILY), list(_FAMILY.values()), k=count)
        women = chance.choices(list(_OF_WOMEN), list(_OF_WOMEN.values()), k=count)
        men = chance.choices(list(_OF_MEN), list(_OF_MEN.values()), k=count)
        last = chance.choices(given, zipf, k=count)
        more = chance.choices(given, zipf, k=count)
        # Communes differ by a factor of twenty.
        where = chance.choices(communes, [1 / (rank + 5) for rank in range(len(communes))], k=count)
        for n in range(count):
            woman = n % 2 == 0
            if n % 10 == 9:
                called = f"{'Y' if n % 20 == 9 else 'A'} {last[n]}"
            else:
                middle = women[n] if woman else men[n]
                called = f"{family[n]} {middle} {more[n]} {last[n]}" if n % 3 else f"{family[n]} {middle} {last[n]}"
            yield called, f"{1940 + n % 70}-{1 + n % 12:02d}-{1 + n % 28:02d}", where[n]


def _person(vault: Vault, person_id: str, person: tuple[str, str, str], now: datetime) -> tuple[Any, ...]:
    called, born, _ = person
    key = vault.new_data_key()
    facts = {"name": Fact(called, "imported", now), "birthdate": Fact(born, "imported", now)}
    sealed = dumps(seal_facts(person_id, facts, vault.unwrap(key)))
    return person_id, "active", 1, key, sealed, now, now


def _identifiers(
    index: KeyedIndex, digests: dict[str, bytes], ids: Sequence[str], people: Sequence[tuple[str, str, str]]
) -> Iterator[tuple[str, bytes, str]]:
    for person_id, (called, _, commune) in zip(ids, people, strict=True):
        for word in (*name.search_words(called), name_search.commune_mark(commune)):
            digest = digests.get(word)
            if digest is None:
                digest = digests[word] = index.digest(NAME_WORD, word)
            yield NAME_WORD, digest, person_id
        # A digest of a number is as good as random.
        yield "national_id", os.urandom(32), person_id


async def _drop_indexes(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """The statements that bring them back: building an index over all rows is quicker than over each."""
    again = []
    for table in _LOADED:
        keys = await connection.fetch(
            "SELECT conname, pg_get_constraintdef(oid) AS said FROM pg_constraint"
            " WHERE conrelid = $1::text::regclass AND contype = 'p'",
            table,
        )
        names = [row["conname"] for row in keys]
        others = await connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1 AND NOT indexname = ANY($2::text[])",
            table,
            names,
        )
        if table == "persons":
            # Other tables refer to its key, and two million rows come into it in no time.
            continue
        for row in others:
            await connection.execute(f"DROP INDEX {row['indexname']}")
            again.append(row["indexdef"])
        for row in keys:
            await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {row['conname']}")
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {row['conname']} {row['said']}")
    return again
