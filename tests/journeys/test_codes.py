"""Codes in Chromium: read in the inbox and typed, found on a card, and forbidden by whoever they are about."""

from playwright.async_api import Browser, Page, expect

from tests.journeys.codes_of_the_inbox import (
    NEXT_CODE_MS,
    PIN,
    asked_number,
    card_for,
    code_for,
    reached,
    switch_on,
)
from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import answer_in
from tests.journeys.screens import SUBMIT, another_browser, has_arrived, service_at, sign_in


async def test_a_feature_phone_is_switched_on_signs_in_and_is_forbidden_again(
    browser: Browser, page: Page, either_demo: Demo, landing: Landing
) -> None:
    demo, nga = either_demo, reached(either_demo)
    used = await switch_on(page, demo, nga)
    service = service_at(landing, demo, scope="openid")
    async with another_browser(browser, java_script_enabled=False) as elsewhere:
        other = await elsewhere.new_page()
        await other.goto(service.address(scope="openid"))
        await other.click("a[href*='/by-code']")
        await other.fill("input[name=username]", nga.login)
        await other.check("input[name=way][value=sms]")
        await other.wait_for_timeout(NEXT_CODE_MS)
        await other.click(SUBMIT)
        await other.fill("input[name=otp]", code_for(demo, nga.phone, other_than=used))
        await other.locator("form:has(input[name=otp]) button").click()
        await has_arrived(other, landing)
        tokens = service.tokens(answer_in(other.url))
        told = service.introspect(tokens["access_token"])
        assert (told["acr"], told["amr"]) == (f"{demo.issuer}/loa/low", ["sms"])
        await page.goto(f"{demo.issuer}/account/security/ways")
        if "/login" in page.url:
            await sign_in(page, nga)
        if "/sms-code" in page.url:
            before = code_for(demo, nga.phone)
            await page.wait_for_timeout(NEXT_CODE_MS)
            await page.click("button[name=act]")
            await page.fill("input[name=otp]", code_for(demo, nga.phone, other_than=before))
            await page.locator("form:has(input[name=otp]) button").click()
        await page.locator("button[name=off][value=sms_code]").click()
        await expect(page.locator("[role=status]").first).to_have_text("Đã tắt cách đăng nhập đó.")
        await other.goto(f"{demo.issuer}/account")
        await expect(other.locator("input[name=username]")).to_be_visible()


async def test_a_card_and_its_pin_open_what_asks_for_more(page: Page, either_demo: Demo, landing: Landing) -> None:
    demo, nga = either_demo, reached(either_demo)
    number, codes = card_for(demo, nga)
    service = service_at(landing, demo, scope="openid")
    await page.goto(service.address(scope="openid", acr_values=f"{demo.issuer}/loa/substantial"))
    await page.fill("input[name=username]", number)
    await page.fill("input[name=password]", PIN)
    await page.click(SUBMIT)
    first = await asked_number(page)
    await page.fill("input[name=card_code]", "0000 0000")
    await page.click(SUBMIT)
    await expect(page.locator("[role=alert]")).to_contain_text("Mã không đúng")
    assert await asked_number(page) == first
    await page.fill("input[name=card_code]", codes[first - 1])
    await page.click(SUBMIT)
    await has_arrived(page, landing)
    told = service.introspect(service.tokens(answer_in(page.url))["access_token"])
    assert (told["acr"], told["amr"]) == (f"{demo.issuer}/loa/substantial", ["otp", "pin", "mfa"])
    await page.goto(f"{demo.issuer}/account/security")
    await expect(page.get_by_text("39 mã")).to_be_visible()
