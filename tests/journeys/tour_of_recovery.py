"""The walk of somebody who lost everything but their telephone and a sheet of paper, through every page of it."""

import asyncio

from playwright.async_api import Page

from tests.journeys.demo import Citizen, Demo
from tests.journeys.inspection import Inspection
from tests.journeys.lost_account import NEW_PASSWORD, make_codes, message, somebody
from tests.journeys.screens import SUBMIT, sign_in

_DIGITS = r"\b(\d{6})\b"
_SEND, _CODE = "button[value=send]", "input[name=code]"


async def recovery(page: Page, demo: Demo, seen: Inspection, lang: str) -> None:
    """From the sign-in page to the undoing of a lock; the demo's day of waiting is a few seconds."""
    citizen, phone = somebody(demo, "Đỗ Thị Kim Liên")
    codes = await make_codes(page, demo, citizen)
    await _anew(page, demo, lang)
    await _two_roots(page, demo, seen, citizen, phone, codes[0])
    await _wait(page, demo, seen, citizen)
    await page.locator("input[name=password]").wait_for()
    await seen.look("recover-finish")
    await page.fill("input[name=password]", "matkhau2026")
    await page.click(SUBMIT)
    await seen.look("recover-finish-weak")
    await page.fill("input[name=password]", NEW_PASSWORD)
    await page.click(SUBMIT)
    await seen.look("recover-done")
    await _anew(page, demo, lang)
    await _undo(page, demo, seen, citizen, phone, codes[1])


async def _anew(page: Page, demo: Demo, lang: str) -> None:
    await page.context.clear_cookies()
    await page.goto(f"{demo.issuer}/help?lang={lang}")


async def _named(page: Page, demo: Demo, citizen: Citizen) -> None:
    await page.goto(f"{demo.issuer}/recover")
    await page.fill("input[name=username]", citizen.login)
    await page.click(SUBMIT)
    await page.wait_for_url("**/recover/*")


async def _two_roots(page: Page, demo: Demo, seen: Inspection, citizen: Citizen, phone: str, code: str) -> None:
    await page.goto(f"{demo.issuer}/recover")
    await seen.look("recover")
    await page.click(SUBMIT)
    await seen.look("recover-empty")
    await _named(page, demo, citizen)
    await seen.look("recover-ways")
    await page.click("a[href$='/card']")
    await seen.look("recover-card")
    await page.go_back()
    await page.click("a[href$='/sms']")
    await seen.look("recover-sms")
    await page.click(_SEND)
    await page.locator(_CODE).wait_for()
    await seen.look("recover-sms-sent")
    await page.fill(_CODE, "000000")
    await page.click(SUBMIT)
    await seen.look("recover-sms-wrong")
    await page.fill(_CODE, await message(demo, phone, _DIGITS))
    await page.click(SUBMIT)
    await page.wait_for_url("**/recover/*")
    await page.locator("a[href$='/paper']").wait_for()
    await seen.look("recover-second")
    await page.click("a[href$='/paper']")
    await seen.look("recover-paper")
    await page.fill(_CODE, code)
    await page.click(SUBMIT)
    await page.locator("button[value=begin]").wait_for()
    await seen.look("recover-ready")
    await page.click(SUBMIT)


async def _wait(page: Page, demo: Demo, seen: Inspection, citizen: Citizen) -> None:
    await page.locator("button[value=give_up]").wait_for()
    await seen.look("recover-running")
    waiting = page.url
    await page.goto(f"{demo.issuer}/account")
    await sign_in(page, citizen)
    await page.wait_for_url("**/account")
    await seen.look("own-recovery-banner")
    await page.goto(f"{demo.issuer}/account/recovery")
    await seen.look("own-recovery")
    await asyncio.sleep(3)
    await page.goto(waiting)


async def _undo(page: Page, demo: Demo, seen: Inspection, citizen: Citizen, phone: str, code: str) -> None:
    before = await message(demo, phone, _DIGITS)
    await page.goto(f"{demo.issuer}/not-me")
    await seen.look("not-me-number")
    await page.goto(await message(demo, citizen.login, r"(http\S+/not-me/[\w-]+)"))
    await seen.look("not-me")
    await page.click(SUBMIT)
    await page.locator(".incident").wait_for()
    await seen.look("not-me-done")
    await _named(page, demo, citizen)
    await page.click("a[href$='/sms']")
    await page.click(_SEND)
    await page.locator(_CODE).wait_for()
    await page.fill(_CODE, await message(demo, phone, _DIGITS, before))
    await page.click(SUBMIT)
    await page.locator("a[href$='/paper']").wait_for()
    await seen.look("recover-unlock")
    await page.click("a[href$='/paper']")
    await page.fill(_CODE, code)
    await page.click(SUBMIT)
    await page.wait_for_url("**/undo")
    await seen.look("recover-undo")
    await page.fill("input[name=password]", "ruộng lúa chín vàng trên đồi Thiên Ấn")
    await page.click(SUBMIT)
    await page.wait_for_url("**/undo")
    await seen.look("recover-undone")
