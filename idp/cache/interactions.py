"""Where a sign-in stands between two pages; losing it costs the citizen one repeated sign-in page and nothing else.

A record may hold personal data (a login_hint), so the flows seal it: this room sees bytes.
"""

from idp.cache.store import Key, Room, Store, Versioned, checked, lifetime, named


class Interactions:
    """Records by interaction id. Their versions make a transition token single-use under any interleaving."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, interaction_id: str, record: bytes, ttl: int) -> int:
        """Store the record for `ttl` seconds; returns its version (1 for a new interaction)."""
        return await self._store.put_versioned(_key(interaction_id), checked(record), lifetime(ttl))

    async def get(self, interaction_id: str) -> Versioned | None:
        return await self._store.get_versioned(_key(interaction_id))

    async def swap(self, interaction_id: str, expected_version: int, record: bytes, ttl: int) -> bool:
        """Replace the version that was read; False when another request came first, or the interaction is gone."""
        return await self._store.swap(_key(interaction_id), expected_version, checked(record), lifetime(ttl))

    async def delete(self, interaction_id: str) -> None:
        await self._store.delete(_key(interaction_id))


def _key(interaction_id: str) -> Key:
    # An id comes from a path: it may hold anything, lone surrogates included, and must then simply not be found.
    return named(Room.INTERACTIONS, interaction_id.encode("utf-8", "surrogatepass"))
