"""Hashing away from the event loop: few threads, a bounded number admitted, Busy for the rest."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from idp.crypto.password_hash import PasswordHash, Verdict
from idp.kernel.secret import Secret

_Result = TypeVar("_Result")

# At 27 ms a piece, 64 in line on one core is under two seconds of waiting: beyond that, people are better told.
_WAITING: Final = 64


class Busy(Exception):
    """More hashing is asked for than can be done in time; the door answers 503 with Retry-After."""


class PasswordWorkers:
    """argon2 releases the interpreter's lock, so one thread per usable core works beside the loop.

    Each thread keeps the 19 MiB of one hash: a worker that is pinned to a core must not have as many as the machine.
    """

    def __init__(self, passwords: PasswordHash, *, threads: int | None = None, waiting: int = _WAITING) -> None:
        self._passwords = passwords
        count = threads or len(os.sched_getaffinity(0))
        self._admission = threading.BoundedSemaphore(count + waiting)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="password")

    async def hash(self, password: Secret) -> str:
        """Raises Busy, UnusablePassword."""
        return await self._run(lambda: self._passwords.hash(password))

    async def verify(self, password: Secret, stored: str) -> Verdict:
        """Raises Busy."""
        return await self._run(lambda: self._passwords.verify(password, stored))

    async def dummy_verify(self, password: Secret) -> Verdict:
        """For an unknown account: the same work and the same admission, always wrong. Raises Busy."""
        return await self._run(lambda: self._passwords.dummy_verify(password))

    def close(self) -> None:
        """Let what runs finish, and drop what waits."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        if not self._admission.acquire(blocking=False):
            raise Busy
        try:
            future = self._threads.submit(work)
        except RuntimeError:  # shut down
            self._admission.release()
            raise Busy from None
        # The place is free when the thread is, not when a client that hung up stops waiting.
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def _leave(self, _: Future[_Result]) -> None:
        self._admission.release()
