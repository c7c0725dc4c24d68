"""What only a server of its own can do: be cancelled upon, be killed, come back, and be read by a stranger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from idp.cache import EVERYTHING, Cache, CacheUnavailable, Versioned
from idp.cache.redis_store import RedisStore, connect
from idp.cache.store import Key, Room
from tests.cache.conftest import NOON, MortalRedis

pytestmark = pytest.mark.stand

ALICE, BINH = Key(Room.INTERACTIONS, "alice"), Key(Room.INTERACTIONS, "binh")


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[RedisStore]:
    """Two connections, so that a spoilt one is soon met again."""
    store = RedisStore(connect(redis_url, connections=2))
    await store.put(ALICE, b"alice", 600)
    await store.put(BINH, b"binh", 600)
    yield store
    await store.close()


async def test_a_command_cancelled_at_any_step_never_hands_its_reply_to_the_next_user(store: RedisStore) -> None:
    # redis-py, CVE-2023-28858 and CVE-2023-28859
    for steps in range(60):
        asked = asyncio.create_task(store.get(ALICE))
        for _ in range(steps):
            await asyncio.sleep(0)
        asked.cancel()
        assert await store.get(BINH) == b"binh"
    assert [await store.get(ALICE) for _ in range(4)] == [b"alice"] * 4


@asynccontextmanager
async def slow_way_to(url: str, gate: asyncio.Event, held: asyncio.Event) -> AsyncIterator[str]:
    """A relay before Redis that holds every reply back while the gate is shut, and says so."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, waits: bool) -> None:
        while data := await reader.read(65536):
            if waits:
                held.set()
                await gate.wait()
            writer.write(data)
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_in, there_out = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        await asyncio.gather(pump(reader, there_out, waits=False), pump(there_in, writer, waits=True))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    async with server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"


async def test_a_reply_that_comes_after_the_caller_has_gone_reaches_nobody_else(
    store: RedisStore, redis_url: str
) -> None:
    gate, held = asyncio.Event(), asyncio.Event()
    gate.set()
    async with slow_way_to(redis_url, gate, held) as url:
        slow = RedisStore(connect(url, connections=1))
        assert await slow.get(ALICE) == b"alice"
        for _ in range(5):
            gate.clear()
            held.clear()
            gone = asyncio.create_task(slow.get(ALICE))
            await held.wait()
            gone.cancel()
            next_user = asyncio.create_task(slow.get(BINH))
            await asyncio.sleep(0)
            gate.set()
            assert await next_user == b"binh"
            assert gone.cancelled()
        await slow.close()


async def test_a_storm_of_cancellations_leaves_every_connection_whole(store: RedisStore) -> None:
    async def ask(n: int) -> None:
        key, expected = ((ALICE, b"alice"), (BINH, b"binh"))[n % 2]
        assert await store.get(key) == expected

    for round_ in range(12):
        tasks = [asyncio.create_task(ask(n)) for n in range(40)]
        for _ in range(round_ * 2):
            await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(o) for o in outcomes} <= {type(None), asyncio.CancelledError}
    await asyncio.gather(*(ask(n) for n in range(40)))


async def test_a_node_that_is_told_to_end_while_it_begins_to_listen_ends(redis_url: str) -> None:
    # redis-py loses a cancellation that comes while it subscribes: a node hung for ever before it had begun to serve.
    for steps in range(80):
        cache = await Cache.open(redis_url, lambda: NOON)
        for _ in range(steps):
            await asyncio.sleep(0)
        done, _ = await asyncio.wait({asyncio.create_task(cache.close())}, timeout=10)
        assert done


async def test_a_key_names_nothing_that_a_browser_bears_and_everything_ends(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        cache = await Cache.open(redis_url, lambda: NOON)
        await cache.interactions.put("k7m2interaction", b"sealed", 60)
        await cache.pushed_requests.put(b"handle-digest", b"sealed", 60)
        await cache.replay.first_seen("kind", b"seen-digest", 60)
        await cache.throttle.hit(b"address-digest", 3, 60, NOON)
        keys = [key.decode() async for key in redis.scan_iter()]
        assert sorted(key[:6] for key in keys) == ["idp:i:", "idp:p:", "idp:r:", "idp:t:"]
        for word in ("k7m2", "digest", "kind"):
            assert not any(word in key for key in keys)
        assert {0 < await redis.ttl(key) <= 60 for key in keys} == {True}
        await cache.close()


async def test_without_redis_the_cache_opens_and_every_act_says_unavailable(mortal_redis: MortalRedis) -> None:
    mortal_redis.kill()
    cache = await Cache.open(mortal_redis.url, lambda: NOON)
    acts = [
        cache.ping(),
        cache.interactions.put("k", b"x", 60),
        cache.interactions.get("k"),
        cache.interactions.swap("k", 1, b"x", 60),
        cache.interactions.delete("k"),
        cache.pushed_requests.put(b"d", b"x", 60),
        cache.pushed_requests.peek(b"d"),
        cache.pushed_requests.take(b"d"),
        cache.replay.first_seen("kind", b"d", 60),
        cache.throttle.hit(b"d", 1, 60, NOON),
        cache.throttle.peek(b"d", 1, 60, NOON),
        cache.throttle.forget(b"d"),
    ]
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    assert [type(o) for o in outcomes] == [CacheUnavailable] * len(acts)
    assert not any(str(mortal_redis.port) in str(o) for o in outcomes)
    await cache.close()


async def test_after_a_restart_of_redis_everything_works_again(mortal_redis: MortalRedis) -> None:
    cache = await Cache.open(mortal_redis.url, lambda: NOON)
    await asyncio.gather(*(cache.interactions.put(f"k{n}", b"x", 60) for n in range(8)))
    mortal_redis.kill()
    with pytest.raises(CacheUnavailable):
        await cache.interactions.get("k0")
    mortal_redis.start()
    # The eight pooled connections are dead and the scripts are unknown to the new server: no caller notices.
    assert await asyncio.gather(*(cache.interactions.put(f"n{n}", b"y", 60) for n in range(8))) == [1] * 8
    assert await cache.interactions.get("n0") == Versioned(1, b"y")
    assert await cache.interactions.get("k0") is None
    await cache.close()


async def test_a_message_reaches_the_other_node_also_after_redis_was_away(mortal_redis: MortalRedis) -> None:
    here = await Cache.open(mortal_redis.url, lambda: NOON)
    there = await Cache.open(mortal_redis.url, lambda: NOON)
    heard = asyncio.Queue[str]()
    there.invalidation.subscribe(heard.put_nowait)
    async with asyncio.timeout(30):
        assert await heard.get() == EVERYTHING  # listening now
        assert await here.invalidation.publish("client:kho-bac")
        while await heard.get() != "client:kho-bac":
            pass
        mortal_redis.kill()
        assert not await here.invalidation.publish("client:lost")
        mortal_redis.start()
        # What was said meanwhile is lost, so the listener is told to forget everything.
        while await heard.get() != EVERYTHING:
            pass
        assert await here.invalidation.publish("client:thue")
        while await heard.get() != "client:thue":
            pass
    await here.close()
    await there.close()


async def test_a_full_redis_says_unavailable_and_not_something_else(mortal_redis: MortalRedis) -> None:
    cache = await Cache.open(mortal_redis.url, lambda: NOON)
    async with Redis.from_url(mortal_redis.url) as redis:
        await redis.config_set("maxmemory", "1")
    with pytest.raises(CacheUnavailable):
        await cache.interactions.put("k", b"x", 60)
    with pytest.raises(CacheUnavailable):
        await cache.replay.first_seen("kind", b"d", 60)
    await cache.close()
