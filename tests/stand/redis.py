"""A private Redis per test worker, without persistence; it knows none of our keys."""

import contextlib
from collections.abc import Iterator

import redis

from tests.stand.ports import free_port
from tests.stand.process import as_unprivileged, listening, private_folder, running


class RedisServer:
    """A running private server."""

    def __init__(self, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@contextlib.contextmanager
def private_redis() -> Iterator[RedisServer]:
    """A server on a free port; gone afterwards."""
    port = free_port()
    with private_folder("redis") as folder:
        storage = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), *storage]
        with running(as_unprivileged(command), ready=listening(port), log=folder / "log"):
            yield RedisServer(port)
