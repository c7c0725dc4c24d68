"""A person's own authenticators in Chromium, with a virtual device that makes passkeys."""

import json
import re
from datetime import UTC, datetime

import pyotp
from playwright.async_api import Browser, Page, expect

from tests.journeys.demo import Citizen, Demo
from tests.journeys.device import PASSKEY, Device
from tests.journeys.landing import Landing
from tests.journeys.relying_party import answer_in
from tests.journeys.screens import SUBMIT, another_browser, enter_code, has_arrived, service_at, sign_in


async def _to_change(page: Page, demo: Demo, what: str, citizen: Citizen) -> None:
    """To a page that changes something, by all the proof that it asks for."""
    await page.goto(f"{demo.issuer}/account/security/{what}")
    await sign_in(page, citizen)
    if citizen.totp_secret is not None:
        await enter_code(page, citizen)
    await page.wait_for_url(f"**/account/security/{what}")


async def _add_passkey(page: Page, demo: Demo, device: Device, citizen: Citizen) -> None:
    await _to_change(page, demo, "passkey", citizen)
    await page.fill("input[name=label]", "Máy ở nhà")
    await device.touch(page)
    await expect(page.locator("[role=status]").first).to_have_text("Đã thêm cách đăng nhập mới.")
    await device.let_go()


async def test_a_passkey_is_made_and_signs_in_without_a_name(page: Page, either_demo: Demo, landing: Landing) -> None:
    demo, citizen = either_demo, either_demo.newcomer(totp=True)
    device = await Device.beside(page)
    await _add_passkey(page, demo, device, citizen)
    await expect(page.locator("li.card", has_text="Máy ở nhà")).to_contain_text("Chưa dùng")
    (made,) = await device.credentials()
    assert made["isResidentCredential"]
    assert citizen.login not in json.dumps(made)
    await page.context.clear_cookies()
    service = service_at(landing, demo, scope="openid")
    await page.goto(service.address(scope="openid", acr_values=f"{demo.issuer}/loa/substantial phr"))
    await device.touch(page)
    await has_arrived(page, landing)
    await device.let_go()
    tokens = service.tokens(answer_in(page.url))
    told = service.introspect(tokens["access_token"])
    assert told["acr"] == f"{demo.issuer}/loa/substantial"
    assert told["amr"] == ["pop", "mfa"]
    await page.goto(f"{demo.issuer}/account/security")
    await expect(page.locator("li.card", has_text="Máy ở nhà")).not_to_contain_text("Chưa dùng")


async def test_a_passkey_is_one_more_step_and_opens_the_pages_that_change_something(page: Page, demo: Demo) -> None:
    citizen, device = demo.newcomer(totp=True), await Device.beside(page)
    await _add_passkey(page, demo, device, citizen)
    await page.context.clear_cookies()
    await page.goto(f"{demo.issuer}/account/security/password")
    await sign_in(page, citizen)
    await page.click("a[href*='/passkey']")
    await device.touch(page)
    await page.wait_for_url("**/account/security/password")
    await device.let_go()
    await page.fill("input[name=password]", "chín con trâu lội qua sông Vệ")
    await page.click(SUBMIT)
    await expect(page.locator("[role=status]").first).to_have_text("Đã đổi mật khẩu.")


async def test_the_browser_offers_the_passkey_in_the_field_of_the_name(page: Page, demo: Demo) -> None:
    """Conditional mediation: a device that is at hand answers without any button."""
    citizen, device = demo.newcomer(), await Device.beside(page, offers=True)
    await _add_passkey(page, demo, device, citizen)
    await page.context.clear_cookies()
    await page.goto(f"{demo.issuer}/account")
    await expect(page.locator("input[name=username]")).to_have_attribute("autocomplete", "username webauthn")
    await device.at_hand()
    await page.reload()
    await page.wait_for_url("**/account")


async def test_a_device_that_does_not_know_its_person_makes_no_passkey(page: Page, demo: Demo) -> None:
    citizen, device = demo.newcomer(), await Device.beside(page, isUserVerified=False)
    await _to_change(page, demo, "passkey", citizen)
    await device.touch(page)
    await expect(page.locator("[data-failed]")).to_contain_text("Chưa nhận được khóa truy cập")
    await page.goto(f"{demo.issuer}/account/security")
    await expect(page.locator("li.card")).to_have_count(1)


async def test_by_the_keyboard_alone_the_passkey_is_reached(page: Page, demo: Demo) -> None:
    citizen, device = demo.newcomer(), await Device.beside(page)
    await _add_passkey(page, demo, device, citizen)
    await page.context.clear_cookies()
    await page.goto(f"{demo.issuer}/account")
    await page.locator("main button[type=submit]").focus()
    await page.keyboard.press("Tab")
    await expect(page.locator(PASSKEY)).to_be_focused()
    await device.at_hand()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/account")


async def test_an_app_is_added_and_a_lost_one_is_replaced_by_a_code_on_paper(
    browser: Browser, page: Page, either_demo: Demo
) -> None:
    demo, citizen = either_demo, either_demo.newcomer()
    await _to_change(page, demo, "app", citizen)
    await expect(page.get_by_role("img", name=re.compile("QR"))).to_be_visible()
    secret = (await page.locator(".note code").inner_text()).replace(" ", "")
    await page.fill("input[name=otp]", pyotp.TOTP(secret).now())
    await page.click(SUBMIT)
    await expect(page.locator("li.card", has_text="Ứng dụng xác thực")).to_be_visible()
    await page.goto(f"{demo.issuer}/account/security/recovery-codes")
    # The new app now counts among what can be proven: the code after the one that was used up.
    await sign_in(page, citizen)
    await page.fill("input[name=otp]", pyotp.TOTP(secret).generate_otp(pyotp.TOTP(secret).timecode(_now()) + 1))
    await page.click(SUBMIT)
    await page.click(SUBMIT)
    await page.locator("ol.codes code").first.wait_for()
    codes = await page.locator("ol.codes code").all_inner_texts()
    assert len(codes) == 10
    async with another_browser(browser) as elsewhere:
        lost = await elsewhere.new_page()
        await lost.goto(f"{demo.issuer}/account/security/app")
        await sign_in(lost, citizen)
        await lost.click("a[href*='/recovery-code']")
        await lost.fill("input[name=recovery_code]", codes[0])
        await lost.click(SUBMIT)
        await lost.wait_for_url("**/account/security/app")


def _now() -> datetime:
    return datetime.now(tz=UTC)
