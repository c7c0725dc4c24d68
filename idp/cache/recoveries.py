"""Where the proofs of somebody who can't sign in stand, until two roots are proven; losing it costs the proofs again.

A record names a person, so the flows seal it: this room sees bytes.
"""

from idp.cache.store import Key, Room, Store, Versioned, checked, lifetime, named


class Recoveries:
    """Records by id. Their versions let of two answers to one page one alone count."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, run_id: str, record: bytes, ttl: int) -> int:
        return await self._store.put_versioned(_key(run_id), checked(record), lifetime(ttl))

    async def get(self, run_id: str) -> Versioned | None:
        return await self._store.get_versioned(_key(run_id))

    async def swap(self, run_id: str, expected_version: int, record: bytes, ttl: int) -> bool:
        """Replace the version that was read; False when another request came first, or the record is gone."""
        return await self._store.swap(_key(run_id), expected_version, checked(record), lifetime(ttl))

    async def delete(self, run_id: str) -> None:
        await self._store.delete(_key(run_id))


def _key(run_id: str) -> Key:
    # An id comes from a path: it may hold anything, lone surrogates included, and must then simply not be found.
    return named(Room.RECOVERIES, run_id.encode("utf-8", "surrogatepass"))
