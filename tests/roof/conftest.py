"""A deployment in a folder: keys, a migrated SQLite database, and the settings that name them."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp.composition import hall_of
from idp.crypto.key_folder import KeyFolder
from idp.flows.hall import Hall
from idp.kernel.clock import system_clock
from idp.settings import Settings, load
from idp.storage.migrate import upgrade


@dataclass(frozen=True)
class Deployment:
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": f"sqlite:///{self.folder / 'data' / 'idp.db'}",
            "KEYS_DIR": str(self.folder / "keys"),
            "ISSUER": "https://dangnhap.example.vn",
            "IDP_TLS_PROXY": "127.0.0.1",
        }

    def settings(self, **more: str) -> Settings:
        return load({**self.environment, **more})


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("roof") / "idp.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def deployment(tmp_path: Path, migrated: Path) -> Deployment:
    """One that production would start with."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "idp.db").write_bytes(migrated.read_bytes())
    KeyFolder.create(tmp_path / "keys")
    return Deployment(tmp_path)


@pytest.fixture
def sandbox(deployment: Deployment) -> Mapping[str, str]:
    return {**deployment.environment, "IDP_PROFILE": "sandbox", "ISSUER": "http://localhost:8000"}


@pytest.fixture
async def hall(deployment: Deployment) -> AsyncIterator[Hall]:
    async with hall_of(deployment.settings(), system_clock) as opened:
        yield opened


@pytest.fixture
async def sandbox_hall(sandbox: Mapping[str, str]) -> AsyncIterator[Hall]:
    async with hall_of(load(sandbox), system_clock) as opened:
        yield opened
