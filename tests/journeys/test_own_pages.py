"""A person's own pages: who one is here, ending a session from afar, taking a consent back, choosing the language."""

from playwright.async_api import Browser, Page, expect

from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import answer_in
from tests.journeys.screens import (
    ALLOW,
    SIGN_IN,
    another_browser,
    arrives_at_the_example,
    has_arrived,
    is_told_signed_out,
    service_at,
    sign_in,
)


async def _at_own_page(page: Page, demo: Demo, path: str = "/account") -> None:
    await page.goto(demo.issuer + path)


async def test_the_own_page_asks_for_a_sign_in_and_then_shows_who_one_is(page: Page, either_demo: Demo) -> None:
    citizen = either_demo.person("Phạm Thị Lài")
    await _at_own_page(page, either_demo)
    await sign_in(page, citizen)
    await page.wait_for_url("**/account")
    await expect(page.locator("h1")).to_contain_text("Phạm Thị Lài")
    await expect(page.locator("main")).to_contain_text("12/03/1958")
    # Never the whole number on a screen.
    assert "051158990137" not in await page.content()


async def test_a_page_deeper_inside_is_where_the_sign_in_leads(page: Page, demo: Demo) -> None:
    await _at_own_page(page, demo, "/account/sessions")
    await sign_in(page, demo.newcomer())
    await page.wait_for_url("**/account/sessions")


async def test_another_browser_is_signed_out_from_afar_and_its_services_too(
    browser: Browser, page: Page, either_demo: Demo
) -> None:
    citizen = either_demo.newcomer()
    async with another_browser(browser, user_agent="Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile") as phone:
        lost = await phone.new_page()
        await lost.goto(either_demo.service("one_stop_shop"))
        await lost.click(SIGN_IN)
        await sign_in(lost, citizen)
        await arrives_at_the_example(lost, citizen.name)
        await _at_own_page(page, either_demo, "/account/sessions")
        await sign_in(page, citizen)
        card = page.locator("li.card", has_text="Chrome trên Android")
        await expect(card).to_contain_text("Một cửa điện tử")
        await card.get_by_role("button").click()
        await expect(page.locator("[role=status]")).to_have_text("Đã đăng xuất khỏi thiết bị đó.")
        await expect(page.locator("li.card")).to_have_count(1)
        await is_told_signed_out(lost)
        await lost.click(SIGN_IN)
        await expect(lost.locator("input[name=password]")).to_be_visible()
    # This browser stays.
    await _at_own_page(page, either_demo)
    await expect(page.locator("h1")).to_contain_text(citizen.name)


async def test_everywhere_means_here_too(browser: Browser, page: Page, demo: Demo) -> None:
    citizen = demo.newcomer()
    async with another_browser(browser) as elsewhere:
        other = await elsewhere.new_page()
        for one in (other, page):
            await _at_own_page(one, demo, "/account/sessions")
            await sign_in(one, citizen)
            await one.wait_for_url("**/account/sessions")
        await page.click("button[name=everywhere]")
        await expect(page.locator("h1")).to_have_text("Đã đăng xuất")
        await other.reload()
        await expect(other.locator("input[name=password]")).to_be_visible()


async def test_a_consent_that_is_taken_back_ends_what_lasted_and_is_asked_again(
    page: Page, either_demo: Demo, landing: Landing
) -> None:
    citizen = either_demo.newcomer()
    scope = "openid profile offline_access"
    service = service_at(landing, either_demo, scope=scope)
    await page.goto(service.address(scope=scope))
    await sign_in(page, citizen)
    await expect(page.locator("main")).to_contain_text("Cả khi bạn không đăng nhập")
    await page.click(ALLOW)
    await has_arrived(page, landing)
    tokens = service.tokens(answer_in(page.url))
    tokens |= service.refresh(tokens["refresh_token"]).json()
    await _at_own_page(page, either_demo, "/account/services")
    card = page.locator("li.card", has_text="Tra cứu quy hoạch")
    await card.locator("summary").click()
    await card.get_by_role("button").click()
    await expect(page.locator("[role=status]")).to_contain_text("Đã rút lại sự đồng ý")
    await expect(page.locator("li.card", has_text="Tra cứu quy hoạch")).to_have_count(0)
    assert service.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert service.userinfo(tokens["access_token"]).status_code == 401
    await page.goto(service.address(scope=scope))
    await expect(page.locator(ALLOW)).to_be_visible()


async def test_what_the_law_orders_cant_be_taken_back_and_says_so(page: Page, demo: Demo) -> None:
    citizen = demo.newcomer()
    await page.goto(demo.service("api"))
    await page.click(SIGN_IN)
    await sign_in(page, citizen)
    await arrives_at_the_example(page, citizen.name)
    await _at_own_page(page, demo, "/account/services")
    card = page.locator("li.card", has_text="Tra cứu hồ sơ")
    await expect(card).to_contain_text("Nhiệm vụ theo luật")
    await expect(card.get_by_role("button")).to_have_count(0)


async def test_the_language_is_switched_in_place_and_remembered(page: Page, demo: Demo, landing: Landing) -> None:
    service = service_at(landing, demo)
    await page.goto(service.address())
    step = page.url.partition("?")[0]
    await page.get_by_role("link", name="English").click()
    await expect(page.locator("h1")).to_have_text("Sign in")
    assert page.url.startswith(step)
    await sign_in(page, demo.newcomer())
    await expect(page.locator(ALLOW)).to_have_text("Agree and continue")
    await page.click(ALLOW)
    await has_arrived(page, landing)
    await page.goto(f"{demo.issuer}/account")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    # A service that asks later for Vietnamese gets it: the newest wish wins.
    await page.goto(service.address(prompt="login", ui_locales="vi"))
    await expect(page.locator("html")).to_have_attribute("lang", "vi")


async def test_a_failed_form_may_be_read_in_the_other_language(page: Page, demo: Demo, landing: Landing) -> None:
    citizen = demo.newcomer()
    await page.goto(service_at(landing, demo).address(scope="openid"))
    await sign_in(page, citizen, "không phải mật khẩu này")
    await expect(page.locator("[role=alert]")).to_be_visible()
    await page.get_by_role("link", name="English").click()
    await expect(page.locator("h1")).to_have_text("Sign in")
    await sign_in(page, citizen)
    await has_arrived(page, landing)
