"""Browsers in which a person signed in before: a keyed digest of its cookie, by which method, since when.

The digest is made for this person alone: a dump does not tell that two persons share a browser.
"""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, bindparam, delete, select, update

from idp.crypto.keyed_index import KeyedIndex
from idp.kernel.secret import Secret
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement, insert_unless_exists
from idp.storage.types import Instant

known_browsers = Table(
    "known_browsers",
    metadata,
    Column("person_id", Text, ForeignKey("persons.id"), primary_key=True),
    Column("browser", LargeBinary, primary_key=True),
    # Whoever proved one thing here is not thereby known to prove another.
    Column("method", Text, primary_key=True),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Index("ix_known_browsers_last_seen_at", "last_seen_at"),
)

_HERE = (known_browsers.c.person_id == bindparam("person"), known_browsers.c.browser == bindparam("digest"))
_METHODS = Statement(select(known_browsers.c.method).where(*_HERE))
_FORGET = Statement(delete(known_browsers).where(*_HERE))
_ADD = insert_unless_exists(known_browsers)
_SEEN = Statement(
    update(known_browsers)
    .where(*_HERE, known_browsers.c.method == bindparam("proven"))
    .values(last_seen_at=bindparam("now"))
)


class KnownBrowsers:
    """The repository. What being known is good for is decided in flows."""

    def __init__(self, connection: Connection, index: KeyedIndex) -> None:
        self._connection = connection
        self._index = index

    async def methods(self, person_id: str, browser: Secret) -> frozenset[str]:
        """By which methods this person signed in here before; empty for a browser that is new to them."""
        rows = await self._connection.rows(_METHODS, person=person_id, digest=self._digest(person_id, browser))
        return frozenset(row[0] for row in rows)

    async def met(self, person_id: str, browser: Secret, method: str, now: datetime) -> bool:
        """This person has just proven this here. True the first time, for one of several requests at once."""
        digest = self._digest(person_id, browser)
        added = await self._connection.run(
            _ADD, person_id=person_id, browser=digest, method=method, first_seen_at=now, last_seen_at=now
        )
        if not added:
            await self._connection.run(_SEEN, person=person_id, digest=digest, proven=method, now=now)
        return added == 1

    async def forget(self, person_id: str, browser: Secret) -> None:
        """It is nobody's own, says the person."""
        await self._connection.run(_FORGET, person=person_id, digest=self._digest(person_id, browser))

    def _digest(self, person_id: str, browser: Secret) -> bytes:
        return self._index.digest("browser", f"{person_id}\0{browser.reveal()}")
