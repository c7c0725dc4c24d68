"""A piece of work again and again until it is told to stop; one failure never ends it."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from idp.cache import CacheUnavailable
from idp.storage.errors import StorageUnavailable

_log = logging.getLogger(__name__)


async def repeat(
    name: str,
    work: Callable[[], Awaitable[object]],
    every: timedelta,
    stop: asyncio.Event,
    wake: asyncio.Event | None = None,
) -> None:
    """Work, then wait for the interval, for `wake`, or for `stop`. What has begun is finished before it ends."""
    while not stop.is_set():
        if wake is not None:
            wake.clear()
        try:
            await work()
        except (StorageUnavailable, CacheUnavailable) as failure:
            _log.warning("%s waits: %s", name, type(failure).__name__)
        except Exception:  # noqa: BLE001 - a bug in one round must not end deliveries for good
            _log.exception("%s failed and will be tried again", name)
        await _pause(every, stop, wake)


async def _pause(every: timedelta, stop: asyncio.Event, wake: asyncio.Event | None) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in (stop, wake) if event is not None]
    try:
        await asyncio.wait(waiting, timeout=every.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*waiting, return_exceptions=True)
