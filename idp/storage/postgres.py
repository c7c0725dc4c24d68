"""PostgreSQL through asyncpg: units of work, and single statements run on the bare driver."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg

from idp.storage.postgres_pool import Held, Pool, translated
from idp.storage.statement import Row, Statement


async def run_alone(pool: Pool, sql: str, arguments: Sequence[Any]) -> asyncpg.Record | None:
    """One statement in autocommit: the first row."""
    held = await pool.acquire()
    try:
        records = await held.fetch(sql, arguments)
    finally:
        pool.release(held)
    return records[0] if records else None


class PostgresConnection:
    """`idp.storage.connection.Connection` on asyncpg."""

    __slots__ = ("_held", "_may_write", "written")

    def __init__(self, held: Held, *, may_write: bool) -> None:
        self._held = held
        self._may_write = may_write
        self.written: set[str] = set()

    async def rows(self, statement: Statement, **values: object) -> list[Row]:
        compiled = statement.on_postgresql()
        if compiled.writes and not self._may_write:
            raise RuntimeError("a writing statement in a read transaction")
        records = await self._held.fetch(compiled.sql, compiled.arguments(values))
        if records and compiled.table is not None:
            self.written.add(compiled.table)
        return [compiled.decode(record) for record in records]

    async def row(self, statement: Statement, **values: object) -> Row | None:
        rows = await self.rows(statement, **values)
        return rows[0] if rows else None

    async def run(self, statement: Statement, **values: object) -> int:
        compiled = statement.on_postgresql()
        if not self._may_write:
            raise RuntimeError("a writing statement in a read transaction")
        count = await self._held.run(compiled.sql, compiled.arguments(values))
        if count > 0 and compiled.table is not None:
            self.written.add(compiled.table)
        return count

    async def now(self) -> datetime:
        with translated():
            instant: datetime = await self._held.connection.fetchval("SELECT clock_timestamp()")
        return instant

    async def serialize(self, lock: int) -> None:
        with translated():
            await self._held.connection.execute("SELECT pg_advisory_xact_lock($1)", lock)


class Postgres:
    """Units of work on one PostgreSQL database."""

    def __init__(self, url: str, pool_size: int) -> None:
        self.pool = Pool(url, pool_size)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[PostgresConnection]:
        """Statements in autocommit: each sees what was committed before it."""
        held = await self.pool.acquire()
        try:
            yield PostgresConnection(held, may_write=False)
        finally:
            self.pool.release(held)

    @asynccontextmanager
    async def tx(self) -> AsyncIterator[PostgresConnection]:
        held = await self.pool.acquire()
        try:
            await held.command("BEGIN")
            try:
                yield PostgresConnection(held, may_write=True)
            except Exception:
                if not held.connection.is_closed():
                    await held.command("ROLLBACK")
                raise
            await held.command("COMMIT")
        finally:
            # A cancelled task leaves its transaction open: release drops the connection.
            self.pool.release(held)

    async def close(self) -> None:
        await self.pool.close()
