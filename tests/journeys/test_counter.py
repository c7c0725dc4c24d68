"""A farmer without a telephone is verified by two officers, leaves with a card of paper, and signs in with it."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.counter import FIRST, SECOND, Seat, pin_on_a_pad, sign_in_by_card
from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import answer_in
from tests.journeys.screens import another_browser, has_arrived, service_at

PIN = "739154"
QR = "051168990455||Nguyễn Thị Ước|30041968|Nữ|Thôn Gò Rét, Xã Ba Tơ, Quảng Ngãi|01072021"


@pytest.mark.slow
async def test_from_nothing_to_a_level_that_a_waiting_service_accepts(
    browser: Browser, page: Page, either_demo: Demo, landing: Landing
) -> None:
    demo, service = either_demo, service_at(landing, either_demo, scope="openid")
    # The service waits already, in whatever browser the citizen finds.
    await page.goto(service.address(scope="openid", acr_values=f"{demo.issuer}/loa/substantial"))
    async with another_browser(browser) as left, another_browser(browser) as right:
        first = await Seat.take(await left.new_page(), demo, FIRST)
        second = await Seat.take(await right.new_page(), demo, SECOND)
        await second.ready()
        await first.scan(QR)
        case = await first.open_case()
        await first.hand_over()
        await expect(first.page.locator("#now")).to_have_text("Đang chờ người thứ hai")
        await expect(first.page.locator("main")).to_contain_text("Phường Đức Phổ")
        await first.page.click("button[value=pad]")
        code = await first.page.locator("#pad-code").inner_text()
        await pin_on_a_pad(browser, demo, code, PIN)
        await first.page.click("#pad-look")
        await first.page.click("button[value=card]")
        number = await first.page.locator("#card-number").inner_text()
        codes = await first.page.locator("ol.codes code").all_inner_texts()
        assert len(codes) == 40
        await second.enter()
        await second.page.click(f"a[href='{case.removeprefix(demo.issuer)}']")
        await expect(second.page.locator("main")).to_contain_text("tiếng Hrê")
        await second.page.check("#seen-box")
        await second.page.click("button[value=confirm]")
        await expect(second.page.locator("#now")).to_have_text("Danh tính đã được xác minh")
        await first.page.goto(f"{case}/receipt")
        await expect(first.page.locator("main")).to_contain_text("Đã xác minh")
        await second.gone()
    await sign_in_by_card(page, number, PIN, codes)
    await has_arrived(page, landing)
    tokens = service.tokens(answer_in(page.url))
    assert service.introspect(tokens["access_token"])["acr"] == f"{demo.issuer}/loa/substantial"
