"""The part of the tour about codes: named, sent, wrong, on a card, switched on, forbidden."""

from playwright.async_api import Page

from tests.journeys.codes_of_the_inbox import NEXT_CODE_MS, PIN, card_for, code_for, reached
from tests.journeys.demo import Demo
from tests.journeys.inspection import Inspection
from tests.journeys.relying_party import RelyingParty
from tests.journeys.screens import SUBMIT


async def codes(page: Page, demo: Demo, service: RelyingParty, seen: Inspection) -> None:
    nga = reached(demo)
    await _own(page, demo, seen, nga.login, nga.phone, nga.password)
    await page.context.clear_cookies()
    await page.goto(service.address(scope="openid"))
    await page.click("a[href*='/by-code']")
    await seen.look("by-code")
    await page.click(SUBMIT)
    await seen.look("by-code-empty")
    await page.fill("input[name=username]", nga.login)
    await page.check("input[name=way][value=sms]")
    await page.wait_for_timeout(NEXT_CODE_MS)
    await page.click(SUBMIT)
    await seen.look("sms-code-sent")
    await page.click("details summary")
    await seen.look("sms-code-trouble")
    await page.fill("input[name=otp]", "000000")
    await page.locator("form:has(input[name=otp]) button").click()
    await seen.look("sms-code-wrong")
    await page.click("button[name=act]")
    await seen.look("sms-code-wait")
    number, _ = card_for(demo, nga)
    await page.goto(service.address(scope="openid", acr_values=f"{demo.issuer}/loa/substantial"))
    await page.fill("input[name=username]", number)
    await page.fill("input[name=password]", PIN)
    await page.click(SUBMIT)
    await seen.look("code-card")
    await page.click(SUBMIT)
    await seen.look("code-card-empty")
    await page.fill("input[name=card_code]", "00000000")
    await page.click(SUBMIT)
    await seen.look("code-card-wrong")


async def _own(page: Page, demo: Demo, seen: Inspection, login: str, phone: str, password: str) -> None:
    security = f"{demo.issuer}/account/security"
    await page.goto(f"{security}/sms-code")
    await page.fill("input[name=username]", login)
    await page.fill("input[name=password]", password)
    await page.click(SUBMIT)
    await page.wait_for_url("**/account/security/sms-code")
    await seen.look("security-sms-code")
    await page.click("button[name=act]")
    await seen.look("security-sms-code-sent")
    await page.goto(f"{security}/ways")
    await seen.look("security-ways")
    await page.goto(f"{security}/sms-code")
    await page.fill("input[name=otp]", code_for(demo, phone))
    await page.locator("form:has(input[name=otp]) button").click()
    await page.wait_for_url("**/account/security?done=added")
    await seen.look("security-with-sms")
