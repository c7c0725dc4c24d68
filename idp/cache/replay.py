"""Things that may be seen once within a short time; a client assertion's `jti` is durable and lives in storage."""

from idp.cache.store import Room, Store, named


class Replay:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def first_seen(self, kind: str, digest: bytes, ttl: int) -> bool:
        """True for the first caller within `ttl` seconds, False for everyone after.

        A time to live that has already run out counts as one second: remembering longer is the safe side.
        """
        return await self._store.put_new(named(Room.REPLAY, kind.encode() + b"\0" + digest), max(1, ttl))
