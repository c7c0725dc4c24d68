"""Searching people by name among many (`--people 2000000`): how long one page takes, for good and for bad questions."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idp.composition import hall_of
from idp.crypto.key_folder import KeyFolder
from idp.crypto.keyed_index import KeyedIndex
from idp.flows import find_people
from idp.flows.hall import Hall
from idp.identity.name_search import NameQuery, parse
from idp.kernel.clock import system_clock
from idp.settings import load
from idp.storage import migrate
from tests.bench import name_population
from tests.bench.name_population import Population
from tests.stand.postgres import private_postgres
from tests.stand.process import private_folder

TARGET_MS = 50.0
# Loading is not what is measured, and nothing of it has to survive.
_LOADING = {
    "shared_buffers": "512MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "30min",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of one page: index, and the people on it decrypted."""

    question: str
    p50: float
    p99: float
    worst: float
    found: float


@dataclass(frozen=True, slots=True)
class Outcome:
    people: int
    loaded_s: float
    counted_s: float
    measured: tuple[Measured, ...]


def run(people: int, samples: int, say: Callable[[str], None]) -> Outcome:
    with private_postgres(_LOADING) as postgres, private_folder("names") as folder:
        url = postgres.create()
        migrate.upgrade(url)
        KeyFolder.create(folder / "keys")
        return asyncio.run(_run(url, folder, people, samples, say))


async def _run(url: str, folder: Path, people: int, samples: int, say: Callable[[str], None]) -> Outcome:
    told = {"DATABASE_URL": url, "KEYS_DIR": str(folder / "keys"), "IDP_PROFILE": "sandbox"}
    async with hall_of(load({**told, "ISSUER": "http://localhost:8000"}), system_clock) as hall:
        begun = time.perf_counter()
        index = KeyedIndex(hall.roots.index_key)
        population = await name_population.fill(url, hall.vault, index, people, system_clock(), say)
        loaded = time.perf_counter()
        await find_people.recount(hall, system_clock())
        counted = time.perf_counter()
        measured = [await _measure(hall, name, asked, samples) for name, asked in _questions(population)]
    return Outcome(people, loaded - begun, counted - loaded, tuple(measured))


def _questions(of: Population) -> Iterator[tuple[str, Iterator[NameQuery]]]:
    common, rare, places = (
        itertools.cycle(of.common_given),
        itertools.cycle(of.rare_given),
        itertools.cycle(of.communes),
    )
    largest = of.communes[0]
    yield "nguyen thi, page after page", itertools.repeat(parse("nguyen thi"))
    yield "thi van: two frequent words that seldom meet", itertools.repeat(parse("thi van"))
    yield "nguyen, and a frequent given name", (parse(f"nguyen {word}") for word in common)
    yield "nguyen, and a rare given name", (parse(f"nguyen {word}") for word in rare)
    yield "two frequent given names", (parse(f"{next(common)} {word}") for word in common)
    yield "two rare given names", (parse(f"{next(rare)} {word}") for word in rare)
    yield "nguyen thi, and two given names", (parse(f"nguyen thi {next(common)} {word}") for word in common)
    yield "a, and a rare name", (parse(f"a {word}") for word in rare)
    yield "nguyen, and a name that nobody bears", itertools.repeat(parse("nguyen qwerty"))
    yield "nguyen in one commune after another", (parse("nguyen", place) for place in places)
    yield "thi in the largest commune", itertools.repeat(parse("thi", largest))
    yield "a rare name in one commune after another", (parse(next(rare), place) for place in places)


async def _measure(hall: Hall, question: str, asked: Iterator[NameQuery], samples: int) -> Measured:
    took, found, after = [], 0, None
    before: NameQuery | None = None
    for number, query in zip(range(-10, samples), asked, strict=False):
        begun = time.perf_counter()
        # The same question once more goes on where its last page ended.
        page = await find_people.by_name(hall, query, after if query == before else None)
        if number >= 0:
            took.append(1000 * (time.perf_counter() - begun))
            found += len(page.people)
        before, after = query, page.after
    ranked = sorted(took)
    return Measured(
        question, statistics.median(ranked), ranked[int(0.99 * (len(ranked) - 1))], ranked[-1], found / samples
    )


def table(outcome: Outcome) -> str:
    """Markdown: docs/performance.md takes it as it is."""
    rows = [
        f"| {one.question} | {one.p50:.1f} | {one.p99:.1f} | {one.worst:.1f} | {one.found:.1f} |"
        for one in outcome.measured
    ]
    head = ["| question | p50 ms | p99 ms | worst ms | people on a page |", "|---|---:|---:|---:|---:|"]
    told = (
        f"{outcome.people:,} people, loaded in {outcome.loaded_s:.0f} s; frequent words counted in "
        f"{outcome.counted_s:.1f} s; target {TARGET_MS:.0f} ms a page."
    )
    return "\n".join([*head, *rows, "", told])


def document(outcome: Outcome) -> dict[str, Any]:
    return {
        "people": outcome.people,
        "loaded_s": outcome.loaded_s,
        "counted_s": outcome.counted_s,
        "questions": {
            one.question: {"p50_ms": one.p50, "p99_ms": one.p99, "worst_ms": one.worst, "found": one.found}
            for one in outcome.measured
        },
    }
