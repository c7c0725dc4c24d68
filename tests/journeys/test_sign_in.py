"""What people really do at the sign-in page: mistakes, tabs, the Back button, double clicks, somebody else's link."""

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import answer_in
from tests.journeys.screens import (
    SIGN_IN,
    SUBMIT,
    another_browser,
    arrives_at_the_example,
    enter_code,
    fill_in,
    has_arrived,
    service_at,
    sign_in,
)

BACK = "main a.button[href]"


async def test_a_wrong_password_keeps_the_name_and_then_the_right_one_works(
    page: Page, demo: Demo, landing: Landing
) -> None:
    citizen, service = demo.newcomer(), service_at(landing, demo)
    await page.goto(service.address(scope="openid"))
    await sign_in(page, citizen, "không phải mật khẩu này")
    await expect(page.locator("[role=alert]")).to_be_focused()
    await expect(page).to_have_title("Lỗi: Đăng nhập · Hệ thống đăng nhập dùng chung tỉnh Quảng Ngãi")
    assert await page.input_value("input[name=username]") == citizen.login
    assert await page.input_value("input[name=password]") == ""
    await page.fill("input[name=password]", citizen.password)
    await page.click(SUBMIT)
    await has_arrived(page, landing)


async def test_an_unknown_account_reads_the_same_as_a_wrong_password(page: Page, demo: Demo, landing: Landing) -> None:
    service, told = service_at(landing, demo), []
    for login in (demo.newcomer().login, "khong-ai-ca@quangngai.example"):
        await page.goto(service.address(scope="openid"))
        await page.fill("input[name=username]", login)
        await page.fill("input[name=password]", "không phải mật khẩu này")
        await page.click(SUBMIT)
        await expect(page.locator("[role=alert]")).to_be_visible()
        told.append((await page.inner_text("main")).replace(login, ""))
    assert told[0] == told[1]


async def test_empty_fields_are_named_and_lead_to_where_they_are(page: Page, demo: Demo, landing: Landing) -> None:
    await page.goto(service_at(landing, demo).address())
    await page.click(SUBMIT)
    await expect(page.locator("[role=alert] a")).to_have_count(2)
    await page.click("[role=alert] a[href='#password']")
    await expect(page.locator("input[name=password]")).to_be_focused()


async def test_two_tabs_for_two_services_one_sign_in(context: BrowserContext, demo: Demo, landing: Landing) -> None:
    citizen = demo.newcomer()
    one, two = await context.new_page(), await context.new_page()
    await one.goto(service_at(landing, demo).address(scope="openid", state="one"))
    await two.goto(service_at(landing, demo).address(scope="openid", state="two"))
    await sign_in(one, citizen)
    await has_arrived(one, landing)
    # The second tab still shows the form; whatever is typed there, it leads on.
    await fill_in(two, citizen)
    await two.click(SUBMIT)
    await has_arrived(two, landing)
    assert answer_in(two.url)["state"] == "two"
    assert answer_in(two.url)["code"] != answer_in(one.url)["code"]


async def test_the_other_tab_goes_on_at_a_reload(context: BrowserContext, demo: Demo, landing: Landing) -> None:
    citizen = demo.newcomer()
    one, two = await context.new_page(), await context.new_page()
    await one.goto(service_at(landing, demo).address(scope="openid"))
    await two.goto(service_at(landing, demo).address(scope="openid"))
    await sign_in(one, citizen)
    await has_arrived(one, landing)
    await two.reload()
    await has_arrived(two, landing)


async def test_the_same_sign_in_in_two_tabs_ends_once_and_the_other_finds_a_way_back(
    context: BrowserContext, demo: Demo, landing: Landing
) -> None:
    citizen = demo.newcomer()
    one, two = await context.new_page(), await context.new_page()
    await one.goto(service_at(landing, demo).address(scope="openid"))
    await two.goto(one.url)
    await sign_in(one, citizen)
    await has_arrived(one, landing)
    await sign_in(two, citizen)
    await _leads_back(two, landing, "Bước này đã xong")


async def test_two_people_in_one_browser_the_last_page_says_who_is_there(
    context: BrowserContext, demo: Demo, landing: Landing
) -> None:
    first, second, service = demo.newcomer(), demo.newcomer(), service_at(landing, demo)
    one, two = await context.new_page(), await context.new_page()
    await one.goto(service.address())
    await sign_in(one, first)
    await expect(one.locator("main")).to_contain_text(first.name)
    await two.goto(service_at(landing, demo).address(scope="openid", prompt="login"))
    await sign_in(two, second)
    await has_arrived(two, landing)
    # What the first tab asks is about somebody who is no longer there: the answer is not taken for the second.
    await one.click("button[name=decision][value=allow]")
    await expect(one.locator("main")).to_contain_text(second.name)
    await expect(one.locator("button[name=decision]").first).to_be_visible()


