"""The second factor: asked for when a level needs it, once a day, and counted by itself."""

import asyncio
from datetime import timedelta

import pytest

from idp.audit import kinds
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, terms_of

WRONG = "không đúng"


@pytest.fixture
async def service(town: PeopleHouse) -> Service:
    return await town.register()


@pytest.fixture
async def lai(town: PeopleHouse) -> Citizen:
    return await town.citizen(totp=True)


async def otp_page(town: PeopleHouse, browser: Browser, service: Service, lai: Citizen) -> Page:
    page = await town.ask(browser, service, acr_values=f"{town.origin}/loa/substantial")
    return await town.sign_in(browser, page, lai) if page.step == "login" else page


async def test_a_signed_in_person_adds_one_code_and_is_asked_for_no_password(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    browser = town.browser()
    await town.walk(browser, service, lai)
    page = await otp_page(town, browser, service, lai)
    assert page.step == "otp"
    assert lai.name in page.text
    assert (await town.step_up(browser, page, lai)).answer["code"]
    assert (await otp_page(town, browser, await town.register(), lai)).answer["code"]


async def test_a_code_may_be_typed_in_two_groups(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    browser = town.browser()
    page = await otp_page(town, browser, service, lai)
    code = town.code_of(lai)
    assert (await browser.submit(page, "otp", otp=f" {code[:3]} {code[3:]} ")).answer["code"]


async def test_a_wrong_an_old_and_a_used_code_get_one_answer(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    browser = town.browser()
    page = await otp_page(town, browser, service, lai)
    used = town.code_of(lai)
    assert (await browser.submit(page, "otp", otp=used)).answer["code"]
    thief = town.browser()
    page = await otp_page(town, thief, service, lai)
    town.pass_time(minutes=5)
    for code in (used, "000000", "12345", "x" * 500, "１２３４５６"):
        page = await thief.submit(page, "otp", otp=code)
        assert page.step == "otp"
        assert page.status == 200
        assert WRONG in page.text
    assert len(await town.events(kinds.SIGN_IN_FAILED)) == 5
    page = await thief.submit(page, "otp", otp="")
    assert page.step == "otp"
    assert len(await town.events(kinds.SIGN_IN_FAILED)) == 5


async def test_a_double_click_is_not_a_wrong_code(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    browser, twin = town.browser(), town.browser()
    page = await otp_page(town, browser, service, lai)
    twin.http.cookies.update(browser.http.cookies)
    form = page.form("otp")
    fields = {**form.fields, "otp": town.code_of(lai)}
    both = await asyncio.gather(browser.http.post(form.action, data=fields), twin.http.post(form.action, data=fields))
    assert [answer.status_code for answer in both] == [303, 303]
    assert await town.events(kinds.SIGN_IN_FAILED) == []
    assert len(await town.events(kinds.STEP_UP)) == 1


async def test_half_an_hour_away_costs_another_code_but_no_password(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    browser = town.browser()
    await town.step_up(browser, await otp_page(town, browser, service, lai), lai)
    town.pass_time(minutes=31)
    page = await otp_page(town, browser, service, lai)
    assert page.step == "otp"
    assert (await town.step_up(browser, page, lai)).answer["code"]


async def test_waiting_on_the_consent_page_costs_another_code_and_no_error(town: PeopleHouse, lai: Citizen) -> None:
    service, browser = await town.register(terms=terms_of(profile="consent")), town.browser()
    page = await town.ask(browser, service, scope="openid profile", acr_values=f"{town.origin}/loa/substantial")
    page = await town.step_up(browser, await town.sign_in(browser, page, lai), lai)
    town.pass_time(minutes=35)
    page = await town.allow(browser, page)
    assert page.step == "otp"
    page = await town.step_up(browser, page, lai)
    assert page.step == "consent"
    assert (await town.allow(browser, page)).answer["code"]


async def test_a_level_that_idleness_took_does_not_come_back_with_the_password(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    browser = town.browser()
    await town.step_up(browser, await otp_page(town, browser, service, lai), lai)
    page = await town.ask(browser, service, prompt="login")
    town.pass_time(minutes=40)
    page = await town.sign_in(browser, page, lai)
    tokens = await town.exchanged(service, page)
    told = await town.introspect(service, tokens["access_token"])
    assert told["acr"] == f"{town.origin}/loa/low"
    assert (await otp_page(town, browser, service, lai)).step == "otp"


async def test_somebody_elses_code_page_in_another_tab_is_shown_anew(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    """Two tabs, one browser: the page asks for Lài's code, but Rin has signed in meanwhile."""
    rin, browser = await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin", totp=True), town.browser()
    page = await otp_page(town, browser, service, lai)
    other = await town.ask(browser, service, prompt="select_account")
    await town.sign_in(browser, other, rin)
    page = await town.step_up(browser, page, lai)
    assert page.step == "otp"
    assert rin.name in page.text
    assert await town.events(kinds.SIGN_IN_FAILED) == []


async def test_not_me_leads_to_a_sign_in_for_somebody_else(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    rin, browser = await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin", totp=True), town.browser()
    page = await otp_page(town, browser, service, lai)
    town.pass_time(seconds=5)
    page = await browser.get(page.link("/switch"))
    assert page.step == "login"
    page = await town.sign_in(browser, page, rin)
    assert page.step == "otp"
    assert rin.name in page.text
    assert (await town.step_up(browser, page, rin)).answer["code"]


async def test_a_session_that_ends_while_the_code_is_typed_begins_again_at_the_password(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    browser = town.browser()
    page = await otp_page(town, browser, service, lai)
    async with town.hall.db.unaudited_tx() as tx:
        await tx.sessions.end_all(lai.person.id, town.now)
    page = await town.step_up(browser, page, lai)
    assert page.step == "login"


async def test_the_level_is_lost_with_the_age_of_its_proofs(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    browser = town.browser()
    await town.step_up(browser, await otp_page(town, browser, service, lai), lai)
    for _ in range(32):
        town.now += timedelta(minutes=24)
        if (await town.ask(browser, service)).step == "login":
            return
    raise AssertionError("a password is good for twelve hours and no longer")
