"""What is on its way to an upstream and back, once and shortly; and how the upstream fares, as all nodes see it."""

from idp.cache.store import Room, Store, Versioned, checked, lifetime, named

_BREAKER = b"breaker"


class Upstream:
    """Records by the digest of their `state`; the flows seal them. The breaker's record names nobody."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, digest: bytes, record: bytes, ttl: int) -> None:
        await self._store.put(named(Room.UPSTREAM, digest), checked(record), lifetime(ttl))

    async def peek(self, digest: bytes) -> bytes | None:
        return await self._store.get(named(Room.UPSTREAM, digest))

    async def take(self, digest: bytes) -> bytes | None:
        """Read and forget in one act: of two answers to one question one alone is heard."""
        return await self._store.take(named(Room.UPSTREAM, digest))

    async def breaker(self) -> Versioned | None:
        return await self._store.get_versioned(named(Room.UPSTREAM, _BREAKER))

    async def put_breaker(self, record: bytes, ttl: int) -> None:
        await self._store.put_versioned(named(Room.UPSTREAM, _BREAKER), checked(record), lifetime(ttl))

    async def swap_breaker(self, expected: int, record: bytes, ttl: int) -> bool:
        """False where another node wrote meanwhile: read, judge and write again."""
        return await self._store.swap(named(Room.UPSTREAM, _BREAKER), expected, checked(record), lifetime(ttl))
