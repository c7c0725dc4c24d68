"""What was asked of somebody who adds an authenticator, until they answer: shortly, and once."""

from idp.cache.store import Room, Store, checked, lifetime, named


class Challenges:
    """Records by the digest of what was handed out. The flows seal them, and bind them to a session."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, digest: bytes, record: bytes, ttl: int) -> None:
        await self._store.put(named(Room.CHALLENGES, digest), checked(record), lifetime(ttl))

    async def take(self, digest: bytes) -> bytes | None:
        """Read and forget in one act: of two parallel answers one gets None."""
        return await self._store.take(named(Room.CHALLENGES, digest))
