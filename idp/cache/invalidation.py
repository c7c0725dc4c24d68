"""Telling the other nodes that something they keep in their own memory has changed; a hint that may be lost.

Whoever keeps things in memory therefore also lets them expire: a lost message only makes a change arrive later.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final, TypeAlias

from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from idp.cache.errors import CacheUnavailable
from idp.cache.redis_store import RedisStore

EVERYTHING: Final = "*"
"""The topic that means: messages may have been missed, so forget all that you keep."""

Callback: TypeAlias = Callable[[str], None]

_CHANNEL: Final = "idp:invalidation"
_HEALTH_S: Final = 15.0
_RECONNECT_S: Final = (0.05, 0.2, 0.5, 1.0, 2.0)
_log = logging.getLogger(__name__)


class Invalidation:
    """Within the process a direct call; with Redis, also a message to every other node."""

    def __init__(self, redis: RedisStore | None) -> None:
        self._redis = redis
        self._callbacks: list[Callback] = []
        self._listener: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    def open(self) -> None:
        if self._redis is not None:
            self._listener = asyncio.create_task(self._listen(self._redis))

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Call `callback(topic)` on each message, until the function that is returned is called."""
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._callbacks.remove(callback)

        return unsubscribe

    async def publish(self, topic: str) -> bool:
        """Tell this process at once, and the others; False when they could not be told and will learn it by expiry.

        Never an error: what changed is committed already, and its act must not fail for a hint.
        """
        self._tell(topic)
        if self._redis is None:
            return True
        try:
            await self._redis.publish(_CHANNEL, topic)
        except CacheUnavailable as failure:
            _log.warning("invalidation not sent: %s", failure)
            return False
        return True

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener

    def _tell(self, topic: str) -> None:
        for callback in tuple(self._callbacks):
            try:
                callback(topic)
            except Exception:  # noqa: BLE001 one deaf listener must not silence the others
                _log.exception("invalidation callback failed")

    async def _listen(self, redis: RedisStore) -> None:
        failures = 0
        while True:
            try:
                async with redis.pubsub() as channel:
                    await channel.subscribe(_CHANNEL)
                    failures = 0
                    await self._relay(channel)
            except (RedisError, OSError) as failure:
                self.listening.clear()
                _log.warning("invalidation channel lost: %s", type(failure).__name__)
                await asyncio.sleep(_RECONNECT_S[min(failures, len(_RECONNECT_S) - 1)])
                failures += 1

    async def _relay(self, channel: PubSub) -> None:
        """Hand each message on until the connection breaks, or no longer answers a ping."""
        pinged = False
        while True:
            message = await channel.get_message(timeout=_HEALTH_S)
            if message is None:
                if pinged:
                    raise RedisConnectionError
                await channel.ping()
                pinged = True
                continue
            pinged = False
            if message["type"] == "subscribe":
                # Whatever was said before this moment was not heard.
                self._tell(EVERYTHING)
                self.listening.set()
            elif message["type"] == "message":
                self._tell(message["data"].decode("utf-8", "replace"))
