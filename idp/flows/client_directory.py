"""Registered clients by id, kept for a moment: hot paths may not read a client's row each time.

What must act at once (a disabled client) is read again by every statement that issues or looks at tokens.
"""

from datetime import datetime, timedelta

from idp.storage.clients import RegisteredClient
from idp.storage.database import Database

_MOST_KEPT = 10_000


class ClientDirectory:
    """Bounded; a change on any node empties it through `forget`, and nothing is believed longer than `keep`."""

    def __init__(self, db: Database, keep: timedelta) -> None:
        self._db = db
        self._keep = keep
        self._known: dict[str, tuple[datetime, RegisteredClient]] = {}

    async def get(self, client_id: str, now: datetime) -> RegisteredClient | None:
        """The client in any state, or None; unknown ids are never kept, so they can't fill the memory."""
        known = self._known.get(client_id)
        if known is not None and now - known[0] < self._keep:
            return known[1]
        return await self.fresh(client_id, now)

    async def fresh(self, client_id: str, now: datetime) -> RegisteredClient | None:
        """As it stands now: whoever sends a person somewhere, or asks them for consent, must not do so by old terms."""
        async with self._db.read() as tx:
            registered = await tx.clients.get(client_id)
        if registered is None:
            self._known.pop(client_id, None)
            return None
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[client_id] = (now, registered)
        return registered

    def forget(self, client_id: str | None = None) -> None:
        """Forget one client, or all of them."""
        if client_id is None:
            self._known.clear()
        else:
            self._known.pop(client_id, None)
