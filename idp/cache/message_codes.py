"""One-time codes that were sent by message, as keyed digests, until they are used or lapse."""

from idp.cache.store import Room, Store, Versioned, checked, lifetime, named


class MessageCodes:
    """Records by an opaque name. The version makes each guess count, and the right one count once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, name: bytes, record: bytes, ttl: int) -> None:
        """The code that was sent before under this name is void."""
        await self._store.put_versioned(named(Room.MESSAGE_CODES, name), checked(record), lifetime(ttl))

    async def get(self, name: bytes) -> Versioned | None:
        return await self._store.get_versioned(named(Room.MESSAGE_CODES, name))

    async def swap(self, name: bytes, expected_version: int, record: bytes, ttl: int) -> bool:
        """Replace the version that was read; False when another guess, or another code, came first."""
        return await self._store.swap(named(Room.MESSAGE_CODES, name), expected_version, checked(record), lifetime(ttl))
