"""The standing work of a node: it forgets what changed elsewhere, and no failure of one round ends it for good."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from idp.flows.hall import Hall
from idp.flows.jobs.node import ready_keys, standing_work
from idp.flows.jobs.repeating import repeat
from idp.flows.rotate_keys import rotate
from idp.kernel.clock import system_clock
from idp.storage.errors import StorageUnavailable

SOON = timedelta(milliseconds=1)
LATER = timedelta(hours=1)


def failing(failure: Exception, enough: asyncio.Event) -> Callable[[], Awaitable[None]]:
    rounds = 0

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds >= 3:
            enough.set()
        raise failure

    return work


@pytest.mark.parametrize("failure", [StorageUnavailable("away"), KeyError("a bug")])
async def test_a_failed_round_is_followed_by_another(failure: Exception) -> None:
    stop, enough = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(repeat("work", failing(failure, enough), SOON, stop))
    await asyncio.wait_for(enough.wait(), 5)
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_being_woken_comes_before_the_interval_and_stopping_too() -> None:
    stop, wake, worked = asyncio.Event(), asyncio.Event(), asyncio.Semaphore(0)

    async def work() -> None:
        worked.release()

    running = asyncio.create_task(repeat("work", work, LATER, stop, wake))
    for _ in range(3):
        await asyncio.wait_for(worked.acquire(), 5)
        wake.set()
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_what_was_begun_is_finished_before_it_ends() -> None:
    stop, begun, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.sleep(0)
        finished.set()

    running = asyncio.create_task(repeat("work", work, LATER, stop))
    await begun.wait()
    stop.set()
    await running
    assert finished.is_set()


async def test_a_rotation_of_another_node_is_loaded_when_it_is_told(hall: Hall) -> None:
    await ready_keys(hall, system_clock)
    depths: list[int] = []
    async with standing_work(hall, system_clock, depths.append):
        before = hall.keys.ring
        await rotate(hall.db, hall.vault, hall.policies.rotation, rotate=frozenset({"ES256"}))
        await hall.cache.invalidation.publish("keys")
        async with asyncio.timeout(5):
            while hall.keys.ring is before or len(hall.keys.ring.jwks_document().body) == len(
                before.jwks_document().body
            ):
                await asyncio.sleep(0.01)
    assert depths == [0]


async def test_the_work_leaves_nothing_running(hall: Hall) -> None:
    await ready_keys(hall, system_clock)
    async with standing_work(hall, system_clock, lambda _: None):
        pass
    await hall.db.close()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
