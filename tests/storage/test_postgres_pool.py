"""The pool's places: handed on in order, never lost, whatever callers do."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from idp.storage.errors import StorageUnavailable
from idp.storage.postgres_pool import Pool
from tests.stand.ports import free_port


@pytest_asyncio.fixture
async def pool(postgres_url: str) -> AsyncIterator[Pool]:
    opened = Pool(postgres_url, 1)
    yield opened
    await opened.close()


async def is_free(pool: Pool) -> bool:
    try:
        held = await asyncio.wait_for(pool.acquire(), 1)
    except TimeoutError:
        return False
    assert (await held.fetch("SELECT 7", []))[0][0] == 7
    pool.release(held)
    return True


async def test_who_waits_longest_is_next(pool: Pool) -> None:
    held = await pool.acquire()
    order: list[str] = []

    async def use(name: str) -> None:
        mine = await pool.acquire()
        order.append(name)
        pool.release(mine)

    waiting = [asyncio.create_task(use(name)) for name in ("first", "second", "third")]
    await asyncio.sleep(0)
    pool.release(held)
    # Whoever comes while others wait does not go past them.
    await use("late")
    await asyncio.gather(*waiting)
    assert order == ["first", "second", "third", "late"]


async def test_a_caller_that_stops_waiting_takes_no_place(pool: Pool) -> None:
    held = await pool.acquire()
    gone = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    pool.release(held)
    assert await is_free(pool)


async def test_a_place_handed_to_a_caller_that_went_at_that_moment_is_passed_on(pool: Pool) -> None:
    held = await pool.acquire()
    gone = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    pool.release(held)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert gone.cancelled()
    assert await is_free(pool)


async def test_a_wait_without_end_is_unavailable_and_costs_no_place(postgres_url: str) -> None:
    pool = Pool(postgres_url, 1, wait_s=0)
    held = await pool.acquire()
    with pytest.raises(StorageUnavailable):
        await pool.acquire()
    pool.release(held)
    assert await is_free(pool)
    await pool.close()


async def test_a_server_that_is_away_costs_no_place() -> None:
    pool = Pool(f"postgresql://idp@127.0.0.1:{free_port()}/idp", 1)
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            await pool.acquire()


async def test_a_connection_that_broke_off_inside_a_transaction_is_not_used_again(pool: Pool) -> None:
    held = await pool.acquire()
    await held.command("BEGIN")
    pool.release(held)
    assert held.connection.is_closed()
    assert await is_free(pool)


async def test_writes_are_counted(pool: Pool) -> None:
    held = await pool.acquire()
    await held.command("CREATE TABLE words (word text)")
    assert await held.run("INSERT INTO words SELECT unnest($1::text[])", [["lúa", "gạo"]]) == 2
    assert await held.run("UPDATE words SET word = 'gạo' WHERE word = $1", ["ngô"]) == 0
    assert await held.run("DELETE FROM words WHERE word = $1", ["lúa"]) == 1
    pool.release(held)
