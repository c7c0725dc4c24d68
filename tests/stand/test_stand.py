"""The stand itself: each service answers, and each test meets it fresh."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio
from playwright.async_api import Page

from tests.stand.ports import free_port
from tests.stand.postgres import Postgres


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_gets_an_empty_database(postgres_url: str, turn: int) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE person (name text)")
    await connection.execute("INSERT INTO person VALUES ('Đặng Thị Ước')")
    assert await connection.fetchval("SELECT name FROM person") == "Đặng Thị Ước"
    await connection.close()


def test_a_template_is_filled_once_and_copied(postgres: Postgres) -> None:
    filled: list[str] = []

    async def fill(url: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE commune AS SELECT 'Trường Sa' AS name")
        await connection.close()
        filled.append(url)

    async def read(url: str) -> object:
        connection = await asyncpg.connect(url)
        name = await connection.fetchval("SELECT name FROM commune")
        await connection.close()
        return name

    for _ in range(2):
        template = postgres.template("stand", lambda url: asyncio.run(fill(url)))
        assert asyncio.run(read(postgres.create(template))) == "Trường Sa"
    assert len(filled) == 1


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_gets_an_empty_redis(redis_url: str, turn: int) -> None:
    client = redis.asyncio.Redis.from_url(redis_url)
    assert await client.dbsize() == 0
    await client.set("turn", turn)
    await client.aclose()


@pytest.mark.parametrize("turn", [1, 2])
async def test_the_browser_shows_vietnamese_and_remembers_nothing(page: Page, turn: int) -> None:
    await page.set_content("<h1>Đăng nhập</h1>")
    assert await page.locator("h1").inner_text() == "Đăng nhập"
    assert await page.evaluate("navigator.language") == "vi-VN"
    assert await page.context.cookies() == []


def test_apache_carries_mod_auth_openidc(
    apache: Callable[[str], str], node: Callable[..., str], tmp_path: Path
) -> None:
    base = apache(
        "OIDCProviderMetadataURL http://127.0.0.1:1/.well-known/openid-configuration\n"
        "OIDCClientID a\nOIDCClientSecret b\nOIDCRedirectURI /callback\nOIDCCryptoPassphrase c\n"
        "<Location />\nRequire all granted\n</Location>\n"
    )
    script = tmp_path / "ask.mjs"
    script.write_text("console.log((await fetch(process.argv[2])).headers.get('server'))")
    assert "Apache" in node(script, base)


def test_ports_are_never_given_twice() -> None:
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == 200
