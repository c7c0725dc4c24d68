"""What is on its way to an upstream and back, once and shortly; and how the upstream fares, as all nodes see it."""

from idp.cache.store import Key, Room, Store, Versioned, checked, lifetime, named


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

    async def breaker(self, upstream: str) -> Versioned | None:
        return await self._store.get_versioned(_breaker(upstream))

    async def put_breaker(self, upstream: str, record: bytes, ttl: int) -> None:
        await self._store.put_versioned(_breaker(upstream), checked(record), lifetime(ttl))

    async def swap_breaker(self, upstream: str, expected: int, record: bytes, ttl: int) -> bool:
        """False where another node wrote meanwhile: read, judge and write again."""
        return await self._store.swap(_breaker(upstream), expected, checked(record), lifetime(ttl))


def _breaker(upstream: str) -> Key:
    return named(Room.UPSTREAM, f"breaker:{upstream}".encode())