async def test_back_after_the_sign_in_is_no_dead_end(page: Page, demo: Demo, landing: Landing) -> None:
    citizen = demo.newcomer()
    await page.goto(f"{landing.origin}/")
    await page.goto(service_at(landing, demo).address(scope="openid"))
    await sign_in(page, citizen)
    await has_arrived(page, landing)
    await page.go_back()
    if await page.locator("input[name=username]").count():
        await sign_in(page, citizen)
    await _leads_back(page, landing, "Bước này đã xong")


async def test_back_to_the_name_after_the_page_for_the_code(page: Page, demo: Demo, landing: Landing) -> None:
    citizen = demo.newcomer(totp=True)
    await page.goto(service_at(landing, demo).address(scope="openid", acr_values=f"{demo.issuer}/loa/substantial"))
    await sign_in(page, citizen)
    await page.wait_for_url("**/otp*")
    await page.go_back()
    # The page is asked for anew, and leads to where the sign-in stands.
    await page.wait_for_url("**/otp*")
    await page.reload()
    await enter_code(page, citizen)
    await has_arrived(page, landing)


async def test_a_double_click_signs_in_once(page: Page, demo: Demo, landing: Landing) -> None:
    citizen = demo.newcomer()
    await page.goto(service_at(landing, demo).address(scope="openid"))
    await fill_in(page, citizen)
    await page.dblclick(SUBMIT, no_wait_after=True)
    await has_arrived(page, landing)
    assert answer_in(page.url)["code"]
    assert len([one for one in landing.arrivals if one.path == "/callback"]) == 1


async def test_reload_of_a_failed_form_sends_nothing_twice(page: Page, demo: Demo, landing: Landing) -> None:
    citizen = demo.newcomer()
    await page.goto(service_at(landing, demo).address(scope="openid"))
    await sign_in(page, citizen, "không phải mật khẩu này")
    await expect(page.locator("[role=alert]")).to_be_visible()
    await page.reload()
    await expect(page.locator("[role=alert]")).to_be_visible()
    await sign_in(page, citizen)
    await has_arrived(page, landing)


async def test_a_sign_in_that_was_sent_to_another_browser_is_refused_there(
    browser: Browser, page: Page, demo: Demo, landing: Landing
) -> None:
    service = service_at(landing, demo)
    await page.goto(service.address())
    async with another_browser(browser) as elsewhere:
        other = await elsewhere.new_page()
        await other.goto(page.url)
        await _leads_back(other, landing, "Hãy tiếp tục ở trình duyệt đã bắt đầu")
    # Where it began it goes on.
    await sign_in(page, demo.newcomer())
    await expect(page.locator("button[name=decision]").first).to_be_visible()


async def test_turning_back_tells_the_service_and_leads_there(page: Page, demo: Demo, landing: Landing) -> None:
    await page.goto(service_at(landing, demo).address(state="của dịch vụ"))
    await page.get_by_role("link", name="Hủy và quay lại").click()
    await has_arrived(page, landing)
    answer = answer_in(page.url)
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "của dịch vụ", demo.issuer)


async def test_a_page_that_demands_a_level_asks_for_the_code_and_no_password(page: Page, either_demo: Demo) -> None:
    citizen = either_demo.newcomer(totp=True)
    await page.goto(either_demo.service("one_stop_shop"))
    await page.click(SIGN_IN)
    await sign_in(page, citizen)
    await arrives_at_the_example(page, citizen.name)
    await page.click("#step-up")
    await expect(page.locator("input[name=password]")).to_have_count(0)
    await page.fill("input[name=otp]", "000000")
    await page.click(SUBMIT)
    await expect(page.locator("[role=alert]")).to_be_visible()
    await enter_code(page, citizen)
    await expect(page.locator("#submit-ready")).to_be_visible()
    await expect(page.locator("#level")).to_have_attribute("data-level", "substantial")


async def test_somebody_else_may_sign_in_instead(page: Page, demo: Demo, landing: Landing) -> None:
    first, second, service = demo.newcomer(), demo.newcomer(), service_at(landing, demo)
    await page.goto(service.address())
    await sign_in(page, first)
    await page.get_by_role("link", name="Không phải bạn?").click()
    await sign_in(page, second)
    await expect(page.locator("main")).to_contain_text(second.name)
    await page.click("button[name=decision][value=allow]")
    await has_arrived(page, landing)
    token = service.tokens(answer_in(page.url))["access_token"]
    assert service.userinfo(token).json()["name"] == second.name


@pytest.mark.parametrize("prompt", ["login", "select_account"])
async def test_asked_to_sign_in_again_they_do_so_once(page: Page, demo: Demo, landing: Landing, prompt: str) -> None:
    citizen, service = demo.newcomer(), service_at(landing, demo)
    await page.goto(service.address(scope="openid"))
    await sign_in(page, citizen)
    await has_arrived(page, landing)
    await page.goto(service.address(scope="openid", prompt=prompt))
    await expect(page.locator("input[name=password]")).to_be_visible()
    await sign_in(page, citizen)
    await has_arrived(page, landing)


async def _leads_back(page: Page, landing: Landing, title: str) -> None:
    """A sensible page, and its one button leads to the service."""
    await expect(page.locator("h1")).to_have_text(title)
    await page.click(BACK)
    await page.wait_for_url(f"{landing.origin}/")
