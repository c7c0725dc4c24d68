"""Bringing a database to the present schema. A start that finds nothing to do doesn't even load Alembic."""

import asyncio
import sqlite3
from pathlib import Path

import asyncpg

from idp.storage.postgres_pool import translated
from idp.storage.sqlite import connect
from idp.storage.url import PostgresUrl, SqliteUrl, parse

# The newest version in migrations/versions; a test compares.
HEAD = "0001"
_CURRENT = "SELECT version_num FROM alembic_version"


def head() -> str:
    return HEAD


def is_current(url: str) -> bool:
    """Whether nothing is to be applied."""
    match parse(url):
        case SqliteUrl(path):
            return _sqlite_version(path) == HEAD
        case PostgresUrl(dsn):
            return asyncio.run(_postgres_version(dsn)) == HEAD


def upgrade(url: str) -> bool:
    """Apply what is missing, one process at a time; True when there was something. Not to be called inside a loop."""
    if is_current(url):
        return False
    from idp.storage import alembic_run  # noqa: PLC0415 - takes longer to import than all the rest of a start

    match parse(url):
        case SqliteUrl(path):
            alembic_run.upgrade_sqlite(path)
        case PostgresUrl(dsn):
            asyncio.run(alembic_run.upgrade_postgres(dsn))
    return True


def _sqlite_version(path: Path) -> str | None:
    if not path.exists():
        return None
    connection = connect(path)
    try:
        row = connection.execute(_CURRENT).fetchone()
    except sqlite3.OperationalError:  # no such table
        return None
    finally:
        connection.close()
    return None if row is None else str(row[0])


async def _postgres_version(dsn: str) -> str | None:
    with translated():
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            version = await connection.fetchval(_CURRENT)
        except asyncpg.UndefinedTableError:
            return None
        finally:
            await connection.close()
    return None if version is None else str(version)
