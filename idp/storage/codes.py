"""Authorization codes, by digest. The hot statements issue and redeem them; here one asks what became of one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, bindparam, select

from idp.protocol.grant import CodeBinding
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement
from idp.storage.types import Instant

codes = Table(
    "codes",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("grant_id", Text, ForeignKey("grants.id"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", Text),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("ix_codes_grant_id", "grant_id"),
    Index("ix_codes_expires_at", "expires_at"),
)

_BINDING = Statement(
    select(
        codes.c.client_id,
        codes.c.redirect_uri,
        codes.c.code_challenge,
        codes.c.expires_at,
        codes.c.grant_id,
        codes.c.used_at,
    ).where(codes.c.digest == bindparam("key"))
)


@dataclass(frozen=True, slots=True)
class CodeState:
    """`used_at` of a code that is presented again means that its tokens must end: RFC 6749 §4.1.2."""

    binding: CodeBinding
    grant_id: str
    used_at: datetime | None


class Codes:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def binding(self, digest: bytes) -> CodeState | None:
        row = await self._connection.row(_BINDING, key=digest)
        if row is None:
            return None
        return CodeState(CodeBinding(row[0], row[1], row[2], row[3]), row[4], row[5])
