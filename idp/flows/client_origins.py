"""Which web origins belong to any registered client: all that a CORS preflight can be asked, for it names no client."""

from datetime import datetime, timedelta
from typing import Final

from idp.protocol import redirect_uri
from idp.protocol.client import ClientState
from idp.storage.database import Database

_KEPT: Final = timedelta(minutes=1)
# A browser can be made to ask for origins that nobody knows: that must not read all clients each time.
_RELOAD_AT_MOST_EVERY: Final = timedelta(seconds=1)


class ClientOrigins:
    """One per process. What a client may really read is decided again once it has said who it is."""

    def __init__(self) -> None:
        self._loaded_at: datetime | None = None
        self._origins: frozenset[str] = frozenset()

    async def knows(self, origin: str, db: Database, now: datetime) -> bool:
        age = None if self._loaded_at is None else now - self._loaded_at
        if age is None or age >= _KEPT or (origin not in self._origins and age >= _RELOAD_AT_MOST_EVERY):
            await self._load(db)
            self._loaded_at = now
        return origin in self._origins

    async def _load(self, db: Database) -> None:
        async with db.read() as tx:
            clients = [registered.client for registered in await tx.clients.all()]
        self._origins = frozenset(
            origin
            for client in clients
            if client.state is not ClientState.DISABLED
            for origin in redirect_uri.origins(client)
        )
