"""PostgreSQL through asyncpg: one bounded pool, transactions, and statements run on the bare driver."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

import asyncpg

from idp.storage.errors import AlreadyExists, StorageUnavailable
from idp.storage.statement import Row, Statement

# Long enough for a checkpoint to pass, short enough that a queue never outlives the browsers that wait in it.
_PATIENCE = 5.0
_SETTINGS = {
    "application_name": "idp",
    "timezone": "UTC",
    # All our statements look up keys: planning them anew for each value takes longer than running them.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",  # compiling a plan costs more than any statement of ours
    "idle_in_transaction_session_timeout": "30s",
}
_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InternalClientError,
    asyncpg.ReadOnlySQLTransactionError,
    # Inside a transaction only; outside asyncpg prepares anew by itself. A migration that expands never causes it.
    asyncpg.InvalidCachedStatementError,
)


@contextmanager
def translated() -> Iterator[None]:
    """The driver's exceptions in storage's words."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise AlreadyExists(error.constraint_name or "") from None
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):  # a value of the wrong type is our bug
            raise
        raise StorageUnavailable(type(error).__name__) from error
    except _UNAVAILABLE as error:
        raise StorageUnavailable(type(error).__name__) from error


class Pool:
    """At most `size` connections, opened when needed, each used by one unit of work at a time.

    asyncpg's own pool asks the server for a reset at every release (one more round trip) and wraps every call.
    """

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._idle: list[asyncpg.Connection[asyncpg.Record]] = []
        self._places = asyncio.Semaphore(size)
        self._open: set[asyncpg.Connection[asyncpg.Record]] = set()

    async def acquire(self) -> "asyncpg.Connection[asyncpg.Record]":
        """An idle connection or a new one; StorageUnavailable when none comes free in time."""
        if self._places.locked():
            with translated():
                async with asyncio.timeout(_PATIENCE):
                    await self._places.acquire()
        else:
            await self._places.acquire()
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._open.discard(connection)
        try:
            with translated():
                connection = await self._connect()
        except BaseException:
            self._places.release()
            raise
        self._open.add(connection)
        return connection

    def release(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Back to the idle ones; one that broke off inside a transaction is dropped, and the server rolls back."""
        if connection.is_closed() or connection.is_in_transaction():
            self._open.discard(connection)
            connection.terminate()
        else:
            self._idle.append(connection)
        self._places.release()

    async def close(self) -> None:
        for connection in list(self._open):
            await connection.close(timeout=_PATIENCE)
        self._open.clear()
        self._idle.clear()

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            self._url,
            timeout=_PATIENCE,
            command_timeout=2 * _PATIENCE,
            statement_cache_size=500,
            max_cached_statement_lifetime=0,
            server_settings=_SETTINGS,
        )


async def run_alone(pool: Pool, sql: str, arguments: Sequence[Any]) -> asyncpg.Record | None:
    """One statement in autocommit: the first row. After a live migration asyncpg prepares it anew, by itself, once."""
    connection = await pool.acquire()
    try:
        with translated():
            records = await connection.fetch(sql, *arguments)
    finally:
        pool.release(connection)
    return records[0] if records else None


class PostgresConnection:
    """`idp.storage.connection.Connection` on asyncpg."""

    __slots__ = ("_connection", "_may_write")

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", *, may_write: bool) -> None:
        self._connection = connection
        self._may_write = may_write

    async def rows(self, statement: Statement, **values: object) -> list[Row]:
        compiled = statement.on_postgresql()
        if compiled.writes and not self._may_write:
            raise RuntimeError("a writing statement in a read transaction")
        with translated():
            records = await self._connection.fetch(compiled.sql, *compiled.arguments(values))
        return [compiled.decode(record) for record in records]

    async def row(self, statement: Statement, **values: object) -> Row | None:
        rows = await self.rows(statement, **values)
        return rows[0] if rows else None

    async def run(self, statement: Statement, **values: object) -> int:
        compiled = statement.on_postgresql()
        if not self._may_write:
            raise RuntimeError("a writing statement in a read transaction")
        with translated():
            status = await self._connection.execute(compiled.sql, *compiled.arguments(values))
        return int(status.rpartition(" ")[2])

    async def now(self) -> datetime:
        with translated():
            instant: datetime = await self._connection.fetchval("SELECT clock_timestamp()")
        return instant

    async def serialize(self, lock: int) -> None:
        with translated():
            await self._connection.execute("SELECT pg_advisory_xact_lock($1)", lock)


class Postgres:
    """Units of work on one PostgreSQL database."""

    def __init__(self, url: str, pool_size: int) -> None:
        self.pool = Pool(url, pool_size)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[PostgresConnection]:
        """Statements in autocommit: each sees what was committed before it."""
        connection = await self.pool.acquire()
        try:
            yield PostgresConnection(connection, may_write=False)
        finally:
            self.pool.release(connection)

    @asynccontextmanager
    async def tx(self) -> AsyncIterator[PostgresConnection]:
        connection = await self.pool.acquire()
        try:
            with translated():
                await connection.execute("BEGIN")
            try:
                yield PostgresConnection(connection, may_write=True)
            except Exception:
                if not connection.is_closed():
                    with translated():
                        await connection.execute("ROLLBACK")
                raise
            with translated():
                await connection.execute("COMMIT")
        finally:
            # A cancelled task leaves its transaction open: release drops the connection.
            self.pool.release(connection)

    async def close(self) -> None:
        await self.pool.close()
