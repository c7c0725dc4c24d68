"""Something happens in the middle: a sign-out, a suspension, a browser without cookies, a pop-up, an old page."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.journeys.demo import Citizen, Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import answer_in
from tests.journeys.screens import ALLOW, SUBMIT, another_browser, enter_code, has_arrived, service_at, sign_in
from tests.journeys.tour import licences
from tests.stand.chromium import private_chromium

YES = "button[name=logout][value=yes]"


async def test_signed_out_elsewhere_while_the_question_was_open(
    context: BrowserContext, demo: Demo, landing: Landing
) -> None:
    citizen, service = demo.newcomer(), service_at(landing, demo)
    asked, other = await context.new_page(), await context.new_page()
    await asked.goto(service.address())
    await sign_in(asked, citizen)
    await expect(asked.locator(ALLOW)).to_be_visible()
    await other.goto(f"{demo.issuer}/logout")
    await other.click(YES)
    await expect(other.locator("h1")).to_have_text("Đã đăng xuất")
    await asked.click(ALLOW)
    # Whose answer would that be? They sign in again, and are asked again.
    await sign_in(asked, citizen)
    await asked.click(ALLOW)
    await has_arrived(asked, landing)
    assert "code" in answer_in(asked.url)


async def test_signed_out_elsewhere_while_the_code_was_being_looked_up(
    context: BrowserContext, demo: Demo, landing: Landing
) -> None:
    citizen = demo.newcomer(totp=True)
    asked, other = await context.new_page(), await context.new_page()
    address = service_at(landing, demo).address(scope="openid", acr_values=f"{demo.issuer}/loa/substantial")
    await asked.goto(address)
    await sign_in(asked, citizen)
    await asked.wait_for_url("**/otp*")
    await other.goto(f"{demo.issuer}/logout")
    await other.click(YES)
    await enter_code(asked, citizen)
    await expect(asked.locator("input[name=password]")).to_be_visible()
    assert landing.arrivals == []


async def test_nothing_of_the_person_is_left_behind_the_back_button(page: Page, demo: Demo) -> None:
    citizen = demo.newcomer()
    await _sign_in_look_around_and_out(page, demo, citizen)
    for _ in range(3):
        await page.go_back()
        assert citizen.name not in await page.content()


@pytest.mark.asyncio(loop_scope="session")
async def test_nor_in_pages_that_the_browser_keeps_alive(demo: Demo) -> None:
    """Playwright switches the back/forward cache off; people's browsers have it, and no-store does not always count."""
    citizen = demo.newcomer()
    async with private_chromium(without=["--disable-back-forward-cache"]) as browser, another_browser(browser) as there:
        page = await there.new_page()
        await _sign_in_look_around_and_out(page, demo, citizen)
        for _ in range(3):
            await page.go_back(wait_until="commit")
            await expect(page.locator("h1")).to_be_visible()
            await expect(page.locator("body")).not_to_contain_text(citizen.name)


async def _sign_in_look_around_and_out(page: Page, demo: Demo, citizen: Citizen) -> None:
    await page.goto(f"{demo.issuer}/account")
    await sign_in(page, citizen)
    await page.wait_for_url("**/account")
    # By the address bar and in haste: pages that are left so soon are kept in spite of no-store.
    await page.goto(f"{demo.issuer}/account/services")
    await page.goto(f"{demo.issuer}/logout")
    await page.click(YES)
    await expect(page.locator("h1")).to_have_text("Đã đăng xuất")


async def test_a_suspended_person_is_out_at_once_and_learns_no_more_than_a_stranger(
    page: Page, either_demo: Demo, landing: Landing
) -> None:
    citizen, service = either_demo.newcomer(), service_at(landing, either_demo)
    await page.goto(service.address(scope="openid"))
    await sign_in(page, citizen)
    await has_arrived(page, landing)
    tokens = service.tokens(answer_in(page.url))
    (found,) = either_demo.find_people(citizen.login)
    either_demo.idp("people", "suspend", found["id"], "--reason", "journey")
    assert service.userinfo(tokens["access_token"]).status_code == 401
    assert service.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    await page.goto(service.address(scope="openid", prompt="none"))
    await has_arrived(page, landing)
    assert answer_in(page.url)["error"] == "login_required"
    await page.goto(service.address(scope="openid"))
    await sign_in(page, citizen)
    await expect(page.locator("[role=alert]")).to_contain_text("Tên đăng nhập hoặc mật khẩu không đúng")
    either_demo.idp("people", "activate", found["id"], "--reason", "journey")
    await sign_in(page, citizen)
    await has_arrived(page, landing)
    # What was ended is not revived.
    assert service.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


async def test_without_cookies_the_page_says_what_is_needed(
    context: BrowserContext, demo: Demo, landing: Landing
) -> None:
    page = await context.new_page()
    await page.goto(service_at(landing, demo).address())
    await context.clear_cookies()
    await sign_in(page, demo.newcomer())
    await expect(page.locator("main")).to_contain_text("Trình duyệt cần cho phép cookie")
    await page.click("main a.button")
    await page.wait_for_url(f"{landing.origin}/")


async def test_a_pop_up_answers_the_page_that_opened_it(context: BrowserContext, demo: Demo, landing: Landing) -> None:
    """display=popup: the service's own page, once it is back in the pop-up, still has its opener."""
    service = service_at(landing, demo)
    landing.pages["/callback"] = (
        "<!doctype html><title>Xong</title><script>opener.postMessage(location.search, origin); close()</script>"
    )
    landing.pages["/opens"] = "<!doctype html><title>Mở</title><p id=told></p>"
    page = await context.new_page()
    await page.goto(f"{landing.origin}/opens")
    await page.evaluate("addEventListener('message', (event) => { told.textContent = event.data })")
    async with page.expect_popup() as opening:
        await page.evaluate(
            "(address) => { open(address, '_blank', 'width=480,height=640') }", service.address(display="popup")
        )
    popup = await opening.value
    await sign_in(popup, demo.newcomer())
    await popup.click(ALLOW)
    await expect(page.locator("#told")).to_contain_text("code=")


async def test_two_agencies_find_no_common_name_for_a_person(page: Page, demo: Demo, landing: Landing) -> None:
    """Pairwise subjects, random ones: whoever compares what two services know learns nothing."""
    citizen, subs = demo.newcomer(), []
    here = service_at(landing, demo)
    there = demo.add_client(licences(landing, f"pairwise-{landing.port}"))
    await page.goto(here.address())
    await sign_in(page, citizen)
    for service in (here, there):
        await page.goto(service.address())
        await page.click(ALLOW)
        await has_arrived(page, landing)
        subs.append(service.claims(service.tokens(answer_in(page.url))["id_token"])["sub"])
    assert subs[0] != subs[1]


async def test_submitting_an_empty_code_says_so(page: Page, demo: Demo, landing: Landing) -> None:
    citizen = demo.newcomer(totp=True)
    await page.goto(service_at(landing, demo).address(scope="openid", acr_values=f"{demo.issuer}/loa/substantial"))
    await sign_in(page, citizen)
    await page.wait_for_url("**/otp*")
    await page.click(SUBMIT)
    await expect(page.locator("[role=alert]")).to_be_focused()
    await enter_code(page, citizen)
    await has_arrived(page, landing)
