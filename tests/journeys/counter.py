"""A counter in Chromium: officers with their keys, a citizen's pad, and what each of them does there."""

import re

from playwright.async_api import Browser, Page, expect

from tests.journeys.demo import Citizen, Demo
from tests.journeys.device import PASSKEY, Device
from tests.journeys.screens import another_browser, enter_code, sign_in

FIRST, SECOND = "Bùi Thị Sa", "Đỗ Văn Trà"
TICKS = ("present", "document_genuine", "values_compared", "portrait")


class Seat:
    """An officer at their screen."""

    def __init__(self, page: Page, demo: Demo, device: Device) -> None:
        self.page = page
        self._demo = demo
        self._device = device

    @classmethod
    async def take(cls, page: Page, demo: Demo, name: str) -> "Seat":
        """The first sign-in of an officer: by password and code they add a passkey, and it opens the console."""
        officer, device = demo.person(name), await Device.beside(page)
        await page.goto(f"{demo.issuer}/account/security/passkey")
        await sign_in(page, officer)
        await enter_code(page, officer)
        await page.wait_for_url("**/account/security/passkey")
        await device.touch(page)
        await page.wait_for_url("**done=added")
        await device.let_go()
        seat = cls(page, demo, device)
        await seat.enter()
        return seat

    async def enter(self, path: str = "/admin") -> None:
        await self.page.goto(f"{self._demo.issuer}{path}")
        if not self.page.url.endswith(path):
            await self._device.at_hand()
            await self.page.click(PASSKEY)
            await self.page.wait_for_url(f"**{path}")
            await self._device.let_go()

    async def ready(self) -> None:
        await self.enter()
        await self.page.click("button[name=duty][value=on]")
        await self.page.locator("button[value=off]").wait_for()

    async def gone(self) -> None:
        await self.enter()
        await self.page.click("button[name=duty][value=off]")
        await self.page.locator("button[value=on]").wait_for()

    async def scan(self, qr: str) -> None:
        """As a scanner does: it types, and presses Enter."""
        await self.enter("/admin/open/counter")
        await self.page.fill("input[name=scan]", qr)
        await self.page.press("input[name=scan]", "Enter")
        await self.page.locator("input[name=filled_from][value=qr]").wait_for(state="attached")

    async def open_case(self) -> str:
        """The papers say that the card has no end."""
        await self.page.check("#endless-yes")
        await self.page.click("button[value=open]")
        await self.page.wait_for_url("**/admin/cases/*")
        return self.page.url

    async def hand_over(self) -> None:
        for tick in TICKS:
            await self.page.check(f"#tick-{tick}")
        await self.page.select_option("#reading", "read_aloud")
        await self.page.fill("#helper", "Phạm Văn Hơ, tiếng Hrê")
        await self.page.select_option("#mark", "fingerprint")
        await self.page.click("button[value=submit]")
        await self.page.locator("#pin, .incident, #now").first.wait_for()


async def pin_on_a_pad(browser: Browser, demo: Demo, code: str, pin: str) -> None:
    """The citizen's own device, which knows nobody."""
    async with another_browser(browser) as pad:
        page = await pad.new_page()
        await page.goto(f"{demo.issuer}/pad")
        await page.fill("#code", code)
        await page.keyboard.press("Enter")
        await page.fill("#pin", pin)
        await page.fill("#pin_again", pin)
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Đã đặt mã PIN")


async def sign_in_by_card(page: Page, number: str, pin: str, codes: list[str]) -> None:
    await sign_in(page, Citizen("", number, pin))
    asked = re.search(r"Mã số (\d+) trên thẻ", await page.locator("main").inner_text())
    assert asked is not None
    await page.fill("input[name=card_code]", codes[int(asked[1]) - 1])
    await page.keyboard.press("Enter")
