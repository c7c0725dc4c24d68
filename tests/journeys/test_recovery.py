"""Getting back into an account, and undoing a thief's work, in Chromium: codes from the sandbox's inbox, both pairs."""

import asyncio

from playwright.async_api import Browser, Page, expect

from tests.journeys.demo import Demo
from tests.journeys.device import Device
from tests.journeys.lost_account import NEW_PASSWORD, add_passkey, by_phone_and_paper, make_codes, message, somebody
from tests.journeys.screens import SUBMIT, another_browser, sign_in


async def test_whoever_lost_all_but_phone_and_paper_comes_back(browser: Browser, page: Page, either_demo: Demo) -> None:
    demo = either_demo
    citizen, phone = somebody(demo, "Trần Thị Hoài Thu")
    codes = await make_codes(page, demo, citizen)
    device = await Device.beside(page)
    await add_passkey(page, demo, device, citizen, "Máy đã mất")
    async with another_browser(browser) as elsewhere:
        lost = await elsewhere.new_page()
        await by_phone_and_paper(lost, demo, citizen, phone, codes[0])
        await expect(lost.locator("h1")).to_have_text("Bắt đầu khôi phục")
        await lost.click(SUBMIT)
        await expect(lost.locator("h1")).to_have_text("Đang chờ")
        waiting = lost.url
        await message(demo, phone, r"(khoi phuc tai khoan)")
        await asyncio.sleep(3.1)
        await lost.goto(waiting)
        await lost.wait_for_url("**/finish")
        await lost.fill("input[name=password]", NEW_PASSWORD)
        await lost.get_by_role("button", name="Đặt mật khẩu").click()
        await expect(lost.locator("h1")).to_have_text("Đã khôi phục")
        await lost.goto(f"{demo.issuer}/account")
        await sign_in(lost, citizen, NEW_PASSWORD)
        await lost.wait_for_url("**/account")
    await page.goto(f"{demo.issuer}/account")
    await page.wait_for_url("**/login*")
    await device.touch(page)
    await expect(page.get_by_text("Khóa truy cập chưa được chấp nhận").first).to_be_visible()


async def test_a_thiefs_passkey_is_stopped_by_the_e_mails_link_and_gone_after_the_undoing(
    browser: Browser, page: Page, either_demo: Demo
) -> None:
    demo = either_demo
    citizen, phone = somebody(demo, "Lê Văn Tám")
    codes = await make_codes(page, demo, citizen)
    await message(demo, citizen.login, r"(/not-me/)")
    await asyncio.sleep(1.1)
    async with another_browser(browser) as elsewhere:
        thief = await elsewhere.new_page()
        device = await Device.beside(thief)
        await add_passkey(thief, demo, device, citizen, "Máy lạ")
        link = await message(demo, citizen.login, r"khóa truy cập[\s\S]*?(http\S+/not-me/[\w-]+)")
        await page.goto(link)
        await expect(page.locator("h1")).to_have_text("Tôi không thực hiện việc này")
        await thief.reload()
        await expect(thief.locator("h1")).to_have_text("Cách đăng nhập")
        await page.get_by_role("button", name="Khóa tài khoản ngay").click()
        await expect(page.locator("h1")).to_have_text("Đã khóa tài khoản")
        await thief.goto(f"{demo.issuer}/account/security")
        await thief.wait_for_url("**/login*")
        await device.touch(thief)
        await expect(thief.get_by_text("Khóa truy cập chưa được chấp nhận").first).to_be_visible()
        await device.let_go()
        await by_phone_and_paper(page, demo, citizen, phone, codes[0])
        await page.wait_for_url("**/undo")
        await expect(page.get_by_text("Giữ lại: Máy lạ")).to_be_visible()
        await page.fill("input[name=password]", NEW_PASSWORD)
        await page.click(SUBMIT)
        await expect(page.locator("h1")).to_have_text("Đã mở khóa")
        await thief.goto(f"{demo.issuer}/account")
        await sign_in(thief, citizen)
        await expect(thief.locator("[role=alert]")).to_be_visible()
    await page.goto(f"{demo.issuer}/account/security")
    await sign_in(page, citizen, NEW_PASSWORD)
    await page.wait_for_url("**/account/security")
    await expect(page.locator("li.card", has_text="Máy lạ")).to_have_count(0)
