"""The whole program in its frame: routes, headers, what is said when a store is away, how a process lives."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from starlette.types import ASGIApp, Message

from idp.app import Provider, create_app, probes_of
from idp.cache import CacheUnavailable
from idp.composition import hall_of
from idp.crypto.password_workers import Busy
from idp.flows.hall import Hall
from idp.flows.jobs.node import ready_keys
from idp.kernel.clock import system_clock
from idp.ops.health import Readiness
from idp.ops.metrics import Metrics
from idp.settings import Settings, load
from idp.storage.errors import StorageUnavailable
from tests.roof.conftest import Deployment

HTML = {"accept": "text/html"}
Client = Callable[[ASGIApp], httpx.AsyncClient]


def client(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="https://dangnhap.example.vn")


def app_of(hall: Hall, settings: Settings) -> ASGIApp:
    readiness = Readiness(probes_of(hall, system_clock))
    return create_app(hall, settings, system_clock, Metrics(), readiness)


@pytest.fixture
async def browser(hall: Hall, deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    await ready_keys(hall, system_clock)
    async with client(app_of(hall, deployment.settings())) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/.well-known/openid-configuration", 200),
        ("/.well-known/oauth-authorization-server", 200),
        ("/jwks", 200),
        ("/jwks/history", 200),
        ("/help", 200),
        ("/privacy", 200),
        ("/accessibility", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/account", 303),
        ("/account/sessions", 303),
        ("/account/services", 303),
        ("/authorize", 400),
        ("/i/nothing", 410),
        ("/logout", 200),
        ("/userinfo", 401),
        ("/token", 405),
        ("/no-such-page", 404),
        ("/account/", 404),
        ("/docs", 404),
        ("/openapi.json", 404),
    ],
)
async def test_every_door_is_there(browser: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await browser.get(path, headers=HTML)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "server" not in answer.headers


async def test_whoever_types_the_address_of_the_hub_means_their_account(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")


async def test_the_host_header_decides_no_address(browser: httpx.AsyncClient) -> None:
    for path in ("/.well-known/openid-configuration", "/help", "/account"):
        answer = await browser.get(path, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
        assert "evil.example" not in answer.text + answer.headers.get("location", "")


async def test_a_loopback_sandbox_pins_no_browser_to_https(sandbox_hall: Hall, sandbox: dict[str, str]) -> None:
    settings = load({**sandbox, "ISSUER": "https://localhost:8000"})
    async with client(app_of(sandbox_hall, settings)) as browser:
        assert "strict-transport-security" not in (await browser.get("/healthz")).headers


async def test_a_node_without_keys_is_not_ready(hall: Hall, deployment: Deployment) -> None:
    async with client(app_of(hall, deployment.settings())) as browser:
        answer = await browser.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "cache": "ok", "keys": "failed"}


@pytest.mark.parametrize("failure", [StorageUnavailable("away"), CacheUnavailable("away"), Busy()])
async def test_what_is_away_for_a_moment_is_said_so_and_nothing_else(
    hall: Hall, deployment: Deployment, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise failure

    monkeypatch.setattr("idp.flows.own_pages.owner", away)
    async with client(app_of(hall, deployment.settings())) as browser:
        page = await browser.get("/account", headers=HTML)
        assert page.status_code == 503
        assert page.headers["retry-after"]
        assert "<h1" in page.text
        program = await browser.get("/account")
        assert (program.status_code, program.json()["error"]) == (503, "temporarily_unavailable")


async def test_a_bug_gives_an_incident_number_and_no_trace(
    hall: Hall, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def bug(*_: object) -> None:
        raise KeyError("051085990156")

    monkeypatch.setattr("idp.flows.own_pages.owner", bug)
    caplog.set_level(logging.INFO)
    async with client(app_of(hall, deployment.settings())) as browser:
        page = await browser.get("/account", headers=HTML)
    assert page.status_code == 500
    assert "KeyError" not in page.text
    assert "KeyError at /account" in caplog.text
    assert "051085990156" not in page.text + caplog.text


async def live(
    settings: Settings, during: Callable[[httpx.AsyncClient], Awaitable[None]], written: list[bytes]
) -> list[str]:
    """One life of the process as the server leads it; what it said of its start and its end."""
    provider = Provider(settings, write=written.append)
    heard: asyncio.Queue[Message] = asyncio.Queue()
    told: asyncio.Queue[Message] = asyncio.Queue()
    life = asyncio.create_task(provider({"type": "lifespan"}, heard.get, told.put))
    await heard.put({"type": "lifespan.startup"})
    said = [(await told.get())["type"]]
    if said == ["lifespan.startup.complete"]:
        async with client(provider) as browser:
            await during(browser)
            provider.drain()
            assert (await browser.get("/readyz")).json()["checks"]["shutdown"] == "draining"
        await heard.put({"type": "lifespan.shutdown"})
        said.append((await told.get())["type"])
    await life
    return said


async def test_a_process_makes_its_keys_serves_and_ends_with_nothing_left_running(deployment: Deployment) -> None:
    written: list[bytes] = []

    async def during(browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/readyz")).status_code == 200
        assert len((await browser.get("/jwks")).json()["keys"]) == 2
        assert (await browser.get("/i/abc/login?login_hint=051085990156")).status_code == 410

    before = asyncio.all_tasks()
    said = await live(deployment.settings(), during, written)
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert asyncio.all_tasks() == before
    lines = [json.loads(line) for line in written]
    assert [line["route"] for line in lines] == ["/readyz", "/jwks", "/i/{interaction_id}/login", "/readyz"]
    assert b"051085990156" not in b"".join(written)


async def test_a_process_without_its_keys_says_in_a_sentence_that_it_did_not_start(deployment: Deployment) -> None:
    async def never(_: httpx.AsyncClient) -> None:
        raise AssertionError

    said = await live(deployment.settings(KEYS_DIR="/nowhere"), never, [])
    assert said == ["lifespan.startup.failed"]


async def test_a_restart_signs_with_the_same_keys(deployment: Deployment) -> None:
    seen: list[str] = []

    async def during(browser: httpx.AsyncClient) -> None:
        seen.append((await browser.get("/jwks")).text)

    await live(deployment.settings(), during, [])
    await live(deployment.settings(), during, [])
    assert seen[0] == seen[1]


async def test_the_hall_can_be_opened_twice_in_one_process(deployment: Deployment) -> None:
    async with hall_of(deployment.settings(), system_clock) as one, hall_of(deployment.settings(), system_clock) as two:
        await ready_keys(one, system_clock)
        await ready_keys(two, system_clock)
        assert one.keys.ring.jwks_document().body == two.keys.ring.jwks_document().body
