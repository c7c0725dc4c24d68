"""Access tokens that were revoked one by one (RFC 7009), by `jti`, until they expire. Read at each use of a token."""

from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, bindparam, select

from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement, insert_unless_exists
from idp.storage.types import Instant

revoked_tokens = Table(
    "revoked_tokens",
    metadata,
    Column("jti", Text, primary_key=True),
    Column("expires_at", Instant, nullable=False),
    Index("ix_revoked_tokens_expires_at", "expires_at"),
)

_ADD = insert_unless_exists(revoked_tokens)
_HAS = Statement(select(revoked_tokens.c.jti).where(revoked_tokens.c.jti == bindparam("key")))


class RevokedTokens:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, jti: str, expires_at: datetime) -> None:
        """Revoking twice is no error: RFC 7009 §2.2."""
        await self._connection.run(_ADD, jti=jti, expires_at=expires_at)

    async def has(self, jti: str) -> bool:
        return await self._connection.row(_HAS, key=jti) is not None
