"""On a public computer: short, unremembered, and after the sign-out nothing is left for whoever sits down next."""

import pytest

from idp.kernel.secret import Secret
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, terms_of
from tests.doors.vneid_house import HO, VneidHouse

LASTING = {"scope": "openid offline_access"}


async def sit_down(house: PeopleHouse, browser: Browser, page: Page, citizen: Citizen) -> Page:
    return await browser.submit(page, "username", username=citizen.login, password=citizen.password, shared="yes")


async def shared_sessions(house: PeopleHouse, citizen: Citizen) -> list[bool]:
    async with house.hall.db.read() as tx:
        return [session.shared for session, _ in await tx.sessions.of_person(citizen.person.id, house.now)]


async def test_the_box_is_unticked_and_an_error_does_not_forget_it(town: PeopleHouse) -> None:
    service, lai, browser = await town.register(), await town.citizen(), town.browser()
    page = await town.ask(browser, service)
    assert ("shared", "yes") in page.form("username").boxes
    assert "checked" not in page.response.text
    page = await browser.submit(page, "username", username=lai.login, password="sai", shared="yes")
    assert " checked>" in page.response.text
    # Even where the second form came without it: what was once said stands.
    assert (await browser.submit(page, "username", username=lai.login, password=lai.password)).answer["code"]
    assert await shared_sessions(town, lai) == [True]


async def test_it_ends_after_five_idle_minutes_and_one_hour(town: PeopleHouse) -> None:
    service, lai, browser = await town.register(), await town.citizen(), town.browser()
    await sit_down(town, browser, await town.ask(browser, service), lai)
    town.pass_time(minutes=4)
    assert (await town.ask(browser, service)).answer["code"]
    town.pass_time(minutes=5)
    page = await town.ask(browser, service)
    assert page.step == "login", "somebody else sits here by now"
    await sit_down(town, browser, page, lai)
    for _ in range(15):
        town.pass_time(minutes=4)
        page = await town.ask(browser, service)
    assert page.step == "login", "the ceiling"


async def test_whoever_sits_down_next_is_a_stranger_and_each_sign_in_begins_as_one(town: PeopleHouse) -> None:
    service, lai, browser = await town.register(), await town.citizen(), town.browser()
    await town.walk(browser, service, lai)
    await sit_down(town, browser, await town.ask(browser, service, prompt="login"), lai)
    async with town.hall.db.read() as tx:
        assert await tx.known_browsers.methods(lai.person.id, Secret(browser.cookie("browser") or "")) == frozenset()
    # A session that was once called shared stays so.
    await town.walk(browser, service, lai, prompt="login")
    assert await shared_sessions(town, lai) == [True]


async def test_signing_out_leaves_nothing_and_own_pages_say_so_on_top(town: PeopleHouse) -> None:
    service, lai, browser = await town.register(), await town.citizen(), town.browser()
    await sit_down(town, browser, await town.ask(browser, service), lai)
    for path in ("/account", "/account/sessions", "/account/services", "/account/security"):
        page = await browser.get(path)
        assert "Đây là máy dùng chung" in page.text, path
        assert page.response.headers["cache-control"] == "no-store"
    assert "Máy dùng chung" in (await browser.get("/account/sessions")).text
    page = await browser.get("/logout")
    page = await browser.submit(page, "logout", logout="yes")
    assert page.response.headers["clear-site-data"] == '"cache", "storage"'
    assert browser.cookie("session") is None
    assert browser.cookie("browser") is None


async def test_signing_out_everywhere_leaves_nothing_either(town: PeopleHouse) -> None:
    service, lai, browser = await town.register(), await town.citizen(), town.browser()
    await sit_down(town, browser, await town.ask(browser, service), lai)
    page = await browser.get("/account/sessions")
    await browser.submit(page, "everywhere", everywhere="yes")
    assert browser.cookie("browser") is None
    assert await shared_sessions(town, lai) == []


async def test_a_service_that_signs_out_takes_everything_along(town: PeopleHouse) -> None:
    service, lai, browser = await town.register(), await town.citizen(), town.browser()
    page = await sit_down(town, browser, await town.ask(browser, service), lai)
    tokens = await town.exchanged(service, page)
    uri = service.client.post_logout_redirect_uris[0]
    page = await browser.get("/logout", id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri)
    assert page.left_for is not None
    assert browser.cookie("browser") is None


async def test_one_s_own_computer_keeps_what_it_had(town: PeopleHouse) -> None:
    service, lai, browser = await town.register(), await town.citizen(), town.browser()
    await town.walk(browser, service, lai)
    assert await shared_sessions(town, lai) == [False]
    assert "máy dùng chung" not in (await browser.get("/account")).text
    page = await browser.submit(await browser.get("/logout"), "logout", logout="yes")
    assert "clear-site-data" not in page.response.headers
    assert browser.cookie("browser") is not None


async def test_nothing_outlives_a_public_computer(town: PeopleHouse) -> None:
    """`offline_access` is left out, told in `scope` (RFC 6749 §5.1), and `prompt=login` works as ever."""
    service: Service = await town.register(terms=terms_of(offline_access="consent"))
    lai, browser = await town.citizen(), town.browser()
    page = await town.ask(browser, service, prompt="login", **LASTING)
    page = await sit_down(town, browser, page, lai)
    tokens = await town.exchanged(service, page)
    assert tokens["scope"] == "openid"
    town.pass_time(minutes=3)
    page = await town.ask(browser, service, prompt="login", **LASTING)
    assert page.step == "login"
    assert (await sit_down(town, browser, page, lai)).answer["code"]


@pytest.mark.parametrize("odd", ["", "no", "YES", "1", "yes\x00"])
async def test_any_other_word_says_nothing(town: PeopleHouse, odd: str) -> None:
    service, lai, browser = await town.register(), await town.citizen(), town.browser()
    page = await town.ask(browser, service)
    await browser.submit(page, "username", username=lai.login, password=lai.password, shared=odd)
    assert not any(await shared_sessions(town, lai))


async def test_by_vneid_from_a_public_computer_it_asks_anew_and_is_as_short(vneid_town: VneidHouse) -> None:
    service, browser = await vneid_town.service_of(), vneid_town.browser()
    page = await vneid_town.ask(browser, service)
    sent = await browser.get(page.link("shared=yes"))
    assert sent.left_for is not None
    assert "prompt=login" in sent.left_for, "VNeID's own session may be the one of whoever sat here before"
    assert (await browser.get(await vneid_town.choose(sent.left_for, HO))).answer["code"]
    vneid_town.pass_time(minutes=6)
    assert (await vneid_town.ask(browser, service)).step == "login"
