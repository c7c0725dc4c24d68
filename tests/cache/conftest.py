"""A cache on each of its two stores, a way to let time pass on both, and a Redis that may be killed."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection, socket

import pytest
from redis.asyncio import Redis

from idp.cache import Cache

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Server:
    """A private redis-server that a test may stop and start again on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            ["redis-server", *options, "--dir", str(self._folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(200):
            with suppress(OSError), create_connection(("127.0.0.1", self.port), timeout=1):
                return
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)
        raise AssertionError("redis-server does not answer")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def mortal_redis(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path) as server:
        yield server


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


@pytest.fixture(params=["memory", "redis"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    url = None
    if request.param == "redis":
        url = request.getfixturevalue("shared_redis").url
        async with Redis.from_url(url) as redis:
            await redis.flushall()
    bench = Bench(url)
    await bench.open()
    yield bench
    await bench.cache.close()


@pytest.fixture
def cache(bench: Bench) -> Cache:
    return bench.cache


async def until(event: asyncio.Event) -> None:
    """Wait for what another process does, but not for ever."""
    async with asyncio.timeout(20):
        await event.wait()
