"""Under attack a stranger's browser works or waits before its try is heard; whoever is known here never sees it."""

from collections.abc import AsyncIterator

import pytest

from idp.audit import kinds
from idp.authn.throttle import ThrottlePolicy
from tests.authn.test_effort import solve
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, open_people_house

BITS, WAIT = 8, 30
POLICY = ThrottlePolicy(crowd_from=4, account_limit=8, work_bits=BITS, work_wait_seconds=WAIT)
NOBODY = "khong.ai@thu.example.vn"


@pytest.fixture
async def town(stores: tuple[str, str | None]) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(*stores, throttle=POLICY) as house:
        yield house


@pytest.fixture
async def small(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url, throttle=POLICY) as house:
        yield house


async def attack(house: PeopleHouse, service: Service, login: str, guesses: int = POLICY.crowd_from) -> None:
    """Wrong passwords, each from an address of its own."""
    for number in range(guesses):
        browser = house.browser(f"198.51.100.{number}")
        page = await house.ask(browser, service)
        assert (await browser.submit(page, "username", username=login, password="đoán")).status == 200


async def tried(browser: Browser, page: Page, login: str, password: str, *, work: bool = False) -> Page:
    """The form as it stands, with the ticket that it holds, worked for or not."""
    answer = {"effort_answer": solve(ticket_of(page), BITS)} if work else {}
    return await browser.submit(page, "username", username=login, password=password, **answer)


def ticket_of(page: Page) -> str:
    return page.form("username").fields["effort"]


async def test_a_stranger_works_and_is_heard_and_the_name_stays_as_typed(town: PeopleHouse) -> None:
    service, lai, browser = await town.register(), await town.citizen(), town.browser()
    await attack(town, service, lai.login)
    page = await tried(browser, await town.ask(browser, service), " Lai.Pham@thu.example.vn", lai.password)
    assert page.status == 429
    assert page.response.headers["retry-after"] == str(WAIT)
    assert "worker-src 'self'" in page.response.headers["content-security-policy"]
    assert page.form("username").fields["username"] == " Lai.Pham@thu.example.vn"
    assert page.form("username").fields.get("password", "") == ""
    assert (await tried(browser, page, lai.login, lai.password, work=True)).answer["code"]


async def test_without_scripts_a_stranger_waits_once(town: PeopleHouse) -> None:
    service, lai, browser = await town.register(), await town.citizen(), town.browser()
    await attack(town, service, lai.login)
    page = await tried(browser, await town.ask(browser, service), lai.login, lai.password)
    town.pass_time(seconds=20)
    early = await tried(browser, page, lai.login, lai.password)
    assert early.status == 429
    assert ticket_of(early) == ticket_of(page), "who sends too early does not begin again"
    assert early.response.headers["retry-after"] == "10"
    town.pass_time(seconds=10)
    assert (await tried(browser, early, lai.login, lai.password)).answer["code"]


async def test_the_citizens_own_browser_and_a_calm_account_never_see_it(small: PeopleHouse) -> None:
    service, lai, own = await small.register(), await small.citizen(), small.browser("198.51.100.1")
    rin = await small.citizen("rin@thu.example.vn")
    await small.walk(own, service, lai)
    await attack(small, service, lai.login)
    page = await small.ask(own, service, prompt="login")
    assert (await own.submit(page, "username", username=lai.login, password="gõ nhầm")).status == 200
    assert await small.tokens_of(own, service, lai, prompt="login")
    assert await small.tokens_of(small.browser(), service, rin)


async def test_unknown_names_get_the_same_step_and_nothing_was_looked_at(small: PeopleHouse) -> None:
    service, lai = await small.register(), await small.citizen()
    told = []
    for login in (lai.login, NOBODY):
        await attack(small, service, login)
        before = len(await small.events(kinds.SIGN_IN_FAILED))
        browser = small.browser()
        page = await tried(browser, await small.ask(browser, service), login, lai.password)
        told.append((page.status, page.text.replace(login, ""), len(ticket_of(page).rpartition(".")[2])))
        assert len(await small.events(kinds.SIGN_IN_FAILED)) == before
        assert (await tried(browser, page, login, "sai", work=True)).status == 200
    assert told[0] == told[1]


