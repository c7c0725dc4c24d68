"""Alembic's versions in migrations/, applied by one process at a time, on both databases.

On PostgreSQL each version is a transaction of its own: one that held the locks of several tables would deadlock with
requests that take them in another order. SQLite locks the whole file in any case, so there all of them are one.
"""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from idp.storage.errors import StorageUnavailable
from idp.storage.sqlite import connect

FOLDER = Path(__file__).parents[2] / "migrations"
_LOCK = 0x1D9_0003


def config(connection: Connection | None = None, *, each_alone: bool = False) -> Config:
    """Alembic's settings; there is no alembic.ini. `each_alone`: a transaction for each version."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.attributes["connection"] = connection
    settings.attributes["each_alone"] = each_alone
    return settings


def upgrade_sqlite(path: Path) -> None:
    connect(path).close()
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": 30})

    # The driver would commit before each DDL statement: a migration is one transaction here too.
    @event.listens_for(engine, "connect")
    def _manual(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        command.upgrade(config(connection), "head")
    engine.dispose()


async def upgrade_postgres(dsn: str) -> None:
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            # The session's lock, since the transactions are the versions'. It goes with the connection.
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.commit()
            await connection.run_sync(lambda held: command.upgrade(config(held, each_alone=True), "head"))
    except OSError as error:
        raise StorageUnavailable(type(error).__name__) from error
    finally:
        await engine.dispose()
