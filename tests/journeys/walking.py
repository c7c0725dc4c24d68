"""A person's way through the pages by the little browser: over real HTTP, without scripts, quick enough for a rule."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pyotp

from tests.doors.little_browser import Browser, Page
from tests.journeys.demo import Citizen, Demo
from tests.journeys.relying_party import trust


@asynccontextmanager
async def visiting(demo: Demo) -> AsyncIterator[Browser]:
    """A browser that has met nobody yet."""
    browser = Browser(httpx.AsyncHTTPTransport(verify=trust(demo.ca)), demo.issuer)
    browser.http.timeout = httpx.Timeout(30)
    try:
        yield browser
    finally:
        await browser.close()


def code_of(citizen: Citizen) -> str:
    """What the authenticator app shows now."""
    assert citizen.totp_secret is not None
    return pyotp.TOTP(citizen.totp_secret).at(datetime.now(tz=UTC))


async def sign_in(browser: Browser, page: Page, citizen: Citizen) -> Page:
    assert page.step == "login", page.text
    return await browser.submit(page, "username", username=citizen.login, password=citizen.password)


async def walk(browser: Browser, address: str, citizen: Citizen, boxes: Collection[str] = ()) -> Page:
    """Do whatever is asked until the service has its answer."""
    page = await browser.get(address)
    for _ in range(4):
        match page.step if not page.is_answer else "":
            case "login":
                page = await sign_in(browser, page, citizen)
            case "otp":
                page = await browser.submit(page, "otp", otp=code_of(citizen))
            case "consent":
                page = await browser.submit(page, "decision", boxes=boxes, decision="allow")
            case _:
                break
    assert page.is_answer, page.text
    return page
