"""The contract, "Personal data also stands in": who reads the stores or the logs of a running hub learns of nobody."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import asyncpg
import redis

from tests.journeys.demo import Citizen, Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import STATE
from tests.journeys.screens import service_at
from tests.journeys.walking import visiting, walk
from tests.stand.redis import RedisServer

HINT = "chi.hai.luom@quangngai.example"
AGENT = "Trinh duyet cua nguoi thu 7.31"
CONTACT = "lien-he-ky-thuat@quangngai.example"


async def test_nothing_personal_stands_in_sqlite_or_the_logs(demo: Demo, landing: Landing) -> None:
    needles = await _leave_traces(demo, landing)
    _holds_none(demo.folder.glob("idp.db*"), needles)
    _holds_none(demo.folder.glob("*.log"), needles)


async def test_nothing_personal_stands_in_postgresql_redis_or_the_logs(
    demo_on_postgres: Demo, demo_redis: RedisServer, landing: Landing
) -> None:
    needles = await _leave_traces(demo_on_postgres, landing)
    _holds_none(demo_on_postgres.folder.glob("*.log"), needles)
    for place, content in _everything_in(demo_redis):
        _is_free_of(place, content, needles)
    connection = await asyncpg.connect(demo_on_postgres.environment["DATABASE_URL"])
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert len(tables) > 10
        for (table,) in tables:
            rows = await connection.fetch(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - names of the catalogue
            content = "\n".join(row[0] for row in rows).encode()
            _is_free_of(table, content, [*needles, *(needle.encode().hex() for needle in needles)])
    finally:
        await connection.close()


async def _leave_traces(demo: Demo, landing: Landing) -> list[str]:
    """All that a person leaves: a session, a consent, a lasting grant, a sign-out on its way, unfinished requests."""
    citizen = Citizen("Lương Thị Trầm Hương", "tram.huong.luong@quangngai.example")
    number, phone = "051174990538", "+84900000777"
    demo.idp(
        "people",
        "add",
        "--json",
        "-",
        given={
            "name": citizen.name,
            "national_id": number,
            "phone_number": phone,
            "email": citizen.login,
            "password": citizen.password,
            "level": "substantial",
            "claims": {"birthdate": "1974-08-19", "address": {"formatted": "Thôn Gò Cỏ, Phường Sa Huỳnh"}},
        },
    )
    scope = "openid profile email phone address offline_access"
    service = service_at(
        landing, demo, scope=scope, contacts=[CONTACT], backchannel_logout_uri=f"{landing.origin}/away"
    )
    async with visiting(demo) as browser:
        browser.http.headers["user-agent"] = AGENT
        page = await walk(browser, service.address(scope=scope), citizen)
        tokens = service.tokens(page.answer)
        assert service.userinfo(tokens["access_token"]).json()["address"]["formatted"].startswith("Thôn Gò Cỏ")
        service.refresh(tokens["refresh_token"])
        await browser.get("/account/sessions")
        await browser.submit(await browser.get("/account/sessions"), "everywhere", everywhere="yes")
        # What is still under way: a page that waits, and a pushed request.
        await browser.get(service.address(scope=scope, login_hint=HINT))
        wrong = await browser.get(service.address(scope=scope, login_hint=HINT))
        await browser.submit(wrong, "username", username=citizen.login, password="không phải mật khẩu này")
        assert service.post("/par", **service.request(login_hint=HINT)).status_code == 201
    # Access logs are written right after an answer.
    await asyncio.sleep(0)
    secrets = [
        citizen.password,
        str(service.secret),
        page.answer["code"],
        tokens["refresh_token"],
        tokens["access_token"],
    ]
    personal = [citizen.name, "Trầm Hương", citizen.login, number, phone, "Thôn Gò Cỏ", HINT, AGENT, CONTACT]
    return [*personal, *secrets, STATE]


def _holds_none(files: Iterable[Path], needles: Iterable[str]) -> None:
    found = list(files)
    assert found
    for file in found:
        _is_free_of(file.name, file.read_bytes(), needles)


def _is_free_of(place: str, content: bytes, needles: Iterable[str]) -> None:
    folded = content.lower()
    assert [needle for needle in needles if needle.lower().encode() in folded] == [], place


def _everything_in(server: RedisServer) -> Iterable[tuple[str, bytes]]:
    """Names and values of all keys, as they are: a dump would be compressed."""
    with redis.Redis.from_url(server.url) as client:
        keys = list(client.scan_iter("*"))
        assert keys
        for key in keys:
            match client.type(key):
                case b"string":
                    value = client.get(key) or b""
                case b"hash":
                    value = repr(client.hgetall(key)).encode()
                case b"list":
                    value = repr(client.lrange(key, 0, -1)).encode()
                case b"none":
                    # Its time was over meanwhile.
                    value = b""
                case kind:
                    raise AssertionError(f"{key!r} is a {kind!r}: look into it here too")
            yield key.decode(errors="replace"), key + value
