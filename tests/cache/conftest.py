"""A cache on each of its two stores, a way to let time pass on both, and a Redis that may be killed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL

import pytest
from redis.asyncio import Redis

from idp.cache import Cache
from tests.stand.ports import free_port
from tests.stand.process import as_unprivileged, listening, private_folder, running

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class MortalRedis:
    """A private server that a test may kill and start again on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(self._folder)]
        command = as_unprivileged(["redis-server", *options])
        self._stack.enter_context(
            running(command, ready=listening(self.port), log=self._folder / "log", stop_signal=SIGKILL)
        )

    def kill(self) -> None:
        """At once, with every connection; nothing was written anywhere."""
        self._stack.close()


@pytest.fixture
def mortal_redis() -> Iterator[MortalRedis]:
    with private_folder("redis") as folder:
        server = MortalRedis(folder)
        yield server
        server.kill()


class Bench:
    """A cache, and the power to let its time pass."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self.now = NOON
        self.cache: Cache

    async def open(self) -> None:
        self.cache = await Cache.open(self._url, lambda: self.now)

    async def pass_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        if self._url is None:
            return
        # Redis has its own clock: everything in it grows older instead.
        async with Redis.from_url(self._url) as redis:
            async for key in redis.scan_iter():
                await redis.pexpire(key, max(0, await redis.pttl(key) - seconds * 1000))


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.stand)])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    bench = Bench(request.getfixturevalue("redis_url") if request.param == "redis" else None)
    await bench.open()
    yield bench
    await bench.cache.close()


@pytest.fixture
def cache(bench: Bench) -> Cache:
    return bench.cache
