"""A dump of all that the real program keeps and says, after a whole life of it, shows no person and no secret."""

import base64
import contextlib
import secrets
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from tests.durability.back_office import BackOffice
from tests.durability.hub import LOGOUT, PAR, PKCE, Account, Hub, furnished, initial_access_token
from tests.durability.ledger import Ledger
from tests.durability.readings import shown
from tests.durability.visit import Visit, pkce_of
from tests.stand.ports import free_port
from tests.stand.postgres import Postgres, programs
from tests.stand.redis import RedisServer

pytestmark = [pytest.mark.stand, pytest.mark.slow, pytest.mark.timeout(240)]

PERSON = Account(
    "Khương Thị Khuyến",
    "051187990771",
    "Mắm ruốc Sa Huỳnh 87",
    {
        "phone_number": "+84905771288",
        "email": "khuyen.khuong@sahuynh.example",
        "code_card": "QN4T7P9KWE",
        "totp_secret": "KRUGKIDROVUWG2ZAMJZG653OEBTG66BA",
        "claims": {
            "birthdate": "1987-11-23",
            "nickname": "Khuyến Bánh Tráng",
            "website": "https://banh-trang-khuyen.example/",
            "address": {
                "formatted": "214/7 hẻm Rặng Phi Lao\nthôn Thạch Bi\ntỉnh Quảng Ngãi",
                "street_address": "214/7 hẻm Rặng Phi Lao",
                "locality": "thôn Thạch Bi",
            },
        },
    },
)
AGENT, ADDRESS = "KhuyenPhone/17.4 (Thach Bi)", "127.0.0.77"
CONTACT = "phu.trach@sonoivu.example"
PERSONAL = (
    "Khương Thị Khuyến", "Khương", "Khuyến", "Khuyến Bánh Tráng", "banh-trang-khuyen", "1987-11-23",
    "051187990771", "051 187 990 771", "0905771288", "905771288", "905 771 288", "khuyen.khuong", "sahuynh.example",
    "QN4T7P9KWE", "Rặng Phi Lao", "Thạch Bi", "KhuyenPhone", ADDRESS, CONTACT, "sonoivu.example",
)  # fmt: skip
_ALL = "openid profile email phone address offline_access"


@dataclass
class Life:
    """One person's and some services' dealings with the hub; `secrets` collects all that must stay with them."""

    hub: Hub
    office: BackOffice
    secrets: dict[str, str] = field(default_factory=dict)

    async def live(self) -> None:
        visit = self._browser()
        await self._mistype(visit)
        await self._pushed_request(visit)
        await self._own_pages(visit)
        await self._sign_out_of(visit)
        await self._begun_and_left()
        await self._register()
        await self._careless_requests()

    def _browser(self) -> Visit:
        visit = Visit(self.hub, PERSON, Ledger())
        visit.browser.http.headers["user-agent"] = AGENT
        visit.balancer.source = ADDRESS
        return visit

    async def _mistype(self, visit: Visit) -> None:
        """The password into the field of the name, and somebody else's guess."""
        self.secrets |= {"password": PERSON.password, "wrong password": "Mắm ruốc Sa Huỳnh 78"}
        page = await visit.first_page(self.hub.services[LOGOUT], login_hint=PERSON.login)
        for name, password in ((PERSON.password, "quên mất"), ("0905771288", self.secrets["wrong password"])):
            page = await visit.browser.submit(page, "password", username=name, password=password)
            assert page.has_form("password"), page.url

    async def _pushed_request(self, visit: Visit) -> None:
        """PAR, step-up, every scope, each kind of token, and what services ask with them."""
        service, verifier, state = self.hub.services[PAR], secrets.token_urlsafe(48), secrets.token_urlsafe(8)
        asked = {
            "response_type": "code",
            "redirect_uri": service.redirect_uri,
            "scope": _ALL,
            "state": state,
            "login_hint": PERSON.more["email"],
            "acr_values": f"{self.hub.issuer}/loa/substantial",
            "claims": '{"id_token": {"birthdate": {"essential": true}, "nickname": null}}',
            **pkce_of(verifier),
        }
        pushed = (await self.office.post(service, "/par", **asked)).json()["request_uri"]
        page = await visit.browser.get("/authorize", client_id=service.client_id, request_uri=pushed)
        code = await visit.go_on(page, service, state, verifier)
        family = await self.office.redeem(code)
        assert family is not None
        told = await self.office.userinfo(family.access[0])
        assert told.json()["email"] == PERSON.more["email"], told.text
        await self.office.refresh(family)
        assert await self.office.is_active(service, family.refresh[-1])
        unused = (await self.office.post(service, "/par", **asked)).json()["request_uri"]
        self._keep(code=code.value, verifier=verifier, id_token=family.id_token, pushed=pushed, unused=unused)
        self._keep(access=family.access[0], signature=family.access[-1].rpartition(".")[2])
        self._keep(spent=family.refresh[0], refresh=family.refresh[-1], secret=service.secret)
        self._keep(totp=PERSON.more["totp_secret"])

    async def _own_pages(self, visit: Visit) -> None:
        for path in ("/account", "/account/sessions", "/account/services"):
            page = await visit.browser.get(path)
            assert page.status == 200
            assert "Khuyến" in page.text
        for name in ("session", "browser"):
            self._keep(**{f"{name} cookie": visit.browser.cookie(f"cuachung_{name}") or ""})

    async def _sign_out_of(self, visit: Visit) -> None:
        """A service that nobody answers at: its message waits in the outbox. One more session stays."""
        service = self.hub.services[LOGOUT]
        family = await self.office.redeem(await visit.code(service, _ALL))
        assert family is not None
        await visit.sign_out(service, family.id_token)
        again = self._browser()
        held = await again.code(service, _ALL)
        self._keep(held=held.value, living=again.browser.cookie("cuachung_session") or "")

    async def _begun_and_left(self) -> None:
        """What lies in the ephemeral store: a sign-in on its way, with a hint."""
        page = await self._browser().first_page(self.hub.services[PKCE], **pkce_of("x" * 43), login_hint="0905771288")
        assert page.has_form("password")
        assert page.form("password").fields["username"] == "0905771288"

    async def _register(self) -> None:
        token = await initial_access_token(self.hub)
        document = {"client_name": "Sở Nội vụ", "redirect_uris": ["https://sonoivu.vi-du.vn/ve"], "contacts": [CONTACT]}
        answer = await self.office.http.post("/register", json=document, headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["contacts"]) == (201, [CONTACT]), answer.text
        self._keep(initial=token, registered=answer.json()["client_secret"])

    async def _careless_requests(self) -> None:
        """Tokens and people where they don't belong: refused, and not written down."""
        http, email = self.office.http, PERSON.more["email"]
        for path in (
            f"/userinfo?access_token={self.secrets['access']}",
            f"/authorize?client_id={email}&redirect_uri=https://x.example/{PERSON.login}",
            f"/account/{email}",
            f"/{PERSON.login}",
            f"/i/{PERSON.login}/login?username={email}",
            f"/logout?id_token_hint={self.secrets['id_token']}&client_id={email}",
        ):
            response = await http.get(path, headers={"user-agent": AGENT, "x-request-id": PERSON.login})
            assert response.status_code < 500, path
        for form in (
            {"grant_type": "authorization_code", "code": self.secrets["code"], "client_id": email},
            {"grant_type": "password", "username": PERSON.login, "password": PERSON.password},
        ):
            assert (await http.post("/token", data=form)).status_code in (400, 401)

    def _keep(self, **found: str) -> None:
        assert all(len(value) > 15 for value in found.values()), found.keys()
        self.secrets |= found


