"""The signing keys that this process works with: reloaded on a schedule and on an unknown `kid`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from idp.crypto.field_encryption import Vault
from idp.crypto.keyring import KeyRing
from idp.crypto.signing_keys import KeyRecord
from idp.storage.database import Database

# An unknown kid may be a stranger's invention: it must not turn into a query for each request.
_RELOAD_AT_MOST_EVERY = timedelta(seconds=5)


class KeyHolder:
    """`ring` is replaced whole, so that a request sees one consistent set of keys."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db = db
        self._vault = vault
        self._loaded_at: datetime | None = None
        self._records: Sequence[KeyRecord] = ()
        self.ring = KeyRing([], {})

    async def reload(self, now: datetime) -> None:
        async with self._db.read() as tx:
            records = await tx.keys.all()
        self._loaded_at = now
        if records == self._records:
            # What was verified under the present ring stays known.
            return
        self.ring = KeyRing.load(records, self._vault, previous=self.ring)
        self._records = records

    async def reload_if_stale(self, now: datetime) -> None:
        """What a request does that meets an unknown kid."""
        if self._loaded_at is None or now - self._loaded_at >= _RELOAD_AT_MOST_EVERY:
            await self.reload(now)
