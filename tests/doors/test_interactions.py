"""A sign-in on its way: tabs, Back, lost and borrowed links, and what was changed meanwhile; always a way back."""

import asyncio
from dataclasses import replace

import pytest

from idp.protocol.client import ClientState
from tests.doors.machine_house import Service
from tests.doors.people_house import PeopleHouse


@pytest.fixture
async def service(town: PeopleHouse) -> Service:
    return await town.register()


async def test_an_interaction_is_of_no_use_in_another_browser(town: PeopleHouse, service: Service) -> None:
    """Keycloak CVE-2026-7507: a link to a half-finished sign-in, sent to a victim or taken from one."""
    lai, attacker, victim = await town.citizen(), town.browser(), town.browser()
    page = await town.ask(attacker, service)
    opened = await victim.get(page.url)
    assert opened.status == 403
    assert not opened.has_form("username")
    assert opened.leads_to("motcua.example.vn")
    form = page.form("username")
    sent = await victim.post(form.action, {**form.fields, "username": lai.login, "password": lai.password}.items())
    assert sent.status == 403
    assert victim.cookie("session") is None
    for step in ("", "/login", "/otp", "/consent", "/switch", "/cancel"):
        assert (await victim.get(f"/i/{page.path.split('/')[2]}{step}")).status == 403


async def test_a_transition_token_of_another_interaction_or_step_is_stale(town: PeopleHouse, service: Service) -> None:
    lai, browser = await town.citizen(totp=True), town.browser()
    one, two = await town.ask(browser, service), await town.ask(browser, service)
    form = one.form("username")
    page = one
    for token in (two.form("username").fields["transition"], "", "x" * 43):
        fields = {"transition": token, "username": lai.login, "password": lai.password}
        page = await browser.post(form.action, fields.items())
        assert page.step == "login"
        assert page.form("username").fields["username"] == lai.login
        assert browser.cookie("session") is None
    # The page that says so is fresh: the same words again, and one is in.
    assert (await town.sign_in(browser, page, lai)).answer["code"]


async def test_a_double_click_signs_in_whichever_answer_the_browser_keeps(town: PeopleHouse, service: Service) -> None:
    lai = await town.citizen()
    for kept in (0, 1):
        browser, twin = town.browser(), town.browser()
        page = await town.ask(browser, service, prompt="login", state=f"s{kept}")
        twin.http.cookies.update(browser.http.cookies)
        form = page.form("username")
        fields = {**form.fields, "username": lai.login, "password": lai.password}
        both = await asyncio.gather(
            browser.http.post(form.action, data=fields), twin.http.post(form.action, data=fields)
        )
        assert [answer.status_code for answer in both] == [303, 303]
        onward = await (browser, twin)[kept].get(both[kept].headers["location"])
        assert onward.answer["code"]


async def test_a_form_sent_again_after_the_answer_leads_back_to_the_service(
    town: PeopleHouse, service: Service
) -> None:
    """Back, and the button once more."""
    lai, browser = await town.citizen(), town.browser()
    login_page = await town.ask(browser, service)
    assert (await town.sign_in(browser, login_page, lai)).answer["code"]
    again = await town.sign_in(browser, login_page, lai)
    assert again.status == 410
    assert again.leads_to("https://motcua.example.vn/")
    back = await browser.get(login_page.url)
    assert back.status == 410
    assert back.leads_to("https://motcua.example.vn/")


async def test_a_second_tab_goes_on_when_the_first_has_signed_in(town: PeopleHouse, service: Service) -> None:
    lai, browser = await town.citizen(), town.browser()
    one, two = await town.ask(browser, service, state="một"), await town.ask(browser, service, state="hai")
    assert (await town.sign_in(browser, one, lai)).answer["state"] == "một"
    assert (await browser.get(two.url)).answer["state"] == "hai"


async def test_a_lost_interaction_still_knows_the_way_back(town: PeopleHouse, service: Service) -> None:
    lai, browser = await town.citizen(), town.browser()
    page = await town.ask(browser, service)
    await town.lose_interaction(page)
    for lost in (
        await browser.get(page.url),
        await town.sign_in(browser, page, lai),
        await browser.get(page.link("cancel")),
    ):
        assert lost.status == 410
        assert lost.leads_to("https://motcua.example.vn/")


async def test_even_a_service_without_a_home_page_is_led_back_to(town: PeopleHouse) -> None:
    service = await town.register(client_uri=None)
    browser = town.browser()
    page = await town.ask(browser, service)
    await town.lose_interaction(page)
    assert (await browser.get(page.url)).leads_to("https://motcua.example.vn/")


async def test_turning_back_tells_the_service(town: PeopleHouse, service: Service) -> None:
    browser = town.browser()
    page = await town.ask(browser, service)
    cancelled = await browser.get(page.link("cancel"))
    assert cancelled.answer["error"] == "access_denied"
    assert cancelled.answer["state"] == "trạng thái 1"
    assert (await browser.get(page.url)).status == 410


async def test_a_client_disabled_meanwhile_gets_neither_sign_in_nor_answer(town: PeopleHouse, service: Service) -> None:
    lai, browser = await town.citizen(), town.browser()
    page = await town.ask(browser, service)
    await town.disable(service)
    for refused in (
        await browser.get(page.url),
        await town.sign_in(browser, page, lai),
        await browser.get(page.link("cancel")),
    ):
        assert refused.status == 400
        assert refused.left_for is None
    assert browser.cookie("session") is None


async def test_a_redirect_uri_taken_back_meanwhile_gets_no_code(town: PeopleHouse, service: Service) -> None:
    lai, browser = await town.citizen(), town.browser()
    page = await town.ask(browser, service)
    await town.change(service, replace(service.client, redirect_uris=("https://motcua.example.vn/other",)))
    refused = await town.sign_in(browser, page, lai)
    assert refused.status == 400
    assert refused.left_for is None


async def test_no_page_leads_to_a_service_that_was_never_approved(town: PeopleHouse) -> None:
    """Else anybody with a draft client could send links to a page of ours that leads to theirs."""
    draft = await town.register(state=ClientState.DRAFT, client_uri="https://evil.example/")
    for address in (
        f"/i/nothing/login?service={draft.client.client_id}",
        f"/authorize?client_id={draft.client.client_id}",
    ):
        page = await town.browser().get(address)
        assert not page.leads_to("evil.example")
