"""What every test may ask for: services of its own, started when the first test asks and ended with the run."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from playwright.async_api import Browser, BrowserContext, Page

from tests.stand.apache import private_apache
from tests.stand.chromium import PATIENCE, private_chromium
from tests.stand.inbox import Inbox, private_inbox
from tests.stand.leftovers import end_leftovers, mark_this_run
from tests.stand.node import run_node
from tests.stand.postgres import Postgres, private_postgres
from tests.stand.redis import RedisServer, private_redis

pytest_plugins = ["tests.journeys.stacks"]

_OURS = mark_this_run()
_SERVICES = frozenset({"postgres", "redis_server", "browser", "apache", "node", "demo", "demo_over_tls"})

# Time limits of single examples say more about a busy machine than about our code.
_RELAXED = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
# The same examples at each run; `wide` looks for new ones, for as long as one has.
settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True, suppress_health_check=_RELAXED)
settings.register_profile("full", max_examples=200, deadline=None, derandomize=True, suppress_health_check=_RELAXED)
settings.register_profile("wide", max_examples=5_000, deadline=None, suppress_health_check=_RELAXED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


# A terminated run ends like an interrupted one: fixtures are torn down, services stopped.
signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks by need: who asks for a service is a `stand` test; who asks for the browser runs in the browser's loop."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if asked & _SERVICES:
            item.add_marker("stand")
        if "browser" in asked:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """A run that leaves a process behind has failed, whatever its tests said."""
    result = yield
    if _OURS and (left := end_leftovers()):
        print("\nleft running by this test run, now killed:", *left, sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """This worker's private PostgreSQL; see `Postgres.template` for databases that come prepared."""
    with private_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A fresh, empty database."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """This worker's private Redis."""
    with private_redis() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """A Redis without a single key."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture(scope="session")
def inbox_process() -> Iterator[Inbox]:
    """This worker's inbox for e-mail and SMS."""
    with private_inbox() as inbox:
        yield inbox


@pytest.fixture
def inbox(inbox_process: Inbox) -> Inbox:
    """Without a message and without a fault."""
    inbox_process.forget()
    return inbox_process


@pytest.fixture
def apache() -> Iterator[Callable[[str], str]]:
    """Starts an Apache httpd with mod_auth_openidc from a piece of configuration; returns its base URL."""
    with ExitStack() as stack:
        yield lambda configuration, **more: stack.enter_context(private_apache(configuration, **more))


@pytest.fixture(scope="session")
def node() -> Callable[..., str]:
    """Runs a script under Node and returns what it printed."""
    return run_node


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """This worker's Chromium."""
    async with private_chromium() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser that has met nobody yet: Vietnamese, no cookies."""
    fresh = await browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", ignore_https_errors=True)
    fresh.set_default_timeout(PATIENCE)
    yield fresh
    await fresh.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    """One tab of `context`."""
    return await context.new_page()
