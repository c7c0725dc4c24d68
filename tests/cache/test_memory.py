"""The in-process twin stays small, and forgets in the right order."""

import pytest

from idp.cache import CacheUnavailable
from idp.cache.invalidation import Invalidation
from idp.cache.memory_store import MemoryStore
from idp.cache.store import Room, Window, named
from tests.cache.conftest import NOON

KIB = 1024


def small(now: list[float]) -> MemoryStore:
    return MemoryStore(lambda: NOON.fromtimestamp(now[0], NOON.tzinfo), dict.fromkeys(Room, 64 * KIB))


async def flood(store: MemoryStore, room: Room) -> None:
    for n in range(2000):
        await store.put_new(named(room, b"flood %d" % n), 60)


async def test_a_flood_of_interactions_stays_within_its_bytes_and_the_newest_remain() -> None:
    store = small([0.0])
    keys = [named(Room.INTERACTIONS, str(n).encode()) for n in range(2000)]
    for key in keys:
        await store.put_versioned(key, b"x" * 1000, 600)
        assert store.size(Room.INTERACTIONS) <= 64 * KIB
    assert await store.get_versioned(keys[-1])
    assert await store.get_versioned(keys[0]) is None


async def test_expired_entries_go_before_living_ones() -> None:
    now = [0.0]
    store = small(now)
    living = named(Room.INTERACTIONS, b"living")
    await store.put(living, b"x" * 1000, 600)
    for n in range(30):
        await store.put(named(Room.INTERACTIONS, str(n).encode()), b"x" * 1000, 5)
    now[0] = 6.0
    for n in range(100, 130):
        await store.put(named(Room.INTERACTIONS, str(n).encode()), b"x" * 1000, 900)
    assert await store.get(living) is not None


async def test_a_flood_never_makes_a_replayed_thing_look_new() -> None:
    now = [0.0]
    store = small(now)
    first = named(Room.REPLAY, b"first")
    assert await store.put_new(first, 60)
    for n in range(100):
        await store.put_new(named(Room.REPLAY, str(n).encode()), 60)
    with pytest.raises(CacheUnavailable):
        await flood(store, Room.REPLAY)
    assert not await store.put_new(first, 60)
    now[0] = 61.0
    assert await store.put_new(first, 60)


async def test_a_key_written_over_and_over_costs_one_entry() -> None:
    store = small([0.0])
    key = named(Room.THROTTLE, b"address")
    for n in range(5000):
        await store.hit(key, Window(10, 1000), n * 1000)
        await store.put(named(Room.INTERACTIONS, b"same"), b"x", 60)
    assert store.size(Room.THROTTLE) < KIB
    assert len(store._shelves[Room.INTERACTIONS]._by_expiry) < 100


async def test_a_flood_of_one_room_leaves_the_others_alone() -> None:
    store = small([0.0])
    pushed = named(Room.PUSHED_REQUESTS, b"d")
    await store.put(pushed, b"x", 60)
    for n in range(2000):
        await store.hit(named(Room.THROTTLE, str(n).encode()), Window(5, 60_000), 0)
    assert await store.get(pushed) == b"x"


async def test_a_message_in_one_process_is_a_direct_call() -> None:
    channel, heard, deaf = Invalidation(None), list[str](), list[str]()

    def broken(topic: str) -> None:
        raise RuntimeError(topic)

    channel.subscribe(broken)
    channel.subscribe(heard.append)
    unsubscribe = channel.subscribe(deaf.append)
    unsubscribe()
    unsubscribe()
    assert await channel.publish("client:kho-bac")
    assert heard == ["client:kho-bac"]
    assert deaf == []
    await channel.close()
