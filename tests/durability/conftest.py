"""Servers that may be killed, once for each test worker; hubs are furnished by whoever needs one."""

import sys
from collections.abc import Iterator

import pytest

from tests.durability.engines import DurablePostgres, ForgetfulRedis, durable_postgres, forgetful_redis


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nodes start dozens of times here: where no bytecode may lie in the checkout, it lies with the test's files."""
    with pytest.MonkeyPatch.context() as environment:
        if sys.dont_write_bytecode:
            environment.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
            environment.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


@pytest.fixture(scope="session")
def killable_postgres() -> Iterator[DurablePostgres]:
    """Every commit is on disk before it is confirmed."""
    with durable_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def killable_redis() -> Iterator[ForgetfulRedis]:
    with forgetful_redis() as server:
        yield server
