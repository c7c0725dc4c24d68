"""Sessions as one client knows them: `sid` is per session and client, so that services can't compare visitors by it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, select

from idp.kernel.ids import new_id
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_unless_exists
from idp.storage.types import Instant

client_sessions = Table(
    "client_sessions",
    metadata,
    Column("session_id", Text, ForeignKey("sessions.id"), primary_key=True),
    Column("client_id", Text, ForeignKey("clients.client_id"), primary_key=True),
    Column("sid", Text, nullable=False),
    Column("sub", Text, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Index("uq_client_sessions_client_id_sid", "client_id", "sid", unique=True),
)

_COLUMNS = (
    client_sessions.c.session_id,
    client_sessions.c.client_id,
    client_sessions.c.sid,
    client_sessions.c.sub,
)
_BEGIN = insert_unless_exists(client_sessions)
_SID = Statement(
    select(client_sessions.c.sid).where(
        client_sessions.c.session_id == bindparam("session"), client_sessions.c.client_id == bindparam("client")
    )
)
_OF_SESSION = Statement(
    select(*_COLUMNS)
    .where(client_sessions.c.session_id == bindparam("session"))
    .order_by(client_sessions.c.begun_at, client_sessions.c.client_id)
)
_BY_SID = Statement(
    select(*_COLUMNS).where(
        client_sessions.c.client_id == bindparam("client"), client_sessions.c.sid == bindparam("asked")
    )
)


@dataclass(frozen=True, slots=True)
class ClientSession:
    """What a logout token names: OpenID Connect Back-Channel Logout §2.4."""

    session_id: str
    client_id: str
    sid: str
    sub: str


class ClientSessions:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def ensure(self, session_id: str, client_id: str, sub: str, now: datetime) -> str:
        """The `sid` of this session at this client, made at its first sign-in there."""
        sid = new_id()
        begun = await self._connection.run(
            _BEGIN, session_id=session_id, client_id=client_id, sid=sid, sub=sub, begun_at=now
        )
        if begun:
            return sid
        row = await self._connection.row(_SID, session=session_id, client=client_id)
        if row is None:
            raise LookupError("no such client session")
        return str(row[0])

    async def of_session(self, session_id: str) -> list[ClientSession]:
        return [_read(row) for row in await self._connection.rows(_OF_SESSION, session=session_id)]

    async def by_sid(self, client_id: str, sid: str) -> ClientSession | None:
        row = await self._connection.row(_BY_SID, client=client_id, asked=sid)
        return None if row is None else _read(row)


def _read(row: Row) -> ClientSession:
    return ClientSession(row[0], row[1], row[2], row[3])
