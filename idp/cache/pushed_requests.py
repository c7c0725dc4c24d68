"""Authorization requests that a client pushed (RFC 9126), by the digest of their request_uri, until they are used."""

from idp.cache.store import Room, Store, checked, lifetime, named


class PushedRequests:
    """RFC 9126 §2.2, §4: a request_uri lives shortly and is used once. The flows seal the record (login_hint)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, handle_digest: bytes, record: bytes, ttl: int) -> None:
        await self._store.put(named(Room.PUSHED_REQUESTS, handle_digest), checked(record), lifetime(ttl))

    async def peek(self, handle_digest: bytes) -> bytes | None:
        """Read without using it up: a request that is refused on a page may be tried again."""
        return await self._store.get(named(Room.PUSHED_REQUESTS, handle_digest))

    async def take(self, handle_digest: bytes) -> bytes | None:
        """Read and forget in one act: of two parallel uses one gets None."""
        return await self._store.take(named(Room.PUSHED_REQUESTS, handle_digest))
