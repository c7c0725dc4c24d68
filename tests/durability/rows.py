"""What the database really holds, read by its own driver, past all of our code."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import asyncpg

from idp.storage.url import PostgresUrl, SqliteUrl, parse


async def rows(url: str, sql: str) -> list[Sequence[Any]]:
    """All rows of one statement that both databases understand."""
    match parse(url):
        case PostgresUrl(dsn):
            connection = await asyncpg.connect(dsn)
            try:
                return [tuple(row) for row in await connection.fetch(sql)]
            finally:
                await connection.close()
        case SqliteUrl(path):
            with sqlite3.connect(path, timeout=10) as file:
                return list(file.execute(sql).fetchall())


async def let_leases_lapse(url: str) -> None:
    """As if the minute had passed in which a killed node's messages are nobody else's."""
    sql = "UPDATE outbox SET leased_until = NULL, next_attempt_at = created_at WHERE next_attempt_at IS NOT NULL"
    match parse(url):
        case PostgresUrl(dsn):
            connection = await asyncpg.connect(dsn)
            await connection.execute(sql)
            await connection.close()
        case SqliteUrl(path):
            with sqlite3.connect(path, timeout=10) as file:
                file.execute(sql)
