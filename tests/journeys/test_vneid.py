"""Citizens who come in through VNeID, by the demo's simulator: new here, here since long, refusing, and turned away."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.journeys.demo import Demo
from tests.journeys.screens import SIGN_IN, arrives_at_the_example

NEW = ("062195990614", "Y Hyêm")


async def to_vneid(page: Page, demo: Demo) -> None:
    await page.goto(demo.service("one_stop_shop"))
    await page.click(SIGN_IN)
    await page.get_by_role("link", name="Đăng nhập bằng VNeID").click()
    await expect(page.get_by_text("TRÌNH MÔ PHỎNG VNeID")).to_be_visible()


async def confirm(page: Page, number: str, fault: str = "none") -> None:
    await page.select_option("#person", number)
    await page.select_option("#fault", fault)
    await page.get_by_role("button", name="Xác nhận").click()


async def allow(page: Page) -> None:
    if await page.locator("button[name=decision][value=allow]").count():
        await page.click("button[name=decision][value=allow]")


async def test_somebody_new_comes_in(context: BrowserContext, either_demo: Demo) -> None:
    page = await context.new_page()
    await to_vneid(page, either_demo)
    await confirm(page, NEW[0])
    await allow(page)
    await arrives_at_the_example(page, NEW[1])


async def test_an_account_of_old_agrees_with_its_password_once(context: BrowserContext, demo: Demo) -> None:
    lai = demo.person("Phạm Thị Lài")
    page = await context.new_page()
    await to_vneid(page, demo)
    await confirm(page, lai.login)
    await expect(page.get_by_text(f"{lai.login[:3]}•••••{lai.login[-4:]}")).to_be_visible()
    await page.fill("input[name=password]", lai.password)
    await page.get_by_role("button", name="Nối và đăng nhập").click()
    await allow(page)
    await arrives_at_the_example(page, lai.name)


async def test_who_refuses_or_is_turned_away_reads_why_and_has_the_form(context: BrowserContext, demo: Demo) -> None:
    page = await context.new_page()
    await to_vneid(page, demo)
    await page.get_by_role("button", name="Từ chối").click()
    await expect(page.get_by_text("Bạn đã từ chối trên VNeID")).to_be_visible()
    await expect(page.locator("input[name=password]")).to_be_visible()
    await page.get_by_role("link", name="Đăng nhập bằng VNeID").click()
    await confirm(page, NEW[0], "wrong_signature")
    await expect(page.get_by_text("không hợp lệ")).to_be_visible()
    assert await page.locator("form:has(input[name=username]) [type=submit]").count() == 1


async def test_a_changed_account_is_a_case_with_a_number(context: BrowserContext, demo: Demo) -> None:
    page = await context.new_page()
    await to_vneid(page, demo)
    await confirm(page, "051061990118")
    await allow(page)
    await arrives_at_the_example(page, "Võ Thành Được")
    await context.clear_cookies()
    await to_vneid(page, demo)
    await confirm(page, "051061990118", "changed_subject")
    await expect(page.get_by_text("Số vụ việc")).to_be_visible()


def test_who_proposes_what_counts_of_vneid_cannot_approve_it(demo: Demo) -> None:
    """By the command line beside the running demo: looked at, proposed, and refused from the same hand."""
    assert "approved   nothing" in demo.idp("upstream", "show")
    told = demo.idp("upstream", "propose")
    fingerprint = next(line.split()[-1] for line in told.splitlines() if line.startswith("fingerprint"))
    assert f"waiting    {fingerprint}  proposed by cli:" in demo.idp("upstream", "show")
    with pytest.raises(AssertionError, match="another account on this machine"):
        demo.idp("upstream", "approve", fingerprint, "--yes")
    with pytest.raises(AssertionError, match="not what was proposed last"):
        demo.idp("upstream", "approve", "0000-0000-0000-0000-0000", "--yes")
    assert "approved   nothing" in demo.idp("upstream", "show")
