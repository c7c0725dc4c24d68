"""One's own history and receipts on the real program: read, filtered, kept and checked; a passer-by learns nothing."""

import json
from pathlib import Path

from playwright.async_api import Page, expect

from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import answer_in
from tests.journeys.screens import ALLOW, SUBMIT, enter_code, has_arrived, service_at, sign_in
from tests.journeys.tour import licences

_TELLING = ("Khám bệnh từ xa", "Remote clinic", "H48.05", "Sở Tài chính", "clinic-")


async def test_what_a_service_learned_is_read_filtered_and_proven_by_a_receipt(
    page: Page, either_demo: Demo, landing: Landing, tmp_path: Path
) -> None:
    citizen = either_demo.newcomer()
    service = service_at(landing, either_demo, scope="openid profile")
    await page.goto(service.address(scope="openid profile"))
    await sign_in(page, citizen)
    await page.click(ALLOW)
    await has_arrived(page, landing)
    assert service.userinfo(service.tokens(answer_in(page.url))["access_token"]).status_code == 200
    await page.goto(f"{either_demo.issuer}/account/history")
    await expect(page.locator("section.log").first).to_contain_text("Tra cứu quy hoạch nhận: Họ và tên, Ngày sinh")
    await page.get_by_role("link", name="Thay đổi").click()
    await expect(page.locator("section.log")).not_to_contain_text("nhận:")
    await page.get_by_role("link", name="Bạn cho phép chia sẻ thông tin").click()
    await page.get_by_role("link", name="Xem biên nhận").click()
    await expect(page.locator("main")).to_contain_text("Họ và tên")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Tải biên nhận").click()
    file = tmp_path / "receipt.jws"
    await (await download.value).save_as(file)
    told = json.loads(either_demo.idp("receipts", "verify", str(file)))
    assert told["verdict"] == "accepted"
    assert told["consent_receipt"]["services"][0]["service"] == "Tra cứu quy hoạch"
    await page.goto(f"{either_demo.issuer}/account/services")
    card = page.locator("li.card", has_text="Tra cứu quy hoạch")
    await card.locator("summary").click()
    await card.get_by_role("button").click()
    await page.goto(f"{either_demo.issuer}/account/history?show=changes")
    await page.get_by_role("link", name="Bạn rút lại sự đồng ý").click()
    await page.get_by_role("link", name="Xem biên nhận").click()
    await expect(page.locator("main")).to_contain_text("Những gì bạn đã rút lại")


async def test_a_sensitive_service_has_no_name_until_its_owner_proves_more(
    page: Page, either_demo: Demo, landing: Landing
) -> None:
    citizen = either_demo.newcomer(totp=True)
    names = {"client_name": _TELLING[0], "client_name#en": _TELLING[1]}
    service = either_demo.add_client(licences(landing, f"clinic-{landing.port}") | names | {"sensitive": True})
    await page.goto(service.address(scope="openid profile"))
    await sign_in(page, citizen)
    await page.click(ALLOW)
    await has_arrived(page, landing)
    for path in ("account/sessions", "account/services", "account/history", "logout"):
        await page.goto(f"{either_demo.issuer}/{path}")
        source = await page.content()
        assert "dịch vụ được bảo vệ" in source.lower()
        assert not [word for word in _TELLING if word in source], path
    await page.goto(f"{either_demo.issuer}/account/history")
    await page.get_by_role("link", name="Xác thực thêm để xem").click()
    await page.wait_for_url("**/otp*")
    await enter_code(page, citizen)
    await page.wait_for_url("**/account/history")
    await expect(page.locator("main")).to_contain_text(_TELLING[0])
    assert await page.locator(SUBMIT).count() == 0
