"""The cache of one node: nine rooms and the invalidation channel over one store, Redis or its in-process twin.

It holds only what may vanish with, at worst, a repeated sign-in page; whatever must never be lost lives in storage.
"""

from typing import Self

from idp.cache.challenges import Challenges
from idp.cache.interactions import Interactions
from idp.cache.invalidation import Invalidation
from idp.cache.memory_store import MemoryStore
from idp.cache.message_codes import MessageCodes
from idp.cache.pads import Pads
from idp.cache.pushed_requests import PushedRequests
from idp.cache.recoveries import Recoveries
from idp.cache.replay import Replay
from idp.cache.store import Store
from idp.cache.throttle import Throttle
from idp.cache.upstream import Upstream
from idp.kernel.clock import Clock


class Cache:
    def __init__(self, store: Store, invalidation: Invalidation) -> None:
        self._store = store
        self.interactions = Interactions(store)
        self.pushed_requests = PushedRequests(store)
        self.replay = Replay(store)
        self.throttle = Throttle(store)
        self.upstream = Upstream(store)
        self.challenges = Challenges(store)
        self.message_codes = MessageCodes(store)
        self.recoveries = Recoveries(store)
        self.pads = Pads(store)
        self.invalidation = invalidation

    @classmethod
    async def open(cls, redis_url: str | None, clock: Clock) -> Self:
        """Open on Redis, or in this process when there is no URL.

        An absent Redis is no reason not to start: readiness tells, commands answer CacheUnavailable until it is there.
        """
        if redis_url is None:
            return cls(MemoryStore(clock), Invalidation(None))
        # redis-py takes a third of a second to import, and an installation without Redis never needs it.
        from idp.cache.redis_relay import RedisRelay  # noqa: PLC0415
        from idp.cache.redis_store import RedisStore, connect  # noqa: PLC0415

        redis = RedisStore(connect(redis_url))
        return cls(redis, Invalidation(RedisRelay(redis)))

    async def ping(self) -> None:
        """For readiness: raises CacheUnavailable."""
        await self._store.ping()

    async def close(self) -> None:
        await self.invalidation.close()
        await self._store.close()
