"""What befalls a hub, each in one stroke: SIGKILL, without a word to anybody, and the start that an operator makes."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from os import kill
from signal import SIGKILL

from tests.durability.engines import DurablePostgres, ForgetfulRedis
from tests.durability.processes import Mortal, workers_of


@dataclass(frozen=True)
class Stage:
    """All that runs. `postgres` and `redis` are None where the hub keeps everything in one process."""

    node: Mortal
    chance: random.Random
    postgres: DurablePostgres | None = None
    redis: ForgetfulRedis | None = None


async def a_worker_dies(stage: Stage) -> None:
    """One of the node's processes; the other goes on, and the parent begins a new one."""
    with suppress(ProcessLookupError):
        kill(stage.chance.choice(workers_of(stage.node)), SIGKILL)


async def the_node_dies(stage: Stage) -> None:
    stage.node.kill()
    stage.node.start()
    await stage.node.up()


async def a_backend_dies(stage: Stage) -> None:
    """PostgreSQL ends every connection and recovers."""
    assert stage.postgres is not None
    stage.postgres.kill_a_backend(stage.chance)
    await stage.postgres.process.up()


async def postgresql_dies(stage: Stage) -> None:
    assert stage.postgres is not None
    stage.postgres.process.kill()
    stage.postgres.process.start()
    await stage.postgres.process.up()


async def redis_dies(stage: Stage) -> None:
    assert stage.redis is not None
    stage.redis.process.kill()
    stage.redis.process.start()
    await stage.redis.process.up()


async def everything_dies(stage: Stage) -> None:
    engines = [engine.process for engine in (stage.postgres, stage.redis) if engine is not None]
    for process in (stage.node, *engines):
        process.kill()
    for process in engines:
        process.start()
    for process in engines:
        await process.up()
    stage.node.start()
    await stage.node.up()


Disaster = Callable[[Stage], Awaitable[None]]

WITH_SERVERS: tuple[Disaster, ...] = (
    a_worker_dies,
    redis_dies,
    a_backend_dies,
    the_node_dies,
    postgresql_dies,
    a_worker_dies,
    everything_dies,
)
ALONE: tuple[Disaster, ...] = (the_node_dies,) * 5
