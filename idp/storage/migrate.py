"""Bringing a database to the present schema. A start that finds nothing to do doesn't even load Alembic."""

import asyncio
import sqlite3
from pathlib import Path

import asyncpg

from idp.storage.postgres_pool import translated
from idp.storage.sqlite import connect
from idp.storage.url import PostgresUrl, SqliteUrl, parse

# All of migrations/versions, the oldest first; a test compares.
VERSIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
)
HEAD = VERSIONS[-1]
_CURRENT = "SELECT version_num FROM alembic_version"


def head() -> str:
    return HEAD


def is_current(url: str) -> bool:
    """Whether nothing is to be applied.

    A version that is not among ours was brought by a later release, which only expanded: nodes of this one serve on.
    """
    version = _version(url)
    return version == HEAD or (version is not None and version not in VERSIONS)


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


def _version(url: str) -> str | None:
    match parse(url):
        case SqliteUrl(path):
            return _sqlite_version(path)
        case PostgresUrl(dsn):
            return asyncio.run(_postgres_version(dsn))


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
