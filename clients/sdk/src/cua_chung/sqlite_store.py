"""Sessions in one SQLite file: they survive a restart, and several processes of one machine share them.

The file alone opens nothing: session ids are kept as digests, and what a session holds (tokens, names) is sealed
under a key that only the browser's cookie yields. Whoever copies the file learns `sid` digests and dates.
"""

import asyncio
import dataclasses
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cua_chung.logout_token import LogoutNotice
from cua_chung.memory_store import LOGOUT_MEMORY
from cua_chung.session import AccessToken, Flight, Session, digest

_TABLES = """
CREATE TABLE IF NOT EXISTS flight (state TEXT PRIMARY KEY, sealed BLOB NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, sid TEXT, sub TEXT NOT NULL, sealed BLOB NOT NULL, expires_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS session_sid ON session (sid);
CREATE INDEX IF NOT EXISTS session_sub ON session (sub);
CREATE TABLE IF NOT EXISTS logout (jti TEXT PRIMARY KEY, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS signed_out (sid TEXT PRIMARY KEY, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS refreshing (id TEXT PRIMARY KEY, until REAL NOT NULL);
"""
# A refresh that takes longer than this has died with its process.
_LEASE = 30.0


class SqliteStore:
    """Statements are short and run in the loop: faster than a thread for rows of one kilobyte."""

    def __init__(self, path: str | Path) -> None:
        # Created by us, readable by us alone, before SQLite opens it.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None, timeout=5)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        self._db.close()

    async def put_flight(self, state: str, flight: Flight, now: float) -> None:
        self._db.execute("DELETE FROM flight WHERE expires_at < ?", (now,))
        sealed = _seal(state, dataclasses.asdict(flight))
        self._db.execute("INSERT INTO flight VALUES (?, ?, ?)", (digest(state), sealed, flight.expires_at))

    async def take_flight(self, state: str, now: float) -> Flight | None:
        row = self._db.execute(
            "DELETE FROM flight WHERE state = ? RETURNING sealed, expires_at", (digest(state),)
        ).fetchone()
        if row is None or row[1] <= now:
            return None
        return Flight(**_unseal(state, row[0]))

    async def open(self, session_id: str, session: Session, now: float) -> bool:
        self._db.execute("DELETE FROM session WHERE expires_at <= ?", (now,))
        sid, sub = _names(session.issuer, session.sid, session.sub)
        sealed = _seal(session_id, dataclasses.asdict(session))
        cursor = self._db.execute(
            "INSERT INTO session SELECT ?, ?, ?, ?, ?"
            " WHERE NOT EXISTS (SELECT 1 FROM signed_out WHERE sid = ? AND expires_at > ?)",
            (digest(session_id), sid, sub, sealed, session.expires_at, sid, now),
        )
        return cursor.rowcount == 1

    async def find(self, session_id: str, now: float) -> Session | None:
        row = self._db.execute(
            "SELECT sealed FROM session WHERE id = ? AND expires_at > ?", (digest(session_id), now)
        ).fetchone()
        return None if row is None else _session(_unseal(session_id, row[0]))

    async def replace(self, session_id: str, session: Session) -> bool:
        cursor = self._db.execute(
            "UPDATE session SET sealed = ?, expires_at = ? WHERE id = ?",
            (_seal(session_id, dataclasses.asdict(session)), session.expires_at, digest(session_id)),
        )
        return cursor.rowcount == 1

    async def end(self, session_id: str) -> None:
        self._db.execute("DELETE FROM session WHERE id = ?", (digest(session_id),))

    async def accept_logout(self, notice: LogoutNotice, now: float) -> int | None:
        sid, sub = _names(notice.issuer, notice.sid, notice.sub)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute("DELETE FROM logout WHERE expires_at < ?", (now,))
            self._db.execute("DELETE FROM signed_out WHERE expires_at < ?", (now,))
            seen = self._db.execute(
                "INSERT INTO logout VALUES (?, ?) ON CONFLICT DO NOTHING", (digest(notice.jti), notice.expires_at + 120)
            )
            if seen.rowcount == 0:
                return None
            if sid is not None:
                self._db.execute("INSERT OR REPLACE INTO signed_out VALUES (?, ?)", (sid, now + LOGOUT_MEMORY))
            ended = self._db.execute(
                "DELETE FROM session WHERE (?1 IS NULL OR sid = ?1) AND (?2 IS NULL OR sub = ?2)", (sid, sub)
            )
            return ended.rowcount
        finally:
            self._db.execute("COMMIT")

    def refreshing(self, session_id: str) -> AbstractAsyncContextManager[None]:
        return self._hold(digest(session_id))

    @asynccontextmanager
    async def _hold(self, key: str) -> AsyncIterator[None]:
        until = time.time() + _LEASE
        while not self._lease(key, until):
            await asyncio.sleep(0.05)
            until = time.time() + _LEASE
        try:
            yield
        finally:
            self._db.execute("DELETE FROM refreshing WHERE id = ? AND until = ?", (key, until))

    def _lease(self, key: str, until: float) -> bool:
        cursor = self._db.execute(
            "INSERT INTO refreshing VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET until = ?2 WHERE until < ?3",
            (key, until, until - _LEASE),
        )
        return cursor.rowcount == 1


def _names(issuer: str, sid: str | None, sub: str | None) -> tuple[str | None, str | None]:
    return (
        None if sid is None else digest(f"sid {issuer} {sid}"),
        None if sub is None else digest(f"sub {issuer} {sub}"),
    )


def _sealing_key(secret: str) -> AESGCM:
    # The secret has 256 random bits, so one hash under a name of its own is a key.
    return AESGCM(hashlib.sha256(b"cua_chung seal " + secret.encode("utf-8", "surrogatepass")).digest())


def _seal(secret: str, content: dict[str, Any]) -> bytes:
    nonce = os.urandom(12)
    return nonce + _sealing_key(secret).encrypt(nonce, json.dumps(content).encode(), None)


def _unseal(secret: str, sealed: bytes) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(_sealing_key(secret).decrypt(sealed[:12], sealed[12:], None))
    except InvalidTag as error:
        msg = "the session file was altered"
        raise sqlite3.DatabaseError(msg) from error
    return content


def _session(content: dict[str, Any]) -> Session:
    tokens = tuple(AccessToken(**token) for token in content.pop("access_tokens"))
    return Session(access_tokens=tokens, **{**content, "amr": tuple(content["amr"])})
