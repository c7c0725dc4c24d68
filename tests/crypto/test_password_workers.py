"""Hashing beside the loop: a bounded number is admitted, and hanging up frees no place still in use."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from idp.crypto.password_hash import Argon2Cost, PasswordHash, UnusablePassword, Verdict
from idp.crypto.password_workers import Busy, PasswordWorkers
from idp.kernel.secret import Secret

PASSWORD = Secret("mật khẩu")


class SlowHash(PasswordHash):
    """Verifies when it is told to."""

    def __init__(self) -> None:
        super().__init__(Argon2Cost(memory_kib=8, time_cost=1))
        self.started = threading.Semaphore(0)
        self.go_on = threading.Event()

    def verify(self, password: Secret, stored: str) -> Verdict:
        self.started.release()
        self.go_on.wait(10)
        return super().verify(password, stored)


@pytest.fixture
def slow() -> Iterator[SlowHash]:
    passwords = SlowHash()
    yield passwords
    passwords.go_on.set()


async def test_it_hashes_and_verifies_as_the_hasher_does() -> None:
    workers = PasswordWorkers(PasswordHash(Argon2Cost(memory_kib=8, time_cost=1)), threads=2)
    stored = await workers.hash(PASSWORD)
    assert (await workers.verify(PASSWORD, stored)).ok
    assert not (await workers.verify(Secret("sai"), stored)).ok
    assert not (await workers.dummy_verify(PASSWORD)).ok
    with pytest.raises(UnusablePassword):
        await workers.hash(Secret(""))
    workers.close()


async def test_beyond_the_limit_it_is_busy_and_afterwards_it_serves_again(slow: SlowHash) -> None:
    workers = PasswordWorkers(slow, threads=1, waiting=1)
    admitted = [asyncio.ensure_future(workers.verify(PASSWORD, "x")) for _ in range(2)]
    await asyncio.to_thread(slow.started.acquire)
    with pytest.raises(Busy):
        await workers.verify(PASSWORD, "x")
    with pytest.raises(Busy):
        await workers.dummy_verify(PASSWORD)
    slow.go_on.set()
    await asyncio.gather(*admitted)
    assert not (await workers.verify(PASSWORD, "x")).ok
    workers.close()


async def test_a_client_that_hangs_up_keeps_its_place_until_the_thread_is_done(slow: SlowHash) -> None:
    workers = PasswordWorkers(slow, threads=1, waiting=0)
    abandoned = asyncio.ensure_future(workers.verify(PASSWORD, "x"))
    await asyncio.to_thread(slow.started.acquire)
    abandoned.cancel()
    await asyncio.wait([abandoned])
    with pytest.raises(Busy):
        await workers.verify(PASSWORD, "x")
    slow.go_on.set()
    workers.close()


async def test_one_that_waits_and_hangs_up_leaves_the_queue(slow: SlowHash) -> None:
    workers = PasswordWorkers(slow, threads=1, waiting=1)
    running = asyncio.ensure_future(workers.verify(PASSWORD, "x"))
    await asyncio.to_thread(slow.started.acquire)
    for _ in range(5):
        waiting = asyncio.ensure_future(workers.verify(PASSWORD, "x"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    slow.go_on.set()
    await running
    workers.close()


async def test_after_closing_it_is_busy() -> None:
    workers = PasswordWorkers(PasswordHash(Argon2Cost(memory_kib=8, time_cost=1)), threads=1)
    workers.close()
    for _ in range(200):
        with pytest.raises(Busy):
            await workers.hash(PASSWORD)
