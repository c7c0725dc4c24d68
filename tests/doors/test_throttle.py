"""Guessing is slowed by place and account together: the guesser waits, the citizen at home gets in."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from idp.authn.throttle import ThrottlePolicy
from idp.flows import throttle
from tests.doors.little_browser import Page
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, open_people_house

POLICY = ThrottlePolicy(window_seconds=900, pair_limit=4, address_limit=12, account_limit=6, free_tries=2)
HOME, ATTACKER = "2001:db8:0:1::7", "198.51.100.1"


@pytest.fixture
async def strict(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url, throttle=POLICY) as house:
        yield house


@pytest.fixture
async def service(strict: PeopleHouse) -> Service:
    return await strict.register()


@pytest.fixture
async def lai(strict: PeopleHouse) -> Citizen:
    return await strict.citizen("051158990137", more_logins=("lai.pham@thu.example.vn", "0905990137"), totp=True)


async def guess(house: PeopleHouse, service: Service, login: str, password: str, address: str) -> Page:
    browser = house.browser(address)
    page = await house.ask(browser, service)
    return await browser.submit(page, "username", username=login, password=password)


async def test_a_guesser_waits_and_is_told_for_how_long(strict: PeopleHouse, service: Service, lai: Citizen) -> None:
    pages = [await guess(strict, service, lai.login, "guess", ATTACKER) for _ in range(5)]
    assert [page.status for page in pages] == [200, 200, 200, 200, 429]
    assert 0 < int(pages[-1].response.headers["retry-after"]) <= 900
    assert pages[-1].leads_to("/login")
    assert pages[-1].leads_to("/cancel")
    right = await guess(strict, service, lai.login, lai.password, ATTACKER)
    assert right.status == 429, "the right password is not told apart from a wrong one while one waits"
    strict.pass_time(minutes=16)
    assert (await guess(strict, service, lai.login, lai.password, ATTACKER)).answer["code"]


async def test_every_spelling_and_identifier_counts_for_the_one_account(
    strict: PeopleHouse, service: Service, lai: Citizen
) -> None:
    """Authelia CVE-2025-24806, CVE-2026-47203."""
    spellings = ("051158990137", "051 158 990 137", "lai.pham@thu.example.vn", "0905 990 137", "+84905990137")
    pages = [await guess(strict, service, spelled, "guess", ATTACKER) for spelled in spellings]
    assert [page.status for page in pages] == [200, 200, 200, 200, 429]


async def test_unknown_names_are_slowed_just_the_same(strict: PeopleHouse, service: Service) -> None:
    pages = [await guess(strict, service, "nobody@thu.example.vn", "guess", ATTACKER) for _ in range(5)]
    assert [page.status for page in pages] == [200, 200, 200, 200, 429]


async def test_many_addresses_do_not_lock_the_citizen_out(strict: PeopleHouse, service: Service, lai: Citizen) -> None:
    heard = 0
    for number in range(30):
        page = await guess(strict, service, lai.login, "guess", f"203.0.113.{number}")
        heard += page.status == 200
    assert heard == 30, "each new place is heard a first time"
    again = [await guess(strict, service, lai.login, "guess", f"203.0.113.{number}") for number in range(30)]
    assert sum(page.status == 200 for page in again) == 30, "twice is free"
    third = [await guess(strict, service, lai.login, "guess", f"203.0.113.{number}") for number in range(5)]
    assert [page.status for page in third] == [429] * 5
    assert (await guess(strict, service, lai.login, lai.password, HOME)).answer["code"]


async def test_the_citizens_own_browser_is_held_up_by_nobody_else(
    strict: PeopleHouse, service: Service, lai: Citizen
) -> None:
    own = strict.browser(ATTACKER)
    await strict.walk(own, service, lai, acr_values=f"{strict.origin}/loa/substantial")
    stranger = strict.browser(ATTACKER)
    for number in range(14):
        await guess(strict, service, lai.login if number < 4 else f"x{number}@thu.example.vn", "guess", ATTACKER)
    page = await strict.ask(stranger, service)
    assert (await strict.sign_in(stranger, page, lai)).status == 429, "the address has failed too often"
    for _ in range(POLICY.pair_limit - 1):
        page = await strict.ask(own, service, prompt="login")
        assert (await own.submit(page, "username", username=lai.login, password="typo")).status == 200
    strict.pass_time(seconds=30)
    assert await strict.tokens_of(own, service, lai, prompt="login", acr_values=f"{strict.origin}/loa/substantial")


async def test_a_browser_where_only_the_password_was_proven_is_a_stranger_to_the_code(
    strict: PeopleHouse, service: Service, lai: Citizen
) -> None:
    """Whoever knows the password makes browsers known at will; guesses at the code count as before."""
    heard = 0
    for number in range(12):
        browser = strict.browser(f"203.0.113.{number % 3}")
        page = await strict.ask(browser, service, acr_values=f"{strict.origin}/loa/substantial")
        page = await strict.sign_in(browser, page, lai)
        for _ in range(3):
            page = await browser.submit(page, "otp", otp="000000") if page.has_form("otp") else page
            heard += page.status == 200
    assert heard <= 3 * POLICY.pair_limit


async def test_an_ipv6_subscriber_is_one_place(strict: PeopleHouse, service: Service, lai: Citizen) -> None:
    pages = [await guess(strict, service, lai.login, "guess", f"2001:db8:0:9::{number:x}") for number in range(5)]
    assert pages[-1].status == 429
    mapped = [await guess(strict, service, f"x{n}@thu.example.vn", "guess", "::ffff:198.51.100.9") for n in range(2)]
    assert [page.status for page in mapped] == [200, 200]


async def test_one_place_against_all_accounts_is_slowed(strict: PeopleHouse, service: Service) -> None:
    pages = [await guess(strict, service, f"nobody{n}@thu.example.vn", "guess", ATTACKER) for n in range(13)]
    assert [page.status for page in pages] == [200] * 12 + [429]
    assert (await guess(strict, service, "rin@thu.example.vn", "guess", HOME)).status == 200


async def test_a_hundred_parallel_guesses_are_a_hundred_guesses(
    strict: PeopleHouse, service: Service, lai: Citizen
) -> None:
    pages = await asyncio.gather(*(guess(strict, service, lai.login, "guess", ATTACKER) for _ in range(40)))
    assert sum(page.status == 200 for page in pages) <= POLICY.pair_limit


async def test_who_knows_the_password_gets_no_more_guesses_at_the_code(
    strict: PeopleHouse, service: Service, lai: Citizen
) -> None:
    statuses = []
    for _ in range(4):
        browser = strict.browser(ATTACKER)
        page = await strict.ask(browser, service, acr_values=f"{strict.origin}/loa/substantial")
        page = await strict.sign_in(browser, page, lai)
        for _ in range(2):
            page = await browser.submit(page, "otp", otp="000000") if page.has_form("otp") else page
            statuses.append(page.status)
    assert statuses.count(200) <= POLICY.pair_limit
    assert statuses[-1] == 429


async def test_success_clears_what_failed_here_before(strict: PeopleHouse, service: Service, lai: Citizen) -> None:
    for _ in range(2):
        for _ in range(2):
            await guess(strict, service, lai.login, "thử", HOME)
        assert (await guess(strict, service, lai.login, lai.password, HOME)).answer["code"]


async def test_nothing_of_place_or_account_is_readable_in_the_counters(
    strict: PeopleHouse, service: Service, lai: Citizen
) -> None:
    keys = throttle.keys(strict.hall, lai.person.id, ATTACKER, "password")
    assert len({keys.address, keys.account, keys.both}) == 3
    assert all(len(key) == 32 for key in (keys.address, keys.account, keys.both))
    assert throttle.keys(strict.hall, lai.person.id, "not an address\ud800", "password").address != keys.address
