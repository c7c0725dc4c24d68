"""What a citizen does on a device of their own while an officer waits: shortly, and sealed by the flows."""

from idp.cache.store import Key, Room, Store, checked, lifetime, named


class Pads:
    """Records by the digest of what was handed out."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, digest: bytes, record: bytes, ttl: int) -> None:
        await self._store.put(_key(digest), checked(record), lifetime(ttl))

    async def get(self, digest: bytes) -> bytes | None:
        return await self._store.get(_key(digest))

    async def take(self, digest: bytes) -> bytes | None:
        """Read and forget in one act: of two at once one gets None."""
        return await self._store.take(_key(digest))


def _key(digest: bytes) -> Key:
    return named(Room.PADS, digest)
