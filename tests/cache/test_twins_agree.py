"""A law: whatever is asked in whatever order, Redis and its in-process twin answer the same."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from tests.cache.conftest import NOON, Bench
from tests.stand.redis import RedisServer

Act: TypeAlias = Callable[[Bench], Awaitable[object]]

names = st.sampled_from(["k1", "k2"])
records = st.binary(max_size=8)
ttls = st.integers(1, 50)


def on_interactions(name: str, record: bytes, ttl: int, version: int, which: int) -> Act:
    async def act(bench: Bench) -> object:
        room = bench.cache.interactions
        match which:
            case 0:
                return await room.put(name, record, ttl)
            case 1:
                return await room.swap(name, version, record, ttl)
            case 2:
                await room.delete(name)
                return None
            case _:
                return await room.get(name)

    return act


def on_pushed_requests(name: str, record: bytes, ttl: int, which: int) -> Act:
    async def act(bench: Bench) -> object:
        room = bench.cache.pushed_requests
        match which:
            case 0:
                await room.put(name.encode(), record, ttl)
                return None
            case 1:
                return await room.take(name.encode())
            case _:
                return await room.peek(name.encode())

    return act


def on_message_codes(name: str, record: bytes, ttl: int, version: int, which: int) -> Act:
    async def act(bench: Bench) -> object:
        room = bench.cache.message_codes
        match which:
            case 0:
                await room.put(name.encode(), record, ttl)
                return None
            case 1:
                return await room.swap(name.encode(), version, record, ttl)
            case _:
                return await room.get(name.encode())

    return act


def on_replay(name: str, ttl: int) -> Act:
    return lambda bench: bench.cache.replay.first_seen("kind", name.encode(), ttl)


def on_throttle(name: str, limit: int, at: int, which: int) -> Act:
    async def act(bench: Bench) -> object:
        now, key = NOON + timedelta(milliseconds=at), name.encode()
        match which:
            case 0:
                await bench.cache.throttle.forget(key)
                return None
            case 1:
                return await bench.cache.throttle.peek(key, limit, 20, now)
            case _:
                return await bench.cache.throttle.hit(key, limit, 20, now)

    return act


def passing(seconds: int) -> Act:
    return lambda bench: bench.pass_time(seconds)


acts = st.one_of(
    st.builds(on_interactions, names, records, ttls, st.integers(0, 4), st.integers(0, 5)),
    st.builds(on_pushed_requests, names, records, ttls, st.integers(0, 3)),
    st.builds(on_message_codes, names, records, ttls, st.integers(0, 4), st.integers(0, 3)),
    st.builds(on_replay, names, ttls),
    st.builds(on_throttle, names, st.integers(0, 3), st.integers(0, 60_000), st.integers(0, 6)),
    st.builds(passing, st.integers(1, 30)),
)


@given(story=st.lists(acts, max_size=25))
def test_the_same_story_has_the_same_answers(redis_server: RedisServer, story: list[Act]) -> None:
    async def told(url: str | None) -> list[object]:
        bench = Bench(url)
        await bench.open()
        try:
            return [await act(bench) for act in story]
        finally:
            await bench.cache.close()

    async def both() -> tuple[list[object], list[object]]:
        redis_server.flush()
        return await told(None), await told(redis_server.url)

    in_process, in_redis = asyncio.run(both())
    assert in_process == in_redis
