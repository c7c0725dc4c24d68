"""A public computer in Chromium: whoever sits down next finds nothing, whichever button they press."""

from playwright.async_api import Browser, Page, expect

from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.screens import SUBMIT, another_browser, fill_in, has_arrived, service_at, sign_in


async def sit_down(page: Page, demo: Demo, name: str) -> None:
    await page.goto(f"{demo.issuer}/account")
    await fill_in(page, demo.person(name))
    await page.check("input[name=shared]")
    await page.click(SUBMIT)
    await page.wait_for_url("**/account")


async def test_after_the_sign_out_back_shows_nothing_and_no_cookie_is_left(browser: Browser, either_demo: Demo) -> None:
    async with another_browser(browser) as context:
        page = await context.new_page()
        await sit_down(page, either_demo, "Phạm Thị Lài")
        await page.goto(f"{either_demo.issuer}/account/sessions")
        await expect(page.locator("li.card").first).to_contain_text("Máy dùng chung")
        await page.get_by_role("link", name="Đăng xuất ngay").click()
        await page.click("button[name=logout]")
        await expect(page.locator("h1")).to_have_text("Đã đăng xuất")
        left = [cookie["name"] for cookie in await context.cookies()]
        assert not [name for name in left if "session" in name or "browser" in name]
        for _ in range(4):
            await page.go_back()
            await page.wait_for_load_state()
            assert "Lài" not in await page.inner_text("body")
            assert "051" not in await page.inner_text("body")
            assert not await page.locator("nav.tabs").count()


async def test_the_next_person_is_asked_and_the_first_one_is_not_known_here(
    browser: Browser, demo: Demo, landing: Landing
) -> None:
    service = service_at(landing, demo, scope="openid")
    first, second = demo.newcomer(), demo.newcomer()
    async with another_browser(browser) as context:
        page = await context.new_page()
        await page.goto(service.address(scope="openid"))
        await fill_in(page, first)
        await page.check("input[name=shared]")
        await page.click(SUBMIT)
        await has_arrived(page, landing)
        await page.goto(service.address(scope="openid", prompt="login"))
        await expect(page.locator("h1")).to_have_text("Xác nhận đó là bạn")
        assert await page.input_value("input[name=username]") == ""
        await sign_in(page, second)
        await has_arrived(page, landing)
        await page.goto(f"{demo.issuer}/account")
        await expect(page.locator("h1")).to_contain_text(second.name)
