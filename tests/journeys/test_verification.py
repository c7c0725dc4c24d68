"""From nothing to a level that a waiting service accepts, as the pages say it: by VNeID, the register, and a chip."""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from idp.identity.name import search_key
from tests.journeys.demo import Citizen, Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import RelyingParty
from tests.journeys.screens import service_at, sign_in
from tests.stand.node import ROOT

# Known to the register, and to whoever prints the sandbox's cards; nobody else's account in these journeys.
BY_REGISTER = ("062196990419", "Y Thơ̆", "1996-11-16", "female")
BY_CHIP = "051301990905"
BY_VNEID = ("051196990733", "Trương Thị Ánh Nguyệt")


def newcomer(demo: Demo, name: str) -> Citizen:
    """An e-mail address and a password: nothing that anybody verified."""
    one = Citizen(name, f"{search_key(name).replace(' ', '.')}@moi.example", "khong-ai-doan-ra-71")
    told = {"name": name, "email": one.login, "password": one.password, "claims": {"email_verified": True}}
    demo.idp("people", "add", "--json", "-", given=[told])
    return one


async def to_the_ways(page: Page, demo: Demo, landing: Landing, citizen: Citizen) -> RelyingParty:
    """A service asks for more than the person has; the page says what would do."""
    service = service_at(landing, demo, offers_verification=True)
    await page.goto(service.address(acr_values=f"{demo.issuer}/loa/low", scope="openid"))
    await sign_in(page, citizen)
    await expect(page.get_by_role("heading", name="Cần xác minh danh tính")).to_be_visible()
    return service


async def counts(page: Page) -> None:
    """The day of waiting is three seconds here."""
    for _ in range(120):
        if await page.get_by_role("heading", name="Đã xác minh").count():
            return
        await page.wait_for_timeout(500)
        await page.reload()
    raise AssertionError("it never counted")


async def goes_on(page: Page, demo: Demo, landing: Landing, service: RelyingParty) -> None:
    await page.get_by_role("link", name="Tiếp tục với Tra cứu quy hoạch").click()
    await lands(page, demo, landing, service, "low")


async def lands(page: Page, demo: Demo, landing: Landing, service: RelyingParty, level: str) -> None:
    allow = page.locator("button[name=decision][value=allow]")
    if await allow.count():
        await allow.click()
    await expect(page.get_by_role("heading", name="Dịch vụ thử")).to_be_visible()
    [arrival] = landing.wait_for("/callback")
    tokens = service.tokens(arrival.values)
    assert service.introspect(tokens["access_token"])["acr"] == f"{demo.issuer}/loa/{level}"


async def test_vneid_vouches_and_the_service_goes_on_at_once(page: Page, either_demo: Demo, landing: Landing) -> None:
    demo, (number, name) = either_demo, BY_VNEID
    service = service_at(landing, demo, offers_verification=True)
    await page.goto(service.address(acr_values=f"{demo.issuer}/loa/substantial", scope="openid"))
    await sign_in(page, newcomer(demo, name))
    await expect(page.get_by_role("heading", name="Cần xác minh danh tính")).to_be_visible()
    await page.get_by_role("link", name="Xác minh bằng VNeID").click()
    await page.select_option("#person", number)
    await page.get_by_role("button", name="Xác nhận").click()
    await lands(page, demo, landing, service, "substantial")


async def test_the_register_agrees(page: Page, either_demo: Demo, landing: Landing) -> None:
    demo, (number, name, birthdate, gender) = either_demo, BY_REGISTER
    service = await to_the_ways(page, demo, landing, newcomer(demo, name))
    await page.get_by_role("link", name="Đối chiếu cơ sở dữ liệu dân cư").click()
    await page.fill("#number", number)
    await page.fill("#name", name)
    await page.fill("#birthdate", birthdate)
    await page.check(f"input[name=gender][value={gender}]")
    await page.check("#agree")
    await page.get_by_role("button", name="Đối chiếu").click()
    await expect(page.get_by_role("heading", name="Đã khớp")).to_be_visible()
    await counts(page)
    await goes_on(page, demo, landing, service)


async def test_the_chip_of_a_card_is_read(page: Page, either_demo: Demo, landing: Landing) -> None:
    demo = either_demo
    service = await to_the_ways(page, demo, landing, newcomer(demo, "Huỳnh Lê Bảo Trân"))
    await page.get_by_role("link", name="Đọc chip thẻ căn cước").click()
    challenge = await page.locator("main ol code").inner_text()
    with tempfile.TemporaryDirectory() as folder:
        reader = (sys.executable, "-m", "sandbox.chip", folder, "--number", BY_CHIP, "--chip", "ec")
        subprocess.run((*reader, "--challenge", challenge), cwd=ROOT, check=True, capture_output=True)
        upload = Path(folder, "upload.json").read_bytes()
    await page.set_input_files("#upload", {"name": "upload.json", "mimeType": "application/json", "buffer": upload})
    await page.check("#agree")
    await page.get_by_role("button", name="Gửi và kiểm tra").click()
    await expect(page.get_by_role("heading", name="Đã khớp")).to_be_visible()
    await counts(page)
    await goes_on(page, demo, landing, service)
