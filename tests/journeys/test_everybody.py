"""Nobody is left out: without scripts, by keyboard, on a small phone, enlarged, in the dark, in either language."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.demo import Demo
from tests.journeys.inspection import Inspection
from tests.journeys.landing import Landing
from tests.journeys.screens import ALLOW, SUBMIT, another_browser, enter_code, fill_in, has_arrived, service_at, sign_in
from tests.journeys.tour import every_state

_FOCUS = """() => {
    const style = getComputedStyle(document.activeElement);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [document.activeElement.name || document.activeElement.tagName, outlined];
}"""


# Nearly two hundred states, each looked at whole.
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize(
    ("lang", "how"),
    [
        ("vi", {"viewport": {"width": 390, "height": 844}}),
        ("en", {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}),
        ("vi", {"viewport": {"width": 1280, "height": 800}, "forced_colors": "active"}),
    ],
    ids=["vi-phone-light", "en-desktop-dark", "vi-desktop-forced-colours"],
)
async def test_every_state_is_accessible_light_and_fits(
    browser: Browser, demo: Demo, landing: Landing, lang: str, how: dict[str, Any]
) -> None:
    async with another_browser(browser, **how) as context:
        page = await context.new_page()
        seen = Inspection(page)
        await every_state(page, browser, demo, landing, seen, lang)
        assert len(set(seen.seen)) > 25
        assert seen.findings == []


async def test_without_scripts_everything_works(browser: Browser, demo: Demo, landing: Landing) -> None:
    citizen, service = demo.newcomer(totp=True), service_at(landing, demo)
    async with another_browser(browser, java_script_enabled=False) as context:
        page = await context.new_page()
        asked = service.address(response_mode="form_post", acr_values=f"{demo.issuer}/loa/substantial")
        await page.goto(asked)
        await sign_in(page, citizen, "không phải mật khẩu này")
        await expect(page.locator("[role=alert]")).to_be_visible()
        await sign_in(page, citizen)
        await enter_code(page, citizen)
        await page.click(ALLOW)
        # The answer goes by a form that nothing sends by itself.
        await page.get_by_role("button", name="Tiếp tục").click()
        (arrival,) = landing.wait_for("/callback")
        assert arrival.method == "POST"
        assert service.redeem(arrival.values).status_code == 200
        await page.goto(f"{demo.issuer}/account/services")
        card = page.locator("li.card", has_text="Tra cứu quy hoạch")
        await card.locator("summary").click()
        await card.get_by_role("button").click()
        await expect(page.locator("[role=status]")).to_be_visible()
        await page.goto(f"{demo.issuer}/logout")
        await page.click("button[name=logout]")
        await expect(page.locator("h1")).to_have_text("Đã đăng xuất")


async def test_with_scripts_the_answer_by_form_leaves_by_itself(page: Page, demo: Demo, landing: Landing) -> None:
    service = service_at(landing, demo)
    await page.goto(service.address(scope="openid", response_mode="form_post"))
    await sign_in(page, demo.newcomer())
    (arrival,) = landing.wait_for("/callback")
    assert arrival.method == "POST"
    assert arrival.headers["origin"] == demo.issuer
    assert service.redeem(arrival.values).status_code == 200


async def test_by_the_keyboard_alone_and_focus_is_always_seen(page: Page, demo: Demo, landing: Landing) -> None:
    citizen = demo.newcomer()
    await page.goto(service_at(landing, demo).address())
    await _tab_to(page, "username")
    await page.keyboard.type(citizen.login)
    await _tab_to(page, "password", most=1)
    await page.keyboard.type(citizen.password)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/consent*")
    await _tab_to(page, "decision")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{landing.callback}?*")
    await page.goto(f"{demo.issuer}/logout")
    await _tab_to(page, "logout")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Đã đăng xuất")


async def _tab_to(page: Page, name: str, most: int = 14) -> None:
    """Forward by Tab, looking at each stop."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        reached, outlined = await page.evaluate(_FOCUS)
        assert outlined, f"focus on {reached} can't be seen"
        if reached == name:
            return
    raise AssertionError(f"{name} was not reached by {most} steps")


async def test_the_first_stop_skips_to_the_page(page: Page, demo: Demo, landing: Landing) -> None:
    await page.goto(service_at(landing, demo).address())
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.closest('main') !== null")


async def test_forced_colours_keep_fields_buttons_and_focus_visible(
    browser: Browser, demo: Demo, landing: Landing
) -> None:
    async with another_browser(browser, forced_colors="active") as context:
        page = await context.new_page()
        await page.goto(service_at(landing, demo).address())
        for control in ("input[name=username]", "input[name=password]", SUBMIT):
            border = await page.locator(control).evaluate(
                "(e) => { const s = getComputedStyle(e); return [s.borderTopStyle, parseFloat(s.borderTopWidth)]; }"
            )
            assert border[0] != "none", control
            assert border[1] >= 1, control
        await _tab_to(page, "username")


async def test_pages_do_without_any_other_host(page: Page, demo: Demo, landing: Landing) -> None:
    """No font, script or picture from elsewhere: the address bar is the only party to a sign-in."""
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    await page.goto(service_at(landing, demo).address())
    await page.goto(f"{demo.issuer}/help")
    assert hosts == {demo.issuer.partition("//")[2]}


# What the sign-in page and all that it needs may weigh on the line, compressed where it is: at 2G, some 40 kbit/s,
# twenty kilobytes are four seconds, and the second visit brings the page alone.
_FIRST_VISIT = 20_000
_SENT = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, entry) => sum + entry.transferSize, 0)"""


async def test_the_sign_in_page_is_light_enough_for_2g_and_no_script_holds_it_up(
    browser: Browser, demo: Demo, landing: Landing
) -> None:
    async with another_browser(browser) as context:
        page = await context.new_page()
        await page.goto(service_at(landing, demo).address())
        await page.wait_for_load_state("load")
        first = await page.evaluate(_SENT)
        assert 0 < first <= _FIRST_VISIT, first
        blocking = await page.locator("script:not([defer]):not([async])").count()
        assert blocking == 0
        await page.goto(service_at(landing, demo).address())
        await page.wait_for_load_state("load")
        assert await page.evaluate(_SENT) < first / 2, "style sheet and scripts are kept"


async def test_what_was_typed_survives_a_line_that_drops(browser: Browser, demo: Demo, landing: Landing) -> None:
    citizen = demo.newcomer()
    async with another_browser(browser) as context:
        page = await context.new_page()
        await page.goto(service_at(landing, demo, scope="openid").address(scope="openid"))
        await fill_in(page, citizen)
        await context.set_offline(True)
        await page.click(SUBMIT)
        await expect(page.locator("form [role=alert]")).to_contain_text("chưa gửi được")
        assert await page.input_value("input[name=username]") == citizen.login
        await context.set_offline(False)
        await expect(page.locator("form [role=alert]")).to_have_count(0)
        await page.click(SUBMIT)
        await has_arrived(page, landing)


async def test_a_form_that_was_lost_on_the_way_is_sent_again_by_reload(
    browser: Browser, demo: Demo, landing: Landing
) -> None:
    """The line seems to be there and is not: nothing has to be typed again."""
    async with another_browser(browser) as context:
        page = await context.new_page()
        await page.goto(service_at(landing, demo, scope="openid").address(scope="openid"))
        await fill_in(page, demo.newcomer())
        await page.route("**/login*", lambda route: route.abort("connectionreset"))
        await page.click(SUBMIT)
        await page.wait_for_url("chrome-error://**")
        await page.unroute("**/login*")
        await page.reload()
        await has_arrived(page, landing)
