"""The chip of a card in Chromium: the challenge, a card that the sandbox prints, and what is said of a forged one."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from playwright.async_api import Page, expect

from sandbox.chip.forgeries import FORGERIES
from sandbox.chip.issue import Plan, issue, plan
from sandbox.vneid.people import citizens
from tests.journeys.demo import PASSWORD, Citizen, Demo
from tests.journeys.screens import sign_in

_NUMBERS = count(1)


def newcomer(demo: Demo) -> Citizen:
    """Whose mailbox is proven, and nothing else."""
    one = Citizen("Triệu Thị Chíp", f"chip-{next(_NUMBERS)}@trieu.example", PASSWORD)
    claims = {"birthdate": "1977-11-04", "email_verified": True}
    document = {"name": one.name, "email": one.login, "level": "basic", "password": one.password, "claims": claims}
    demo.idp("people", "add", "--json", "-", given=[document])
    return one


async def send(page: Page, made: Plan) -> None:
    """The card's chip answers what stands on the page."""
    asked = base64.b64decode(await page.locator("main ol code").inner_text())
    upload = issue(replace(made, challenge=asked)).document
    file = {"name": "upload.json", "mimeType": "application/json", "buffer": upload}
    await page.set_input_files("input[name=upload]", file)  # type: ignore[arg-type]
    await page.check("input[name=agree]")
    await page.click("main form button[type=submit]")


async def test_a_printed_card_is_believed_and_a_forged_one_is_told_why(page: Page, demo: Demo) -> None:
    one = newcomer(demo)
    # Somebody of whom no other journey speaks: when its day is over the number is this person's.
    card = plan(citizens()["051201990776"], datetime.now(UTC), chip="ec")
    await page.goto(f"{demo.issuer}/account/verify/chip")
    await sign_in(page, one)
    await send(page, FORGERIES["another-face"].change(card))
    await expect(page.locator("h1")).to_have_text("Chưa xác minh được")
    await expect(page.locator("main")).to_contain_text("Một nhóm dữ liệu không phải là bản đã được ký.")
    await expect(page.locator("main")).to_contain_text("Khiếu nại")
    await page.goto(f"{demo.issuer}/account/verify/chip")
    await send(page, card)
    await expect(page.locator("h1")).to_have_text("Đã khớp, đang chờ đủ thời gian")
