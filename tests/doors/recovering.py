"""How a citizen of the little town gets back into an account: the pages, one by one."""

from tests.doors.letterbox import Letterbox
from tests.doors.little_browser import Browser, Page
from tests.doors.people_house import Citizen, PeopleHouse

PHONE, EMAIL = "+84905990137", "lai.pham@thu.example.vn"
NEW_PASSWORD = "bảy con nghé qua cầu Cửa Đại"


async def known_for_long(town: PeopleHouse, **more: object) -> Citizen:
    """Somebody whose number and address were confirmed two months ago."""
    citizen = await town.citizen(phone_number_verified=True, **more)  # type: ignore[arg-type]
    town.pass_time(days=60)
    return citizen


async def begin(browser: Browser, login: str) -> Page:
    page = await browser.get("/recover")
    return await browser.submit(page, "username", username=login)


async def by_message(town: PeopleHouse, box: Letterbox, browser: Browser, page: Page, channel: str) -> Page:
    """The code that comes, typed where it was asked for."""
    page = await browser.get(page.link(f"/{channel}"))
    page = await browser.post(page.path, {**page.form("transition").fields, "act": "send"}.items())
    assert page.url.endswith("?sent=1"), page.text
    code = await box.code(town, PHONE if channel == "sms" else EMAIL)
    return await browser.submit(page, "code", code=code)


async def by_paper(browser: Browser, page: Page, code: str) -> Page:
    page = await browser.get(page.link("/paper"))
    return await browser.submit(page, "code", code=code)


async def press(browser: Browser, page: Page, act: str) -> Page:
    return await browser.post(page.path, {**page.form("transition").fields, "act": act}.items())


async def two_roots(town: PeopleHouse, box: Letterbox, browser: Browser, login: str) -> Page:
    """By SMS and by e-mail, to the page that asks whether to begin."""
    page = await by_message(town, box, browser, await begin(browser, login), "sms")
    return await by_message(town, box, browser, page, "email")


async def begun(town: PeopleHouse, box: Letterbox, browser: Browser, login: str) -> Page:
    return await press(browser, await two_roots(town, box, browser, login), "begin")
