"""Running demos that many tests share, begun when the first one asks: on SQLite, on PostgreSQL with Redis, over TLS."""

from collections.abc import Iterator

import pytest

from tests.journeys.demo import Demo, running_demo
from tests.journeys.landing import Landing, listening_service
from tests.stand.postgres import Postgres
from tests.stand.redis import RedisServer, private_redis


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """On embedded defaults: SQLite, ephemeral state in the provider's own process."""
    with running_demo(IDP_RECOVERY_COOLING="3s", IDP_RAISE_STANDING="3s") as started:
        yield started


@pytest.fixture(scope="session")
def demo_redis() -> Iterator[RedisServer]:
    """The Redis of `demo_on_postgres` alone: a test may empty it."""
    with private_redis() as server:
        yield server


@pytest.fixture(scope="session")
def demo_on_postgres(postgres: Postgres, demo_redis: RedisServer) -> Iterator[Demo]:
    """As in production: PostgreSQL and Redis, several processes, of which any may answer."""
    with running_demo(
        DATABASE_URL=postgres.create(),
        REDIS_URL=demo_redis.url,
        IDP_WORKERS="2",
        IDP_RECOVERY_COOLING="3s",
        IDP_RAISE_STANDING="3s",
    ) as started:
        yield started


@pytest.fixture(scope="session")
def demo_over_tls() -> Iterator[Demo]:
    """An https issuer under the demo's own certificate authority."""
    with running_demo(TLS="1") as started:
        yield started


@pytest.fixture(scope="session", params=["demo", "demo_on_postgres"])
def either_demo(request: pytest.FixtureRequest) -> Demo:
    """The same walk on both pairs of stores."""
    found: Demo = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def landing() -> Iterator[Landing]:
    """A service's host on 127.0.0.1: another site than the provider's localhost."""
    with listening_service() as listening:
        yield listening