@contextlib.asynccontextmanager
async def lived(hub: Hub) -> AsyncIterator[tuple[Life, Path]]:
    async with hub.serving() as [node]:
        office = BackOffice(hub, Ledger())
        life = Life(hub, office)
        await life.live()
        yield life, node.log
        await office.close()


@pytest.fixture
def postgres_hub(postgres: Postgres, redis_url: str) -> Iterator[Hub]:
    listener = free_port()  # nobody listens
    with furnished(postgres.create(), accounts=[PERSON], listener_port=listener, REDIS_URL=redis_url) as hub:
        yield hub


@pytest.fixture
def sqlite_hub() -> Iterator[Hub]:
    with furnished(accounts=[PERSON], listener_port=free_port(), IDP_LOG_LEVEL="debug") as hub:
        yield hub


def dump_of_postgresql(url: str) -> bytes:
    return subprocess.run([f"{programs()}/pg_dump", "--inserts", url], check=True, capture_output=True).stdout


def dump_of_redis(url: str) -> bytes:
    """Every key and value, each on a line."""
    lines = list[bytes]()
    with redis.Redis.from_url(url) as client:
        read: dict[bytes, Callable[[bytes], object]] = {
            b"string": client.get,
            b"hash": client.hgetall,
            b"list": lambda key: client.lrange(key, 0, -1),
        }
        for key in client.scan_iter():
            lines += [key, *_flat(read[client.type(key)](key))]
    return b"\n".join(lines)


def _flat(value: object) -> Iterator[bytes]:
    match value:
        case bytes():
            yield value
        case dict():
            for pair in value.items():
                yield from pair
        case list():
            yield from value


async def test_postgresql_redis_and_the_log(postgres_hub: Hub, redis_server: RedisServer) -> None:
    async with lived(postgres_hub) as (life, log):
        ephemeral = dump_of_redis(redis_server.url)
        assert ephemeral.count(b"\n") > 5
        assert shown(ephemeral, life.secrets, PERSONAL) == set()
        database = dump_of_postgresql(postgres_hub.database_url)
        assert all(
            table in database for table in (b"INTO public.outbox", b"INTO public.sessions", b"INTO public.grants")
        )
        assert shown(database, life.secrets, PERSONAL) == set()
    said = log.read_bytes()
    assert said.count(b"\n") > 40
    assert shown(said, life.secrets, PERSONAL) == set()


async def test_the_file_of_sqlite_and_the_log_at_its_most_talkative(sqlite_hub: Hub) -> None:
    async with lived(sqlite_hub) as (life, log):
        path = Path(sqlite_hub.database_url.removeprefix("sqlite:///"))
        file = b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))
        assert file.startswith(b"SQLite format 3")
        assert shown(file, life.secrets, PERSONAL) == set()
    with sqlite3.connect(path) as opened:
        script = "\n".join(opened.iterdump()).encode()
    assert b"outbox" in script
    assert shown(script, life.secrets, PERSONAL) == set()
    assert shown(log.read_bytes(), life.secrets, PERSONAL) == set()


@pytest.mark.parametrize(
    "written",
    [
        "khuyến bánh tráng",
        "KHƯƠNG",
        base64.b64encode(b'{"name": "Kh\xc6\xb0\xc6\xa1ng"}').decode(),
        "\\x" + "Rặng Phi Lao".encode().hex(),
        '{"name": "Kh\\u01b0\\u01a1ng Th\\u1ecb"}',
        "username=Kh%C6%B0%C6%A1ng",
        "(127.0.0.77)",
    ],
)
def test_the_search_would_find_what_it_looks_for(written: str) -> None:
    assert shown(f"noise {written} noise".encode(), {}, PERSONAL)
    assert shown(b"x'6d61742d6b6861752d626920 mat", {"password": "mat-khau-bi"}, ()) == {"password"}
