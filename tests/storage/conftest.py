"""Each contract test runs twice: on SQLite and on PostgreSQL, in a fresh database that migrations made."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from idp.crypto.field_encryption import Vault
from idp.crypto.keyed_index import KeyedIndex
from idp.storage.database import Database
from idp.storage.migrate import upgrade
from tests.stand.postgres import Postgres

VAULT = Vault({"kek-1": b"\x01" * 32}, "kek-1")
INDEX = KeyedIndex(b"\x02" * 32)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_database_url(sqlite_template: Path, tmp_path: Path) -> str:
    copy = tmp_path / "idp.db"
    copy.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{copy}"


@pytest.fixture
def postgres_database_url(postgres: Postgres) -> Iterator[str]:
    url = postgres.create(postgres.template("storage", lambda url: upgrade(url) and None))
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.stand)])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_database_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url, VAULT, INDEX, pool_size=8)
    yield opened
    await opened.close()
