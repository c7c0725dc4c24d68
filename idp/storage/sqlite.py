"""SQLite through the standard library, called in the event loop: a thread for each call costs 3 to 4 times the CPU.

One connection writes, one reads. WAL lets them pass each other; other processes (the command line) may write too.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from idp.storage.errors import AlreadyExists, StorageUnavailable
from idp.storage.statement import Row, Statement

T = TypeVar("T")

# The loop stands still during a busy wait, so that one is short; we wait between tries without stopping anybody.
_BUSY_SECONDS = 0.02
_PAUSE = 0.01
_PATIENCE = 5.0


@contextmanager
def translated() -> Iterator[None]:
    """The driver's exceptions in storage's words."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}:
            raise AlreadyExists(str(error).rpartition(": ")[2]) from None
        raise
    except sqlite3.OperationalError as error:
        raise StorageUnavailable(error.sqlite_errorname) from error


class SqliteConnection:
    """`idp.storage.connection.Connection` on sqlite3."""

    __slots__ = ("_connection", "_may_write", "written")

    def __init__(self, connection: sqlite3.Connection, *, may_write: bool) -> None:
        self._connection = connection
        self._may_write = may_write
        self.written: set[str] = set()

    async def rows(self, statement: Statement, **values: object) -> list[Row]:
        return self.rows_now(statement, **values)

    async def row(self, statement: Statement, **values: object) -> Row | None:
        return self.row_now(statement, **values)

    async def run(self, statement: Statement, **values: object) -> int:
        return self.run_now(statement, **values)

    async def now(self) -> datetime:
        """The clock of this machine is the database's."""
        return datetime.now(UTC)

    async def serialize(self, lock: int) -> None:
        """There is one writer, and that is us."""

    def rows_now(self, statement: Statement, **values: object) -> list[Row]:
        """As `rows`, without a chance for another task to run in between."""
        compiled = statement.on_sqlite()
        if compiled.writes and not self._may_write:
            raise RuntimeError("a writing statement in a read transaction")
        with translated():
            rows = self._connection.execute(compiled.sql, compiled.arguments(values)).fetchall()
        if rows and compiled.table is not None:
            self.written.add(compiled.table)
        return [compiled.decode(row) for row in rows]

    def row_now(self, statement: Statement, **values: object) -> Row | None:
        rows = self.rows_now(statement, **values)
        return rows[0] if rows else None

    def run_now(self, statement: Statement, **values: object) -> int:
        compiled = statement.on_sqlite()
        if not self._may_write:
            raise RuntimeError("a writing statement in a read transaction")
        with translated():
            count = self._connection.execute(compiled.sql, compiled.arguments(values)).rowcount
        if count > 0 and compiled.table is not None:
            self.written.add(compiled.table)
        return count


class Sqlite:
    """Units of work on one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._writer = connect(path)
        self._reader = connect(path)
        self._reader.execute("PRAGMA query_only = ON")
        self._turn = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqliteConnection]:
        """Statements in autocommit: each sees what was committed before it."""
        yield SqliteConnection(self._reader, may_write=False)

    @asynccontextmanager
    async def tx(self) -> AsyncIterator[SqliteConnection]:
        """BEGIN IMMEDIATE … COMMIT, one at a time in this process; nothing slow may be awaited inside."""
        task = asyncio.current_task()
        if self._holder is task and task is not None:
            raise RuntimeError("this task is inside a transaction already; a second one would wait for ever")
        async with self._turn:
            await patiently(lambda: self._writer.execute("BEGIN IMMEDIATE"))
            self._holder = task
            try:
                yield SqliteConnection(self._writer, may_write=True)
                with translated():
                    self._writer.execute("COMMIT")
            finally:
                self._holder = None
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

    def version(self) -> int:
        """Changes when another connection than our writer commits, that is: another process."""
        with translated():
            version: int = self._writer.execute("PRAGMA data_version").fetchone()[0]
        return version

    async def close(self) -> None:
        async with self._turn:
            self._reader.close()
            self._writer.close()


def connect(path: Path) -> sqlite3.Connection:
    """A connection as we need it; a new file is readable by nobody else."""
    try:
        # Only a new file is opened here: closing any descriptor of a file drops all POSIX locks that this process has
        # on it, an open connection's among them, and then another process may take the write-ahead log away.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise StorageUnavailable(error.strerror) from error
    with translated():
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, cached_statements=500)
        _begin_log(connection)
        # Confirmed means on the disk: NORMAL could lose the last commits with the power.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # REPLACE deletes without a word otherwise, past the triggers that keep the audit log.
        connection.execute("PRAGMA recursive_triggers = ON")
    return connection


def _begin_log(connection: sqlite3.Connection) -> None:
    """A file's first write-ahead log needs it alone for a moment, and SQLite's own wait does not cover that."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE)


async def patiently(action: Callable[[], T]) -> T:
    """Try again while another process holds the file; between tries the loop goes on."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
            if not busy or asyncio.get_running_loop().time() > deadline:
                raise StorageUnavailable(error.sqlite_errorname) from error
        await asyncio.sleep(_PAUSE)
