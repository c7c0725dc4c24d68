"""How a citizen of the little town looks after their authenticators: the way to each page, and what they do there."""

import html
import re

import pyotp

from idp.storage.authenticators import Authenticator
from tests.doors.little_browser import Browser, Page
from tests.doors.people_house import Citizen, PeopleHouse
from tests.doors.soft_passkey import SoftPasskey

LIST = "/account/security"
GOOD_PASSWORD = "chín con trâu lội qua sông Vệ"


def soft_passkey(town: PeopleHouse, *, counts: bool = False) -> SoftPasskey:
    return SoftPasskey(town.origin, town.origin.removeprefix("https://"), counts=counts)


async def go(town: PeopleHouse, browser: Browser, path: str, citizen: Citizen) -> Page:
    """To a page of one's own, by all the proof that it asks for."""
    town.pass_time(seconds=31)
    page = await browser.get(path)
    if page.step == "login":
        page = await town.sign_in(browser, page, citizen)
    return await town.step_up(browser, page, citizen) if page.step == "otp" else page


async def add_app(town: PeopleHouse, browser: Browser, citizen: Citizen, label: str = "Điện thoại") -> str:
    """The new secret."""
    page = await go(town, browser, f"{LIST}/app", citizen)
    secret = re.sub(r"\s", "", _between(page, "<code>", "</code>"))
    page = await browser.submit(page, "otp", otp=pyotp.TOTP(secret).at(town.now), label=label)
    assert page.url.endswith("?done=added"), page.url
    return secret


async def add_passkey(
    town: PeopleHouse, browser: Browser, citizen: Citizen, passkey: SoftPasskey, label: str = "Điện thoại"
) -> Page:
    page = await go(town, browser, f"{LIST}/passkey", citizen)
    return await browser.submit(page, "credential", credential=passkey.create(options(page)), label=label)


async def make_codes(town: PeopleHouse, browser: Browser, citizen: Citizen) -> list[str]:
    page = await go(town, browser, f"{LIST}/recovery-codes", citizen)
    page = await browser.submit(page, "csrf")
    return re.findall(r"<li><code>([^<]+)</code>", page.response.text)


async def sign_in_by(browser: Browser, page: Page, passkey: SoftPasskey) -> Page:
    """On the sign-in page, or where a passkey is asked as one more step."""
    return await browser.submit(page, "credential", credential=passkey.get(options(page)))


async def enrolled(town: PeopleHouse, citizen: Citizen) -> list[Authenticator]:
    async with town.hall.db.read() as tx:
        return await tx.authenticators.of_person(citizen.person.id)


def options(page: Page) -> str:
    return html.unescape(_between(page, 'data-options="', '"'))


def _between(page: Page, begin: str, end: str) -> str:
    return page.response.text.partition(begin)[2].partition(end)[0]
