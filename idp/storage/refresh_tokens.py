"""Refresh tokens, by digest; a family is all tokens of one grant. Rotation is a hot statement."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, bindparam, select, update

from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement
from idp.storage.types import Instant

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("grant_id", Text, ForeignKey("grants.id"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    # The digest of the token that took its place.
    Column("successor", LargeBinary),
    Index("ix_refresh_tokens_grant_id", "grant_id"),
    Index("ix_refresh_tokens_expires_at", "expires_at"),
)

_next = refresh_tokens.alias("next")
_FIND = Statement(
    select(
        refresh_tokens.c.grant_id,
        refresh_tokens.c.client_id,
        refresh_tokens.c.issued_at,
        refresh_tokens.c.expires_at,
        refresh_tokens.c.used_at,
        _next.c.used_at,
    )
    .join_from(refresh_tokens, _next, _next.c.digest == refresh_tokens.c.successor, isouter=True)
    .where(refresh_tokens.c.digest == bindparam("key"))
)
_REVOKE = Statement(
    update(refresh_tokens)
    .where(
        refresh_tokens.c.digest == bindparam("key"),
        refresh_tokens.c.used_at.is_(None),
        refresh_tokens.c.expires_at > bindparam("now"),
    )
    .values(expires_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """RFC 9700 §4.14.2: `used_at` of a token that is presented again means reuse, and the family ends."""

    grant_id: str
    client_id: str
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None
    successor_used: bool


class RefreshTokens:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, digest: bytes) -> RefreshToken | None:
        row = await self._connection.row(_FIND, key=digest)
        return None if row is None else RefreshToken(row[0], row[1], row[2], row[3], row[4], row[5] is not None)

    async def revoke(self, digest: bytes, now: datetime) -> bool:
        """This one only, by letting it expire; the family ends with its grant."""
        return await self._connection.run(_REVOKE, key=digest, now=now) == 1
