"""A town under attack, in Chromium: the stranger's browser works or waits, the citizen's own notices nothing."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.doors.little_browser import Browser as Guesser
from tests.journeys.demo import Citizen, Demo, running_demo
from tests.journeys.inspection import Inspection
from tests.journeys.landing import Landing
from tests.journeys.relying_party import RelyingParty
from tests.journeys.screens import SUBMIT, another_browser, has_arrived, service_at, sign_in

GUESSES, PLACES = 5, 2


@pytest.fixture(scope="module")
def strict_demo() -> Iterator[Demo]:
    """A sandbox that slows guesses as production does."""
    with running_demo(IDP_STRICT_THROTTLE="1", IDP_WORK_WAIT="3s") as started:
        yield started


async def attack(demo: Demo, service: RelyingParty, login: str) -> None:
    """From addresses of their own: the pair's limit would stop one place alone."""
    origin = demo.issuer.replace("localhost", "127.0.0.1")
    for place in range(PLACES):
        thief = Guesser(httpx.AsyncHTTPTransport(local_address=f"127.0.0.{place + 11}"), origin)
        asked = service.address(scope="openid").replace(demo.issuer, origin)
        for _ in range(GUESSES):
            page = await thief.get(asked)
            assert (await thief.submit(page, "username", username=login, password="đoán mò")).status == 200
        await thief.close()


async def meets_the_step(page: Page, citizen: Citizen) -> None:
    await sign_in(page, citizen)
    await expect(page.locator("[role=alert]")).to_contain_text("chưa được kiểm tra")
    assert await page.input_value("input[name=username]") == citizen.login
    assert await page.input_value("input[name=password]") == ""


async def test_a_strangers_browser_works_while_the_password_is_typed(
    browser: Browser, strict_demo: Demo, landing: Landing
) -> None:
    citizen, service = strict_demo.newcomer(), service_at(landing, strict_demo, scope="openid")
    async with another_browser(browser) as own, another_browser(browser) as new:
        known = await own.new_page()
        await known.goto(service.address(scope="openid"))
        await sign_in(known, citizen)
        await has_arrived(known, landing)
        await attack(strict_demo, service, citizen.login)
        page = await new.new_page()
        seen = Inspection(page)
        await page.goto(service.address(scope="openid"))
        await meets_the_step(page, citizen)
        await seen.look("login-effort")
        assert seen.findings == []
        # Sent before the work is done, the form waits for it.
        await page.fill("input[name=password]", citizen.password)
        await page.click(SUBMIT)
        await has_arrived(page, landing)
        await known.goto(service.address(scope="openid", prompt="login"))
        await sign_in(known, citizen)
        await has_arrived(known, landing)


async def test_without_scripts_it_waits_and_is_told_for_how_long(
    browser: Browser, strict_demo: Demo, landing: Landing
) -> None:
    citizen, service = strict_demo.newcomer(), service_at(landing, strict_demo, scope="openid")
    await attack(strict_demo, service, citizen.login)
    async with another_browser(browser, java_script_enabled=False) as context:
        page = await context.new_page()
        await page.goto(service.address(scope="openid"))
        await meets_the_step(page, citizen)
        await expect(page.locator("[data-effort]")).to_contain_text("Gửi sau ít nhất 3 giây")
        await page.wait_for_timeout(3100)
        await page.fill("input[name=password]", citizen.password)
        await page.click(SUBMIT)
        await has_arrived(page, landing)
