"""People of the demo who lose what they sign in with, and come back by a telephone, a mailbox and paper."""

import asyncio
import itertools
import re
from collections.abc import Iterator

import httpx
from playwright.async_api import Page, expect

from tests.journeys.demo import Citizen, Demo
from tests.journeys.device import Device
from tests.journeys.screens import SUBMIT, sign_in

NEW_PASSWORD = "bảy con nghé qua cầu Cửa Đại"
_numbers: Iterator[int] = itertools.count(10)


def somebody(demo: Demo, name: str) -> tuple[Citizen, str]:
    """With a telephone and a mailbox of their own; nobody else's messages are read by mistake."""
    n = next(_numbers)
    port = demo.issuer.rpartition(":")[2]
    citizen = Citizen(name, f"khoi-phuc-{port}-{n}@quangngai.example")
    phone = f"+8490566{int(port) % 100:02d}{n:02d}"
    told = {
        "name": citizen.name,
        "email": citizen.login,
        "phone_number": phone,
        "level": "substantial",
        "password": citizen.password,
        "claims": {"email_verified": True, "phone_number_verified": True},
    }
    demo.idp("people", "add", "--json", "-", given=[told])
    return citizen, phone


async def message(demo: Demo, to: str, pattern: str, but: str = "") -> str:
    """What the newest message to this address says there; `but`: what an earlier one said."""
    for _ in range(100):
        came = httpx.get(f"{demo.sandbox['outbox']}/messages", params={"to": to}).json()["messages"]
        for one in came:
            found = re.search(pattern, one["text"])
            if found is not None and found[1] != but:
                return found[1]
            if found is not None:
                break
        await asyncio.sleep(0.1)
    raise AssertionError(f"nothing like {pattern} came to {to}")


async def make_codes(page: Page, demo: Demo, citizen: Citizen) -> list[str]:
    await page.goto(f"{demo.issuer}/account/security/recovery-codes")
    await sign_in(page, citizen)
    await page.wait_for_url("**/recovery-codes")
    await page.click(SUBMIT)
    codes = page.locator("ol.codes code")
    await codes.first.wait_for()
    return await codes.all_inner_texts()


async def add_passkey(page: Page, demo: Demo, device: Device, citizen: Citizen, label: str) -> None:
    await page.goto(f"{demo.issuer}/account/security/passkey")
    if await page.locator("input[name=username]").count():
        await sign_in(page, citizen)
    await page.wait_for_url("**/account/security/passkey")
    await page.fill("input[name=label]", label)
    await device.touch(page)
    await page.wait_for_url("**/account/security?done=added")
    await device.let_go()


async def by_phone_and_paper(page: Page, demo: Demo, citizen: Citizen, phone: str, code: str) -> None:
    await page.goto(f"{demo.issuer}/recover")
    await page.fill("input[name=username]", citizen.login)
    await page.click(SUBMIT)
    await page.get_by_role("link", name="Nhận mã qua SMS").click()
    await page.get_by_role("button", name="Gửi mã").click()
    await page.fill("input[name=code]", await message(demo, phone, r"\b(\d{6})\b"))
    await page.click(SUBMIT)
    await expect(page.get_by_text("Đã chứng minh: điện thoại")).to_be_visible()
    await page.get_by_role("link", name="Dùng mã khôi phục trên giấy").click()
    await page.fill("input[name=code]", code)
    await page.click(SUBMIT)
