"""Messages between nodes by Redis' publish and subscribe: kept alive by pings, found again after Redis was away."""

import asyncio
import logging
from typing import Final

from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from idp.cache.invalidation import EVERYTHING, Callback
from idp.cache.redis_store import RedisStore

_CHANNEL: Final = "idp:invalidation"
_HEALTH_S: Final = 15.0
_LOST_S: Final = 0.1
_RECONNECT_S: Final = (0.05, 0.2, 0.5, 1.0, 2.0)
_log = logging.getLogger(__name__)


class RedisRelay:
    def __init__(self, redis: RedisStore) -> None:
        self._redis = redis
        self._listener: asyncio.Task[None] | None = None

    def listen(self, tell: Callback) -> None:
        """Hand each message to `tell`, from now until `close`."""
        self._listener = asyncio.create_task(self._listen(tell))

    async def publish(self, topic: str) -> None:
        await self._redis.publish(_CHANNEL, topic)

    async def close(self) -> None:
        # More than once: redis-py loses a cancellation that comes while it subscribes.
        while self._listener is not None and not self._listener.done():
            self._listener.cancel()
            await asyncio.wait({self._listener}, timeout=_LOST_S)

    async def _listen(self, tell: Callback) -> None:
        failures = 0
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(_CHANNEL)
                    failures = 0
                    await _relay(channel, tell)
            except (RedisError, OSError) as failure:
                _log.warning("invalidation channel lost: %s", type(failure).__name__)
                await asyncio.sleep(_RECONNECT_S[min(failures, len(_RECONNECT_S) - 1)])
                failures += 1


async def _relay(channel: PubSub, tell: Callback) -> None:
    """Hand messages on until the connection breaks, or no longer answers a ping."""
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
            tell(EVERYTHING)
        elif message["type"] == "message":
            tell(message["data"].decode("utf-8", "replace"))
