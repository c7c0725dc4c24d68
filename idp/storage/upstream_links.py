"""Links between persons and their accounts at an upstream: only keyed digests of what the upstream calls them."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text, bindparam, select, update

from idp.crypto.keyed_index import KeyedIndex
from idp.identity.upstream_link import Link
from idp.kernel.level import Level
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant

_KIND = "upstream_subject"

upstream_links = Table(
    "upstream_links",
    metadata,
    Column("id", Text, primary_key=True),
    # One person has one account upstream, and the other way round: both columns are unique.
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("subject", LargeBinary, nullable=False, unique=True),
    Column("level", SmallInteger, nullable=False),
    Column("linked_at", Instant, nullable=False),
    Index("uq_upstream_links_person_id", "person_id", unique=True),
)

_COLUMNS = (upstream_links.c.id, upstream_links.c.person_id, upstream_links.c.level)
_ADD = insert_row(upstream_links)
_BY_SUBJECT = Statement(select(*_COLUMNS).where(upstream_links.c.subject == bindparam("digest")))
_OF_PERSON = Statement(select(*_COLUMNS).where(upstream_links.c.person_id == bindparam("person")))
_LINKED_AT = Statement(select(upstream_links.c.linked_at).where(upstream_links.c.person_id == bindparam("person")))
_SET_LEVEL = Statement(
    update(upstream_links).where(upstream_links.c.id == bindparam("key")).values(level=bindparam("new_level"))
)


class UpstreamLinks:
    """The repository. Whether a link may be made is identity's rule."""

    def __init__(self, connection: Connection, index: KeyedIndex) -> None:
        self._connection = connection
        self._index = index

    async def add(self, link: Link, issuer: str, sub: str, now: datetime) -> None:
        """Raises AlreadyExists where either side is linked already."""
        await self._connection.run(
            _ADD,
            id=link.id,
            person_id=link.person_id,
            subject=self._digest(issuer, sub),
            level=int(link.level),
            linked_at=now,
        )

    async def by_subject(self, issuer: str, sub: str) -> Link | None:
        row = await self._connection.row(_BY_SUBJECT, digest=self._digest(issuer, sub))
        return None if row is None else _link(row)

    async def of_person(self, person_id: str) -> Link | None:
        row = await self._connection.row(_OF_PERSON, person=person_id)
        return None if row is None else _link(row)

    async def linked_at(self, person_id: str) -> datetime | None:
        """Since when the person's account there is joined with the one here."""
        row = await self._connection.row(_LINKED_AT, person=person_id)
        return None if row is None else row[0]

    async def set_level(self, link_id: str, level: Level) -> None:
        await self._connection.run(_SET_LEVEL, key=link_id, new_level=int(level))

    def _digest(self, issuer: str, sub: str) -> bytes:
        # An issuer is a URL and holds no line feed: the pair is unambiguous.
        return self._index.digest(_KIND, f"{issuer}\n{sub}")


def _link(row: Row) -> Link:
    return Link(row[0], row[1], Level(row[2]))
