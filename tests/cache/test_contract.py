"""One suite for both stores: Redis and its in-process twin give the same answers."""

import asyncio
from datetime import timedelta

import pytest

from idp.cache import MAX_VALUE, Cache, ValueTooLarge, Verdict, Versioned
from tests.cache.conftest import NOON, Bench

DIGEST = bytes(range(32))
RECORD = "Nguyễn Thị Thuỳ Dương".encode() + b"\x00\xff sealed"


async def test_an_interaction_is_read_back_as_it_was_put(cache: Cache) -> None:
    assert await cache.interactions.put("k7m2", RECORD, 60) == 1
    assert await cache.interactions.get("k7m2") == Versioned(1, RECORD)


async def test_an_unknown_interaction_is_absent_and_cannot_be_swapped(cache: Cache) -> None:
    assert await cache.interactions.get("nobody") is None
    assert not await cache.interactions.swap("nobody", 0, b"x", 60)
    assert not await cache.interactions.swap("nobody", 1, b"x", 60)
    assert await cache.interactions.get("nobody") is None


@pytest.mark.parametrize("strange", ["", "\x00", "\ud800", "đ" * 5000, "*", "idp:i:k"])
async def test_any_text_from_a_path_is_a_possible_id(cache: Cache, strange: str) -> None:
    assert await cache.interactions.get(strange) is None
    await cache.interactions.put(strange, b"x", 60)
    assert await cache.interactions.get(strange) == Versioned(1, b"x")


async def test_a_swap_succeeds_on_the_version_that_was_read_and_on_no_other(cache: Cache) -> None:
    await cache.interactions.put("k7m2", b"one", 60)
    assert await cache.interactions.swap("k7m2", 1, b"two", 60)
    assert not await cache.interactions.swap("k7m2", 1, b"again", 60)
    assert await cache.interactions.get("k7m2") == Versioned(2, b"two")


async def test_of_many_parallel_swaps_exactly_one_wins(cache: Cache) -> None:
    await cache.interactions.put("k7m2", b"start", 60)
    won = await asyncio.gather(*(cache.interactions.swap("k7m2", 1, str(n).encode(), 60) for n in range(50)))
    assert won.count(True) == 1
    assert await cache.interactions.get("k7m2") == Versioned(2, str(won.index(True)).encode())


async def test_putting_again_never_brings_an_old_version_back(cache: Cache) -> None:
    await cache.interactions.put("k7m2", b"one", 60)
    assert await cache.interactions.put("k7m2", b"two", 60) == 2
    assert not await cache.interactions.swap("k7m2", 1, b"stale", 60)


async def test_an_interaction_ends_with_its_time_to_live_and_a_swap_renews_it(bench: Bench) -> None:
    interactions = bench.cache.interactions
    await interactions.put("k7m2", b"one", 60)
    await bench.pass_time(59)
    assert await interactions.swap("k7m2", 1, b"two", 60)
    await bench.pass_time(59)
    assert await interactions.get("k7m2") == Versioned(2, b"two")
    await bench.pass_time(2)
    assert await interactions.get("k7m2") is None
    assert not await interactions.swap("k7m2", 2, b"late", 60)


async def test_a_deleted_interaction_is_gone_and_deleting_twice_is_no_error(cache: Cache) -> None:
    await cache.interactions.put("k7m2", b"one", 60)
    await cache.interactions.delete("k7m2")
    await cache.interactions.delete("k7m2")
    assert await cache.interactions.get("k7m2") is None


async def test_a_pushed_request_is_looked_at_freely_and_taken_once(cache: Cache) -> None:
    await cache.pushed_requests.put(DIGEST, RECORD, 90)
    assert [await cache.pushed_requests.peek(DIGEST) for _ in range(2)] == [RECORD, RECORD]
    taken = await asyncio.gather(*(cache.pushed_requests.take(DIGEST) for _ in range(20)))
    assert sorted(taken, key=bool) == [None] * 19 + [RECORD]
    assert await cache.pushed_requests.peek(DIGEST) is None


async def test_a_pushed_request_ends_with_its_time_to_live(bench: Bench) -> None:
    await bench.cache.pushed_requests.put(DIGEST, RECORD, 90)
    await bench.pass_time(91)
    assert await bench.cache.pushed_requests.peek(DIGEST) is None
    assert await bench.cache.pushed_requests.take(DIGEST) is None


async def test_of_many_who_show_the_same_thing_one_is_first(cache: Cache) -> None:
    first = await asyncio.gather(*(cache.replay.first_seen("otp", DIGEST, 60) for _ in range(20)))
    assert first.count(True) == 1


async def test_what_was_seen_is_remembered_per_kind_and_for_its_time(bench: Bench) -> None:
    replay = bench.cache.replay
    assert await replay.first_seen("a", DIGEST, 60)
    assert await replay.first_seen("b", DIGEST, 60)
    assert not await replay.first_seen("a", DIGEST, 60)
    await bench.pass_time(61)
    assert await replay.first_seen("a", DIGEST, 60)


