"""`jti` of client assertions (RFC 7523 §3 item 7), by digest, kept until they expire: each is accepted once."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.pruned import prune_statement
from idp.storage.statement import insert_unless_exists
from idp.storage.types import Instant

used_jti = Table(
    "used_jti",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("expires_at", Instant, nullable=False),
    Index("ix_used_jti_expires_at", "expires_at"),
)

_USE = insert_unless_exists(used_jti)
_PRUNE = prune_statement(used_jti, used_jti.c.expires_at)


class UsedJti:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def first_use(self, client_id: str, digest: bytes, expires_at: datetime) -> bool:
        """False when this client sent it before."""
        return await self._connection.run(_USE, client_id=client_id, digest=digest, expires_at=expires_at) == 1

    async def prune(self, now: datetime, limit: int = 1000) -> int:
        """Expired ones go; the assertions that they belong to are refused for their age."""
        return await self._connection.run(_PRUNE, before=now, count=limit)
