"""Servers that may be killed, once for each test worker; hubs are furnished by whoever needs one."""

from collections.abc import Iterator

import pytest

from tests.durability.engines import DurablePostgres, ForgetfulRedis, durable_postgres, forgetful_redis


@pytest.fixture(scope="session")
def killable_postgres() -> Iterator[DurablePostgres]:
    """Every commit is on disk before it is confirmed."""
    with durable_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def killable_redis() -> Iterator[ForgetfulRedis]:
    with forgetful_redis() as server:
        yield server
