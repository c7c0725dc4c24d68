"""The population register away and back, as an operator and the citizen concerned see it on the real program."""

import json

from playwright.async_api import Page, expect

from tests.journeys.demo import Demo
from tests.journeys.screens import sign_in

ASKED = "Đối chiếu thông tin với cơ sở dữ liệu quốc gia về dân cư"
ANSWERED = "Cơ sở dữ liệu quốc gia về dân cư trả lời"


async def switch(page: Page, demo: Demo, fault: str) -> None:
    await page.goto(demo.register_page)
    await expect(page.locator(".mark")).to_contain_text("TRÌNH MÔ PHỎNG")
    await page.select_option("#fault", fault)
    await page.locator("form:has(#fault) button").click()
    await expect(page.locator("#fault")).to_have_value(fault)


async def test_a_question_waits_for_the_register_and_is_answered_by_itself(page: Page, either_demo: Demo) -> None:
    lai = either_demo.person("Phạm Thị Lài")
    await switch(page, either_demo, "error_500")
    asked = either_demo.idp("register", "ask", lai.login, "--purpose", "verify_identity", "--name", "PHAM THI LAI")
    told = json.loads(asked)
    assert (told["state"], told["verdict"]) == ("waiting", "unavailable")
    history = f"{either_demo.issuer}/account/history?show=releases"
    await page.goto(history)
    await sign_in(page, lai)
    await page.goto(history)
    await expect(page.get_by_role("link", name=ASKED).first).to_be_visible()
    before = await page.get_by_role("link", name=ANSWERED).count()
    await switch(page, either_demo, "none")

    async def answered() -> bool:
        await page.goto(history)
        return await page.get_by_role("link", name=ANSWERED).count() > before

    for _ in range(60):
        if await answered():
            break
        await page.wait_for_timeout(500)
    await page.get_by_role("link", name=ANSWERED).first.click()
    await expect(page.locator("main")).to_contain_text("Khớp một phần, công chức sẽ xem xét")
    await expect(page.locator("main")).to_contain_text("Xác minh danh tính")
    assert either_demo.idp("register", "waiting").startswith("0 wait")
