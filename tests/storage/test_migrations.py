"""Migrations: from nothing to what the tables say, on both databases, one process at a time, quick when up to date."""

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from idp.storage import alembic_run
from idp.storage.migrate import VERSIONS, head, is_current, upgrade
from idp.storage.schema import MODULES, metadata
from idp.storage.statement import Statement


def differences(connection: Connection) -> list[Any]:
    found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    return found


def test_sqlite_ends_where_the_tables_say(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/idp.db"
    assert not is_current(url)
    assert upgrade(url)
    assert is_current(url)
    assert not upgrade(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        assert differences(connection) == []
    engine.dispose()


@pytest.mark.stand
def test_postgres_ends_where_the_tables_say(postgres_url: str) -> None:
    assert not is_current(postgres_url)
    assert upgrade(postgres_url)
    assert is_current(postgres_url)
    assert not upgrade(postgres_url)

    async def compare() -> list[Any]:
        engine = create_async_engine(postgres_url.replace("postgresql", "postgresql+asyncpg", 1))
        async with engine.connect() as connection:
            found = await connection.run_sync(differences)
        await engine.dispose()
        return found

    assert asyncio.run(compare()) == []


def test_the_versions_that_a_start_knows_are_those_in_the_folder() -> None:
    script = ScriptDirectory.from_config(alembic_run.config())
    assert script.get_heads() == [head()]
    assert tuple(reversed([version.revision for version in script.walk_revisions()])) == VERSIONS


def test_the_schema_of_a_later_release_is_left_alone(tmp_path: Path) -> None:
    """The way back is the release before, which works with what the next one only added to."""
    url = f"sqlite:///{tmp_path}/idp.db"
    upgrade(url)
    with sqlite3.connect(f"{tmp_path}/idp.db") as file:
        file.execute("UPDATE alembic_version SET version_num = 'of_a_later_release'")
    assert is_current(url)
    assert not upgrade(url)


@pytest.mark.parametrize("which", ["sqlite", pytest.param("postgres", marks=pytest.mark.stand)])
def test_several_nodes_that_start_at_once_migrate_once(
    which: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/idp.db" if which == "sqlite" else request.getfixturevalue("postgres_url")
    with ThreadPoolExecutor(3) as nodes:
        list(nodes.map(upgrade, [url] * 3))
    assert is_current(url)


def test_a_start_with_nothing_to_do_is_quick(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/idp.db"
    upgrade(url)
    began = time.process_time()
    assert not upgrade(url)
    assert time.process_time() - began < 0.3


def test_every_statement_compiles_for_both_databases() -> None:
    statements = [
        (module.__name__, name, thing)
        for module in MODULES
        for name, thing in vars(module).items()
        if isinstance(thing, Statement)
    ]
    assert len(statements) > 60
    for module, name, statement in statements:
        assert statement.on_postgresql().sql, f"{module}.{name}"
        assert statement.on_sqlite().sql, f"{module}.{name}"


def test_every_foreign_key_has_an_index() -> None:
    """PostgreSQL makes none; each look-up by person, session, client or grant would read the whole table."""
    for table in metadata.tables.values():
        leading = {next(iter(index.columns)).name for index in table.indexes} | {next(iter(table.primary_key)).name}
        for key in table.foreign_keys:
            assert key.parent.name in leading or (table.name, key.parent.name) in WITHOUT, (
                f"{table.name}.{key.parent.name}"
            )


# Nobody looks these up, and their parents are never deleted.
WITHOUT = {
    ("grants", "client_id"),
    ("consents", "client_id"),
    ("receipts", "client_id"),
    ("client_sessions", "session_id"),
    ("pseudonyms", "sector"),
    ("sectors", "agency_id"),
}
