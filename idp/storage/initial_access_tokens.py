"""Initial access tokens of dynamic registration (RFC 7591 §3): by digest, with powers, a limit of uses and an end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Integer, LargeBinary, Table, Text, bindparam, or_, select, update

from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement, insert_row
from idp.storage.types import Instant, Json

initial_access_tokens = Table(
    "initial_access_tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("label", Text, nullable=False),
    Column("powers", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    # NULL: as often as one likes, until the end.
    Column("uses_left", Integer),
)

_ADD = insert_row(initial_access_tokens)
_USABLE = (
    initial_access_tokens.c.digest == bindparam("key"),
    initial_access_tokens.c.expires_at > bindparam("now"),
    or_(initial_access_tokens.c.uses_left.is_(None), initial_access_tokens.c.uses_left > 0),
)
_PEEK = Statement(select(initial_access_tokens.c.powers).where(*_USABLE))
_TAKE = Statement(
    update(initial_access_tokens)
    .where(*_USABLE)
    .values(uses_left=initial_access_tokens.c.uses_left - 1)
    .returning(initial_access_tokens.c.powers)
)
_ALL = Statement(
    select(
        initial_access_tokens.c.label,
        initial_access_tokens.c.powers,
        initial_access_tokens.c.expires_at,
        initial_access_tokens.c.uses_left,
    ).order_by(initial_access_tokens.c.created_at, initial_access_tokens.c.label)
)


@dataclass(frozen=True, slots=True)
class InitialAccessToken:
    """What an administrator sees of one; its text is known to its holder only."""

    label: str
    powers: frozenset[str]
    expires_at: datetime
    uses_left: int | None


class InitialAccessTokens:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self, digest: bytes, label: str, powers: Iterable[str], expires_at: datetime, uses: int | None, now: datetime
    ) -> None:
        await self._connection.run(
            _ADD,
            digest=digest,
            label=label,
            powers=sorted(powers),
            created_at=now,
            expires_at=expires_at,
            uses_left=uses,
        )

    async def take(self, digest: bytes, now: datetime) -> frozenset[str] | None:
        """One use, and what it may do; None when unknown, expired or used up."""
        row = await self._connection.row(_TAKE, key=digest, now=now)
        return None if row is None else frozenset(row[0])

    async def peek(self, digest: bytes, now: datetime) -> frozenset[str] | None:
        """What it may do, without using it: a document with a mistake costs no use."""
        row = await self._connection.row(_PEEK, key=digest, now=now)
        return None if row is None else frozenset(row[0])

    async def all(self) -> list[InitialAccessToken]:
        rows = await self._connection.rows(_ALL)
        return [InitialAccessToken(label, frozenset(powers), end, left) for label, powers, end, left in rows]
