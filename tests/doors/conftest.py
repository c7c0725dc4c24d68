"""The doors on both pairs of stores: SQLite with the twin, PostgreSQL with Redis."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.storage import migrate
from tests.doors.machine_house import House, open_house
from tests.doors.people_house import PeopleHouse, open_people_house
from tests.doors.register_house import RegisterHouse, open_register_house
from tests.doors.vneid_house import VneidHouse, open_vneid_house
from tests.stand.postgres import Postgres


@pytest.fixture(autouse=True)
def no_public_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is fetched over TLS; reading the system's authorities would take most of each test's time."""
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded file; tests copy it."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(empty_sqlite: Path, tmp_path: Path) -> str:
    shutil.copy(empty_sqlite, tmp_path / "idp.db")
    return f"sqlite:///{tmp_path / 'idp.db'}"


@pytest.fixture
def upgraded_postgres_url(postgres: Postgres) -> str:
    return postgres.create(postgres.template("upgraded", migrate.upgrade))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.stand)])
def stores(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """A database URL and a Redis URL, chosen before any loop runs: an upgrade brings a loop of its own."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url"), None
    return request.getfixturevalue("upgraded_postgres_url"), request.getfixturevalue("redis_url")


@pytest.fixture
async def house(stores: tuple[str, str | None]) -> AsyncIterator[House]:
    async with open_house(*stores) as opened:
        yield opened


@pytest.fixture
async def small_house(sqlite_url: str) -> AsyncIterator[House]:
    """SQLite alone, in the sandbox profile: for what does not depend on the stores."""
    async with open_house(sqlite_url, None, sandbox=True) as opened:
        yield opened


@pytest.fixture
async def people(stores: tuple[str, str | None]) -> AsyncIterator[PeopleHouse]:
    """The whole application, for what people and services see together."""
    async with open_people_house(*stores) as opened:
        yield opened


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    """The same on SQLite alone: for what does not depend on the stores."""
    async with open_people_house(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def vneid(stores: tuple[str, str | None]) -> AsyncIterator[VneidHouse]:
    """The whole application with VNeID's simulator beside it."""
    async with open_vneid_house(*stores) as opened:
        yield opened


@pytest.fixture
async def vneid_town(sqlite_url: str) -> AsyncIterator[VneidHouse]:
    """The same on SQLite alone."""
    async with open_vneid_house(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def bare_vneid(sqlite_url: str) -> AsyncIterator[VneidHouse]:
    """The same before any administrator approved what VNeID publishes."""
    async with open_vneid_house(sqlite_url, approved=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def register_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and certificates of the register's simulator; made once."""
    return tmp_path_factory.mktemp("register") / "keys"


@pytest.fixture
async def register(stores: tuple[str, str | None], register_folder: Path) -> AsyncIterator[RegisterHouse]:
    """The whole application with the population register's simulator beside it."""
    async with open_register_house(*stores, register_folder) as opened:
        yield opened


@pytest.fixture
async def register_town(sqlite_url: str, register_folder: Path) -> AsyncIterator[RegisterHouse]:
    """The same on SQLite alone."""
    async with open_register_house(sqlite_url, None, register_folder) as opened:
        yield opened


@pytest.fixture
async def bare_register(sqlite_url: str, register_folder: Path) -> AsyncIterator[RegisterHouse]:
    """The same before any administrator approved the register's keys."""
    async with open_register_house(sqlite_url, None, register_folder, approved=False) as opened:
        yield opened
