"""What is known of the addresses that people are reached at: when control was proven, what failed, which are dead.

Only keyed digests of addresses: a dump does not tell whose number is whose. Whether an address still proves anything is
decided in authn.
"""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, bindparam, delete, select, update

from idp.crypto.keyed_index import KeyedIndex
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement, insert_or_replace, insert_unless_exists
from idp.storage.types import Instant

# Control of an address, proven here by its person; an address that they change counts for nothing until it is.
contact_proofs = Table(
    "contact_proofs",
    metadata,
    Column("person_id", Text, ForeignKey("persons.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("proven_at", Instant, nullable=False),
    Index("ix_contact_proofs_digest", "channel", "digest"),
)
# A number that was given to somebody else is dead for everybody who had it.
dead_contacts = Table(
    "dead_contacts",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("dead_at", Instant, nullable=False),
)
# How often in a row a message came back from there: a mark that says nothing by itself.
contact_failures = Table(
    "contact_failures",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
    Index("ix_contact_failures_last_at", "last_at"),
)

_THERE = (contact_failures.c.channel == bindparam("by"), contact_failures.c.digest == bindparam("to"))
_PROVEN = insert_or_replace(contact_proofs)
_PROVEN_AT = Statement(
    select(contact_proofs.c.proven_at).where(
        contact_proofs.c.person_id == bindparam("person"),
        contact_proofs.c.channel == bindparam("by"),
        contact_proofs.c.digest == bindparam("to"),
    )
)
_BEARERS = Statement(
    select(contact_proofs.c.person_id)
    .where(contact_proofs.c.channel == bindparam("by"), contact_proofs.c.digest == bindparam("to"))
    .order_by(contact_proofs.c.person_id)
)
_DEAD = insert_or_replace(dead_contacts)
_DEAD_AT = Statement(
    select(dead_contacts.c.dead_at).where(
        dead_contacts.c.channel == bindparam("by"), dead_contacts.c.digest == bindparam("to")
    )
)
_FIRST_FAILURE = insert_unless_exists(contact_failures)
_FAILED = Statement(
    update(contact_failures).where(*_THERE).values(failures=contact_failures.c.failures + 1, last_at=bindparam("now"))
)
_FAILURES = Statement(select(contact_failures.c.failures).where(*_THERE))
_DELIVERED = Statement(delete(contact_failures).where(*_THERE))


class Contacts:
    """The repository. `channel` is `sms` or `email`; addresses come in their canonical form."""

    def __init__(self, connection: Connection, index: KeyedIndex) -> None:
        self._connection = connection
        self._index = index

    async def prove(self, person_id: str, channel: str, address: str, now: datetime) -> None:
        """This person has just shown that they read what is sent there."""
        digest = self.digest(channel, address)
        await self._connection.run(_PROVEN, person_id=person_id, channel=channel, digest=digest, proven_at=now)

    async def proven_at(self, person_id: str, channel: str, address: str) -> datetime | None:
        """The last time, for this very address; None: never here."""
        row = await self._connection.row(_PROVEN_AT, person=person_id, by=channel, to=self.digest(channel, address))
        return None if row is None else row[0]

    async def bearers(self, channel: str, address: str) -> list[str]:
        """Persons who proved control of this address."""
        rows = await self._connection.rows(_BEARERS, by=channel, to=self.digest(channel, address))
        return [row[0] for row in rows]

    async def declare_dead(self, channel: str, address: str, reason: str, now: datetime) -> None:
        digest = self.digest(channel, address)
        await self._connection.run(_DEAD, channel=channel, digest=digest, reason=reason, dead_at=now)
        await self._connection.run(_DELIVERED, by=channel, to=digest)

    async def dead_at(self, channel: str, address: str) -> datetime | None:
        row = await self._connection.row(_DEAD_AT, by=channel, to=self.digest(channel, address))
        return None if row is None else row[0]

    async def failed(self, channel: str, address: str, now: datetime) -> int:
        """A message came back; how many in a row that makes."""
        digest = self.digest(channel, address)
        if await self._connection.run(_FIRST_FAILURE, channel=channel, digest=digest, failures=1, last_at=now):
            return 1
        await self._connection.run(_FAILED, by=channel, to=digest, now=now)
        row = await self._connection.row(_FAILURES, by=channel, to=digest)
        return 1 if row is None else int(row[0])

    async def delivered(self, channel: str, address: str) -> None:
        """The row of failures is broken."""
        await self._connection.run(_DELIVERED, by=channel, to=self.digest(channel, address))

    def digest(self, channel: str, address: str) -> bytes:
        """Also what an authenticator of this address bears, so that it signs in one person only."""
        return self._index.digest(f"contact_{channel}", address)