async def test_something_already_expired_is_still_remembered_for_a_moment(cache: Cache) -> None:
    assert await cache.replay.first_seen("a", DIGEST, -5)
    assert not await cache.replay.first_seen("a", DIGEST, -5)


async def test_a_window_allows_its_limit_then_says_how_long_to_wait(cache: Cache) -> None:
    verdicts = [await cache.throttle.hit(DIGEST, 3, 60, NOON + timedelta(seconds=n)) for n in range(5)]
    assert verdicts == [Verdict(True, 0)] * 3 + [Verdict(False, 57), Verdict(False, 56)]


async def test_a_window_slides_and_refused_hits_do_not_push_it_away(bench: Bench) -> None:
    throttle = bench.cache.throttle
    for seconds in (0, 10, 20, 30, 40, 50, 59):
        await throttle.hit(DIGEST, 2, 60, NOON + timedelta(seconds=seconds))
    assert await throttle.hit(DIGEST, 2, 60, NOON + timedelta(seconds=60)) == Verdict(True, 0)
    assert await throttle.hit(DIGEST, 2, 60, NOON + timedelta(seconds=61)) == Verdict(False, 9)
    assert await throttle.hit(DIGEST, 2, 60, NOON + timedelta(seconds=70)) == Verdict(True, 0)


async def test_a_wait_is_rounded_up_to_whole_seconds(cache: Cache) -> None:
    await cache.throttle.hit(DIGEST, 1, 60, NOON)
    assert await cache.throttle.hit(DIGEST, 1, 60, NOON + timedelta(seconds=59.5)) == Verdict(False, 1)


async def test_peeking_counts_nothing_and_forgetting_wipes_the_slate(cache: Cache) -> None:
    throttle = cache.throttle
    for _ in range(3):
        assert await throttle.peek(DIGEST, 1, 60, NOON) == Verdict(True, 0)
    await throttle.hit(DIGEST, 1, 60, NOON)
    assert await throttle.peek(DIGEST, 1, 60, NOON) == Verdict(False, 60)
    await throttle.forget(DIGEST)
    assert await throttle.hit(DIGEST, 1, 60, NOON) == Verdict(True, 0)


async def test_a_limit_of_nothing_refuses_everything(cache: Cache) -> None:
    assert await cache.throttle.hit(DIGEST, 0, 60, NOON) == Verdict(False, 60)
    assert await cache.throttle.peek(DIGEST, 0, 60, NOON) == Verdict(False, 60)


async def test_parallel_hits_never_pass_the_limit(cache: Cache) -> None:
    verdicts = await asyncio.gather(*(cache.throttle.hit(DIGEST, 7, 60, NOON) for _ in range(60)))
    assert sum(v.allowed for v in verdicts) == 7


async def test_a_window_leaves_nothing_behind(bench: Bench) -> None:
    await bench.cache.throttle.hit(DIGEST, 1, 60, NOON)
    await bench.pass_time(61)
    # An instant of the old window: were the hit still held, this one would be refused.
    assert await bench.cache.throttle.hit(DIGEST, 1, 60, NOON) == Verdict(True, 0)


async def test_a_record_as_long_as_allowed_is_held_and_a_longer_one_refused(cache: Cache) -> None:
    await cache.interactions.put("k7m2", b"x" * MAX_VALUE, 60)
    await cache.pushed_requests.put(DIGEST, b"x" * MAX_VALUE, 60)
    too_long = b"x" * (MAX_VALUE + 1)
    with pytest.raises(ValueTooLarge):
        await cache.interactions.put("other", too_long, 60)
    with pytest.raises(ValueTooLarge):
        await cache.interactions.swap("k7m2", 1, too_long, 60)
    with pytest.raises(ValueTooLarge):
        await cache.pushed_requests.put(DIGEST, too_long, 60)
    assert await cache.interactions.get("k7m2") == Versioned(1, b"x" * MAX_VALUE)


@pytest.mark.parametrize("ttl", [0, -1])
async def test_nothing_is_held_for_no_time_at_all(cache: Cache, ttl: int) -> None:
    with pytest.raises(ValueError, match="at least one second"):
        await cache.interactions.put("k7m2", b"x", ttl)
    with pytest.raises(ValueError, match="at least one second"):
        await cache.pushed_requests.put(DIGEST, b"x", ttl)


async def test_the_rooms_do_not_see_each_other(cache: Cache) -> None:
    name = "same"
    await cache.interactions.put(name, b"interaction", 60)
    await cache.pushed_requests.put(name.encode(), b"pushed", 60)
    await cache.throttle.hit(name.encode(), 1, 60, NOON)
    await cache.throttle.forget(name.encode())
    assert await cache.pushed_requests.take(name.encode()) == b"pushed"
    assert await cache.interactions.get(name) == Versioned(1, b"interaction")


async def test_an_open_cache_is_ready(cache: Cache) -> None:
    await cache.ping()
