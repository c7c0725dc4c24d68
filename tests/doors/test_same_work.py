"""Whoever types an identifier costs us the same, whether somebody bears it or not: hashes, statements, commands."""

import difflib
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from idp.authn.throttle import ThrottlePolicy
from idp.cache.cache import Cache
from idp.cache.memory_store import MemoryStore
from idp.crypto.password_hash import Verdict
from idp.crypto.password_workers import PasswordWorkers
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from idp.notify.channels import Channels
from idp.outgoing import Outgoing
from idp.storage.sqlite import SqliteConnection
from idp.storage.statement import Statement
from tests.doors.machine_house import Service
from tests.doors.people_house import PeopleHouse, open_people_house
from tests.stand.inbox import Inbox

KNOWN = "lai.pham@thu.example.vn"
UNKNOWN = "khong.ai@thu.example.vn"
WRONG = "không phải mật khẩu này"


@dataclass
class Ledger:
    """Everything that was done, in its order; no values, which differ anyway."""

    done: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        self.done.append(what)

    def page(self) -> list[str]:
        found, self.done = self.done, []
        return found


class CountingStore:
    """The twin, telling the ledger each command."""

    def __init__(self, store: MemoryStore, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        command = getattr(self._store, name)

        async def counted(*values: Any) -> Any:
            self._ledger.note(f"cache {name} {getattr(values[0], 'room', '') if values else ''}")
            return await command(*values)

        return counted


class CountingPasswords(PasswordWorkers):
    """The same work under one name: a decoy's hash is a hash."""

    def __init__(self, inner: PasswordWorkers, ledger: Ledger) -> None:
        self._inner = inner
        self._ledger = ledger

    async def verify(self, password: Secret, stored: str) -> Verdict:
        self._ledger.note("hash")
        return await self._inner.verify(password, stored)

    async def dummy_verify(self, password: Secret) -> Verdict:
        self._ledger.note("hash")
        return await self._inner.dummy_verify(password)

    async def hash(self, password: Secret) -> str:
        self._ledger.note("hash")
        return await self._inner.hash(password)

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """It listens at the gate that every statement passes."""
    kept = Ledger()
    for name in ("rows_now", "row_now", "run_now"):
        inner = getattr(SqliteConnection, name)

        def counted(
            connection: SqliteConnection, statement: Statement, _inner: Callable[..., Any] = inner, **values: object
        ) -> Any:
            kept.note(statement.on_sqlite().sql)
            return _inner(connection, statement, **values)

        monkeypatch.setattr(SqliteConnection, name, counted)
    return kept


@pytest.fixture
async def counted(sqlite_url: str, ledger: Ledger) -> AsyncIterator[PeopleHouse]:
    policy = ThrottlePolicy(crowd_from=6)
    async with open_people_house(sqlite_url, sandbox=True, throttle=policy, channels=reached) as house:
        store: Any = CountingStore(MemoryStore(lambda: house.now), ledger)
        cache = Cache(store, house.hall.cache.invalidation)
        passwords = CountingPasswords(house.hall.passwords, ledger)
        yield PeopleHouse(replace(house.hall, cache=cache, passwords=passwords), house.now)


async def by_password(house: PeopleHouse, service: Service, login: str) -> Callable[[], Awaitable[int]]:
    """The page is there; what is measured is the answer to its form."""
    browser = house.browser()
    page = await house.ask(browser, service)

    async def send() -> int:
        return (await browser.submit(page, "username", username=login, password=WRONG)).status

    return send


async def by_code(house: PeopleHouse, service: Service, login: str) -> Callable[[], Awaitable[int]]:
    """The name goes, and a code is sent, or nearly; late enough for another one."""
    house.pass_time(hours=2)
    browser = house.browser()
    page = await browser.get((await house.ask(browser, service)).link("/by-code"))

    async def send() -> int:
        return (await browser.submit(page, "way", username=login, way="sms")).status

    return send


async def by_wrong_code(house: PeopleHouse, service: Service, login: str) -> Callable[[], Awaitable[int]]:
    """And a code is typed that was never sent; a person gets so many a day."""
    house.pass_time(hours=2)
    browser = house.browser()
    page = await browser.get((await house.ask(browser, service)).link("/by-code"))
    page = await browser.submit(page, "way", username=login, way="sms")

    async def send() -> int:
        return (await browser.submit(page, "otp", otp="000000")).status

    return send


async def by_recovery(house: PeopleHouse, service: Service, login: str) -> Callable[[], Awaitable[int]]:
    """The way back in, and the page of ways that follows."""
    house.pass_time(minutes=20)
    browser = house.browser()
    page = await browser.get("/recover")

    async def send() -> int:
        return (await browser.submit(page, "username", username=login)).status

    return send


async def by_recovery_code(house: PeopleHouse, service: Service, login: str) -> Callable[[], Awaitable[int]]:
    """On that way, a code is asked for, and sent or nearly."""
    house.pass_time(minutes=20)
    browser = house.browser()
    page = await browser.submit(await browser.get("/recover"), "username", username=login)
    page = await browser.get(f"{page.path}/sms")

    async def send() -> int:
        return (await browser.submit(page, "act", act="send")).status

    return send


async def by_recovery_paper(house: PeopleHouse, service: Service, login: str) -> Callable[[], Awaitable[int]]:
    """And a code on paper is guessed."""
    house.pass_time(minutes=20)
    browser = house.browser()
    page = await browser.submit(await browser.get("/recover"), "username", username=login)
    page = await browser.get(f"{page.path}/paper")

    async def send() -> int:
        return (await browser.submit(page, "code", code="abcd-efgh-jkmn")).status

    return send


async def by_recovery_card(house: PeopleHouse, service: Service, login: str) -> Callable[[], Awaitable[int]]:
    """Or one of a printed card."""
    house.pass_time(minutes=20)
    browser = house.browser()
    page = await browser.submit(await browser.get("/recover"), "username", username=login)
    page = await browser.get(f"{page.path}/card")

    async def send() -> int:
        return (await browser.submit(page, "code", code="000000")).status

    return send


async def by_number_of_a_notice(house: PeopleHouse, service: Service, login: str) -> Callable[[], Awaitable[int]]:
    """Somebody says that it was not them, with a number that nobody was sent."""
    house.pass_time(minutes=20)
    browser = house.browser()
    page = await browser.get("/not-me")

    async def send() -> int:
        return (await browser.submit(page, "reference", username=login, reference="AAAA-BBBB")).status

    return send


# Every door at which somebody who is not signed in types whom they claim to be.
DOORS = {
    "login": by_password,
    "by code": by_code,
    "code": by_wrong_code,
    "recovery": by_recovery,
    "recovery code": by_recovery_code,
    "recovery paper": by_recovery_paper,
    "recovery card": by_recovery_card,
    "not me": by_number_of_a_notice,
}


async def with_a_phone(house: PeopleHouse) -> None:
    """The one who is there has every way that may be asked for."""
    lai = await house.citizen(KNOWN, phone_number_verified=True)
    async with house.hall.db.unaudited_tx() as tx:
        phone = str(lai.person.facts["phone_number"].value).encode()
        await tx.authenticators.add(lai.person.id, "sms_code", phone, house.now, level_cap=Level.LOW)


def reached(outgoing: Outgoing) -> Channels:
    """Channels that nothing is sent by: no courier runs here."""
    return Inbox(1, 1).channels(outgoing)


@pytest.mark.parametrize("door", DOORS)
async def test_the_same_hashes_statements_and_commands(counted: PeopleHouse, ledger: Ledger, door: str) -> None:
    service = await counted.register()
    await with_a_phone(counted)
    pages = []
    for login in (KNOWN, UNKNOWN):
        # Beyond the sixth the account is under attack: that answer too is the same.
        told = []
        for _ in range(8):
            send = await DOORS[door](counted, service, login)
            ledger.page()
            status = await send()
            told.append((status, ledger.page()))
        pages.append(told)
    for known, unknown in zip(*pages, strict=True):
        assert known[0] == unknown[0]
        # One line for each thing that was done: a difference is then told as such.
        assert not list(difflib.unified_diff(known[1], unknown[1], n=0, lineterm=""))
    if door == "login":
        assert [status for status, _ in pages[0]] == [200] * 6 + [429] * 2
        assert pages[0][0][1].count("hash") == 1


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
async def test_the_clock_tells_nobody_apart(sqlite_url: str, door: str) -> None:
    """By turns on one machine in one run, so that whatever else it does falls on both; six runs may go wrong."""
    policy = ThrottlePolicy(pair_limit=10_000, account_limit=10_000, address_limit=10_000, crowd_from=10_000)
    ratios = []
    async with open_people_house(sqlite_url, sandbox=True, throttle=policy, channels=reached) as house:
        service = await house.register()
        await with_a_phone(house)
        for _ in range(6):
            times: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
            for turn in range(60):
                for login in sorted(times, reverse=bool(turn % 2)):
                    send = await DOORS[door](house, service, login)
                    begun = time.perf_counter()
                    await send()
                    times[login].append(time.perf_counter() - begun)
            ratios.append(statistics.median(times[KNOWN]) / statistics.median(times[UNKNOWN]))
            if 0.8 < ratios[-1] < 1.25:
                return
    raise AssertionError(f"known against unknown: {ratios}")
