"""Two kinds of load: as fast as the server answers, and at a given rate. An act is one operation on one connection."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.bench.connection import Connection

Act: TypeAlias = Callable[[Connection], Awaitable[None]]
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the moment at which an act was due."""

    p50: float
    p99: float
    rate: float


async def closed(port: int, acts: list[Act], count: int) -> float:
    """Run `count` acts, each connection one after the other; seconds that passed."""
    left = iter(range(count))

    async def work(act: Act) -> None:
        connection = await Connection.open(port)
        for _ in left:
            await act(connection)
        connection.close()

    begun = time.perf_counter()
    await asyncio.gather(*(work(act) for act in acts))
    return time.perf_counter() - begun


async def paced(port: int, acts: list[Act], rate: float, count: int) -> Latency:
    """Arrivals at random moments (Poisson), not waiting for earlier answers: a queue shows as time (no omission)."""
    chance = random.Random(1968)
    due: asyncio.Queue[float | None] = asyncio.Queue()
    taken: list[float] = []

    async def work(act: Act) -> None:
        connection = await Connection.open(port)
        while (at := await due.get()) is not None:
            await act(connection)
            taken.append(time.perf_counter() - at)
        connection.close()

    workers = [asyncio.create_task(work(act)) for act in acts]
    at = begun = time.perf_counter() + 0.05
    for _ in range(count):
        at += chance.expovariate(rate)
        if (pause := at - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        due.put_nowait(at)
    for _ in workers:
        due.put_nowait(None)
    await asyncio.gather(*workers)
    ordered = sorted(taken)
    return Latency(_at(ordered, 0.50), _at(ordered, 0.99), count / (time.perf_counter() - begun))


def _at(ordered: list[float], share: float) -> float:
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]
