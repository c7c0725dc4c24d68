"""Single sign-on sessions: durable, found by the digest of their cookie; the browser's address only encrypted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    bindparam,
    false,
    or_,
    select,
    update,
)

from idp.authn.sso_session import Proof, Session
from idp.crypto.field_encryption import Vault
from idp.kernel.level import Level
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import data_key_of, persons
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant, Json, dumps, from_microseconds, loads, to_microseconds

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("cookie_digest", LargeBinary, nullable=False, unique=True),
    Column("proofs", Json, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    # The ceiling; refresh families without offline_access end with it.
    Column("ends_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("agent", LargeBinary, nullable=False),
    # A public computer, as the person said at sign-in.
    Column("shared", Boolean, nullable=False, server_default=false()),
    Index("ix_sessions_person_id", "person_id"),
    Index("ix_sessions_ends_at", "ends_at"),
)

_COLUMNS = (
    sessions.c.id,
    sessions.c.person_id,
    sessions.c.proofs,
    sessions.c.begun_at,
    sessions.c.last_seen_at,
    sessions.c.ended_at,
    sessions.c.shared,
)
_KEY = sessions.c.id == bindparam("key")
_LIVING = sessions.c.ended_at.is_(None)
_ADD = insert_row(sessions)
_GET = Statement(select(*_COLUMNS).where(_KEY))
_ENDS_AT = Statement(select(sessions.c.ends_at).where(_KEY))
_BY_COOKIE = Statement(select(*_COLUMNS).where(sessions.c.cookie_digest == bindparam("digest")))
_ROTATE = Statement(
    update(sessions)
    .where(_KEY, sessions.c.cookie_digest == bindparam("old_digest"), _LIVING)
    .values(
        cookie_digest=bindparam("new_digest"),
        proofs=bindparam("new_proofs"),
        ends_at=bindparam("new_ends_at"),
        last_seen_at=bindparam("now"),
        shared=bindparam("new_shared"),
    )
)
# Conditional on the cookie, which changes with every new proof: a sign of life never overwrites one made meanwhile.
_TOUCH = Statement(
    update(sessions)
    .where(_KEY, _LIVING, sessions.c.last_seen_at < bindparam("now"), sessions.c.cookie_digest == bindparam("digest"))
    .values(last_seen_at=bindparam("now"), proofs=bindparam("kept"))
)
_END = Statement(update(sessions).where(_KEY, _LIVING).values(ended_at=bindparam("now")))
_OF_PERSON = Statement(
    select(*_COLUMNS, sessions.c.agent, persons.c.data_key)
    .join_from(sessions, persons)
    .where(sessions.c.person_id == bindparam("person"), _LIVING, sessions.c.ends_at > bindparam("now"))
    .order_by(sessions.c.begun_at.desc(), sessions.c.id)
)
_AGENTS = Statement(
    select(sessions.c.id, sessions.c.agent, persons.c.data_key)
    .join_from(sessions, persons)
    .where(sessions.c.person_id == bindparam("person"))
    .order_by(sessions.c.begun_at.desc(), sessions.c.id)
    .limit(bindparam("count"))
)
_END_ALL = Statement(
    update(sessions)
    .where(
        sessions.c.person_id == bindparam("person"),
        _LIVING,
        or_(bindparam("keep", type_=Text()).is_(None), sessions.c.id != bindparam("keep", type_=Text())),
    )
    .values(ended_at=bindparam("now"))
    .returning(sessions.c.id)
)


@dataclass(frozen=True, slots=True)
class Agent:
    """Where a session was begun, as the person sees it in the list of sessions."""

    address: str
    user_agent: str


class Sessions:
    """The repository. Whether a session is still alive is authn's rule; it only remembers."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, session: Session, cookie_digest: bytes, agent: Agent, ends_at: datetime) -> None:
        key = await data_key_of(self._connection, self._vault, session.person_id)
        if key is None:
            raise LookupError("no such person")
        seen = dumps([agent.address, agent.user_agent]).encode()
        await self._connection.run(
            _ADD,
            id=session.id,
            person_id=session.person_id,
            cookie_digest=cookie_digest,
            proofs=stored_proofs(session.proofs),
            begun_at=session.begun_at,
            last_seen_at=session.last_seen_at,
            ends_at=ends_at,
            ended_at=session.ended_at,
            shared=session.shared,
            agent=key.encrypt(seen, context=_context(session.id)),
        )

    async def get(self, session_id: str) -> Session | None:
        row = await self._connection.row(_GET, key=session_id)
        return None if row is None else _session(row)

    async def by_cookie(self, digest: bytes) -> Session | None:
        """Ended ones too: the page that follows says so."""
        row = await self._connection.row(_BY_COOKIE, digest=digest)
        return None if row is None else _session(row)

    async def rotate(
        self,
        session_id: str,
        old_digest: bytes,
        new_digest: bytes,
        proofs: Iterable[Proof],
        ends_at: datetime,
        now: datetime,
        *,
        shared: bool = False,
    ) -> bool:
        """A new cookie at a change of privilege. False when the session ended or its cookie changed meanwhile."""
        changed = await self._connection.run(
            _ROTATE,
            key=session_id,
            old_digest=old_digest,
            new_digest=new_digest,
            new_proofs=stored_proofs(proofs),
            new_ends_at=ends_at,
            new_shared=shared,
            now=now,
        )
        return changed == 1

    async def touch(self, session_id: str, cookie_digest: bytes, kept: Iterable[Proof], now: datetime) -> None:
        """A sign of life; `kept` are the proofs that idleness has left."""
        values = {"key": session_id, "digest": cookie_digest, "kept": stored_proofs(kept), "now": now}
        await self._connection.run(_TOUCH, **values)

    async def end(self, session_id: str, now: datetime) -> bool:
        """False when it had ended before."""
        return await self._connection.run(_END, key=session_id, now=now) == 1

    async def ends_at(self, session_id: str) -> datetime | None:
        row = await self._connection.row(_ENDS_AT, key=session_id)
        return None if row is None else row[0]

    async def of_person(self, person_id: str, now: datetime) -> list[tuple[Session, Agent]]:
        """Those not ended and before their ceiling, the newest first."""
        rows = await self._connection.rows(_OF_PERSON, person=person_id, now=now)
        return [(_session(row[:7]), self._agent(row[0], row[7], row[8])) for row in rows]

    async def agents(self, person_id: str, limit: int) -> dict[str, Agent]:
        """Where the person's latest sessions were begun, by id; ended ones too, for as long as they are kept."""
        rows = await self._connection.rows(_AGENTS, person=person_id, count=limit)
        return {row[0]: self._agent(*row) for row in rows}

    async def end_all(self, person_id: str, now: datetime, keep: str | None = None) -> list[str]:
        """The ids of those that were ended."""
        rows = await self._connection.rows(_END_ALL, person=person_id, now=now, keep=keep)
        return [row[0] for row in rows]

    def _agent(self, session_id: str, sealed: bytes, data_key: bytes) -> Agent:
        address, user_agent = loads(self._vault.unwrap(data_key).decrypt(sealed, context=_context(session_id)))
        return Agent(address, user_agent)


def stored_proofs(proofs: Iterable[Proof]) -> tuple[dict[str, Any], ...]:
    """The form in which sessions and grants keep proofs: JSON, instants in microseconds."""
    return tuple(
        {
            "method": proof.method,
            "at": to_microseconds(proof.at),
            "authenticator": proof.authenticator_id,
            "cap": proof.cap.word,
        }
        for proof in proofs
    )


def proofs_of(stored: Iterable[Mapping[str, Any]]) -> tuple[Proof, ...]:
    """Back from the stored form; also for `Grant.proofs`."""
    return tuple(
        Proof(
            proof["method"],
            from_microseconds(proof["at"]),
            proof["authenticator"],
            # A release that knew no caps left none.
            cap=Level[proof.get("cap", Level.HIGH.word).upper()],
        )
        for proof in stored
    )


def _session(row: Row) -> Session:
    session_id, person_id, proofs, begun_at, last_seen_at, ended_at, shared = row
    return Session(session_id, person_id, proofs_of(proofs), begun_at, last_seen_at, ended_at, bool(shared))


def _context(session_id: str) -> str:
    return f"session:{session_id}:agent"
