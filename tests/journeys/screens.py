"""What a person does on our pages in Chromium, named as they would tell it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.demo import Citizen, Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import RelyingParty
from tests.journeys.walking import code_of
from tests.stand.chromium import PATIENCE

SUBMIT = "main form button[type=submit]"
ALLOW, DENY = "button[name=decision][value=allow]", "button[name=decision][value=deny]"
SIGNED_IN, SIGN_IN = "#signed-in-name", "#sign-in"


def service_at(landing: Landing, demo: Demo, **metadata: Any) -> RelyingParty:
    """A service whose people land at `landing`; nobody agreed to it yet."""
    return demo.register(
        **{
            "client_name": "Tra cứu quy hoạch",
            "redirect_uris": [landing.callback],
            "post_logout_redirect_uris": [f"{landing.origin}/signed-out"],
            "client_uri": f"{landing.origin}/",
            **metadata,
        }
    )


@asynccontextmanager
async def another_browser(browser: Browser, **how: Any) -> AsyncIterator[BrowserContext]:
    """Another person's, or another device's: it shares no cookie with the first."""
    context = await browser.new_context(
        **{"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "ignore_https_errors": True, **how}
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield context
    finally:
        await context.close()


async def fill_in(page: Page, citizen: Citizen, password: str | None = None) -> None:
    await page.fill("input[name=username]", citizen.login)
    await page.fill("input[name=password]", citizen.password if password is None else password)


async def sign_in(page: Page, citizen: Citizen, password: str | None = None) -> None:
    await fill_in(page, citizen, password)
    await page.click(SUBMIT)


async def enter_code(page: Page, citizen: Citizen) -> None:
    await page.fill("input[name=otp]", code_of(citizen))
    await page.click(SUBMIT)


async def has_arrived(page: Page, landing: Landing) -> None:
    await page.wait_for_url(f"{landing.callback}?*")


async def arrives_at_the_example(page: Page, name: str) -> None:
    """Back at an example, after at most the page that tells what it receives."""
    arrived = page.locator(f"{SIGNED_IN}:visible")
    allow = page.locator(ALLOW)
    await expect(allow.or_(arrived).first).to_be_visible()
    if await allow.count():
        await allow.click()
    await expect(arrived).to_have_text(name)


async def is_told_signed_out(page: Page) -> None:
    """Back-channel: the service knows it without the browser, as soon as it was told."""
    for _ in range(40):
        await page.reload()
        if await page.locator(f"{SIGN_IN}:visible").count():
            return
        await page.wait_for_timeout(250)
    raise AssertionError("the service still shows them signed in")