async def test_a_ticket_is_good_once_for_one_account_one_sign_in_and_one_browser(small: PeopleHouse) -> None:
    service, lai = await small.register(), await small.citizen()
    await small.citizen("rin@thu.example.vn")
    await attack(small, service, lai.login)
    await attack(small, service, "rin@thu.example.vn")
    browser = small.browser()
    page = await tried(browser, await small.ask(browser, service), lai.login, "sai")
    ticket = ticket_of(page)
    paid = {"effort": ticket, "effort_answer": solve(ticket, BITS)}

    async def with_it(who: Browser, at: Page, login: str) -> Page:
        return await who.submit(at, "username", username=login, password="sai", **paid)

    assert (await with_it(browser, page, "rin@thu.example.vn")).status == 429, "another account"
    second = await small.ask(browser, service)
    assert (await with_it(browser, second, lai.login)).status == 429, "another sign-in"
    assert (await with_it(small.browser(), page, lai.login)).status == 403, "another browser"
    used = await with_it(browser, page, lai.login)
    assert used.status == 200
    again = await with_it(browser, used, lai.login)
    assert again.status == 429, "the second time"
    assert ticket_of(again) != ticket


async def test_an_old_ticket_is_none_and_a_hot_account_costs_more(small: PeopleHouse) -> None:
    service, lai, browser = await small.register(), await small.citizen(), small.browser()
    await attack(small, service, lai.login)
    page = await tried(browser, await small.ask(browser, service), lai.login, "sai")
    small.pass_time(minutes=11)
    old = await tried(browser, page, lai.login, "sai", work=True)
    assert old.status == 429
    assert ticket_of(old) != ticket_of(page)
    for number in range(POLICY.account_limit):
        other = small.browser(f"203.0.113.{number}")
        shown = await tried(other, await small.ask(other, service), lai.login, "sai")
        if shown.status == 429:
            await tried(other, shown, lai.login, "sai", work=int(ticket_of(shown).split(".")[0]) == BITS)
    hot = await tried(browser, await small.ask(browser, service), lai.login, "sai")
    assert ticket_of(hot).startswith(f"{BITS + 2}.")
    assert hot.response.headers["retry-after"] == str(2 * WAIT)


@pytest.mark.parametrize(
    "odd", ["", ".", "....", "0.0.0.x.y", "8.1.1", "9" * 5000, "\ud800", "8.99999999999.1.a.b", "8.-1.0.a.AAAA"]
)
async def test_a_forged_ticket_is_no_ticket(small: PeopleHouse, odd: str) -> None:
    service, lai, browser = await small.register(), await small.citizen(), small.browser()
    await attack(small, service, lai.login)
    page = await tried(browser, await small.ask(browser, service), lai.login, "sai")
    odd = odd.encode("utf-8", "replace").decode()
    forged = await browser.submit(page, "username", username=lai.login, password="sai", effort=odd, effort_answer=odd)
    assert forged.status == 429
    assert ticket_of(forged) != odd


async def test_a_hub_under_attack_asks_strangers_at_every_account(sqlite_url: str) -> None:
    policy = ThrottlePolicy(hub_from=5, work_bits=BITS)
    async with open_people_house(sqlite_url, throttle=policy) as house:
        service, lai = await house.register(), await house.citizen()
        for number in range(5):
            await attack(house, service, f"x{number}@thu.example.vn", 1)
        browser = house.browser()
        page = await tried(browser, await house.ask(browser, service), lai.login, lai.password)
        assert page.status == 429
        assert (await tried(browser, page, lai.login, lai.password, work=True)).answer["code"]
        house.pass_time(minutes=16)
        rin: Citizen = await house.citizen("rin@thu.example.vn")
        assert await house.tokens_of(house.browser(), service, rin), "and is calm again by itself"
