"""Signing out as people do it: with and without a hint, staying after all, from a page that has grown old."""

from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import RelyingParty, answer_in
from tests.journeys.screens import (
    SIGN_IN,
    another_browser,
    arrives_at_the_example,
    has_arrived,
    is_told_signed_out,
    service_at,
    sign_in,
)

YES = "button[name=logout][value=yes]"


async def _signed_in(page: Page, demo: Demo, landing: Landing) -> tuple[RelyingParty, str]:
    """The service, and the ID token that it may hint with."""
    service = service_at(landing, demo)
    await page.goto(service.address(scope="openid"))
    await sign_in(page, demo.newcomer())
    await has_arrived(page, landing)
    return service, service.tokens(answer_in(page.url))["id_token"]


async def test_a_hint_of_this_session_leads_back_at_once(page: Page, demo: Demo, landing: Landing) -> None:
    _, hint = await _signed_in(page, demo, landing)
    await page.goto(f"{demo.issuer}/logout?id_token_hint={hint}&post_logout_redirect_uri={landing.origin}/signed-out")
    await page.wait_for_url(f"{landing.origin}/signed-out")
    await page.goto(f"{demo.issuer}/account")
    await expect(page.locator("input[name=username]")).to_be_visible()


async def test_without_a_hint_the_person_is_asked_and_may_stay(page: Page, demo: Demo, landing: Landing) -> None:
    service, _ = await _signed_in(page, demo, landing)
    await page.goto(f"{demo.issuer}/logout?client_id={service.id}")
    await page.get_by_role("link", name="Ở lại, không đăng xuất").click()
    await page.wait_for_url(f"{landing.origin}/")
    await page.goto(service.address(scope="openid", prompt="none"))
    await has_arrived(page, landing)
    assert "code" in answer_in(page.url)
    await page.goto(f"{demo.issuer}/logout?client_id={service.id}")
    await page.click(YES)
    await expect(page.locator("h1")).to_have_text("Đã đăng xuất")
    assert page.url.startswith(demo.issuer)


async def test_staying_without_a_service_leads_to_the_own_page(page: Page, demo: Demo, landing: Landing) -> None:
    await _signed_in(page, demo, landing)
    await page.goto(f"{demo.issuer}/logout")
    await page.get_by_role("link", name="Ở lại, không đăng xuất").click()
    await page.wait_for_url(f"{demo.issuer}/account")


async def test_a_form_from_another_site_is_asked_on_our_own_page(page: Page, demo: Demo, landing: Landing) -> None:
    """Nobody is signed out by a stranger's form: it arrives without cookies, and the page then asks."""
    await _signed_in(page, demo, landing)
    landing.pages["/out"] = (
        f'<!doctype html><title>Ra</title><form method="post" action="{demo.issuer}/logout"><button>Ra</button></form>'
    )
    await page.goto(f"{landing.origin}/out")
    await page.click("button")
    await expect(page.locator(YES)).to_be_visible()
    await page.click(YES)
    await expect(page.locator("h1")).to_have_text("Đã đăng xuất")


async def test_the_question_in_an_old_tab_does_no_harm(context: BrowserContext, demo: Demo, landing: Landing) -> None:
    old, new = await context.new_page(), await context.new_page()
    service, _ = await _signed_in(old, demo, landing)
    await old.goto(f"{demo.issuer}/logout")
    await new.goto(f"{demo.issuer}/logout")
    await new.click(YES)
    # Meanwhile somebody else signed in: the old question was not about them.
    await new.goto(service.address(scope="openid"))
    await sign_in(new, demo.newcomer())
    await has_arrived(new, landing)
    await old.click(YES)
    await expect(old.locator(YES)).to_be_visible()
    await new.goto(service.address(scope="openid", prompt="none"))
    await has_arrived(new, landing)
    assert "code" in answer_in(new.url)


async def test_signed_out_is_a_page_that_may_be_reloaded(page: Page, demo: Demo, landing: Landing) -> None:
    await _signed_in(page, demo, landing)
    await page.goto(f"{demo.issuer}/logout")
    await page.click(YES)
    await expect(page.locator("h1")).to_have_text("Đã đăng xuất")
    await page.reload()
    await expect(page.locator("h1")).to_have_text("Đã đăng xuất")
    await page.go_back()
    await expect(page.locator("h1")).to_be_visible()
    await page.goto(f"{demo.issuer}/logout")
    await expect(page.locator("h1")).to_have_text("Đã đăng xuất")


async def test_one_browser_signs_out_and_the_other_stays(
    browser: Browser, context: BrowserContext, either_demo: Demo
) -> None:
    citizen, here = either_demo.newcomer(), await context.new_page()
    async with another_browser(browser) as elsewhere:
        there = await elsewhere.new_page()
        for page in (here, there):
            await page.goto(either_demo.service("one_stop_shop"))
            await page.click(SIGN_IN)
            await sign_in(page, citizen)
            await arrives_at_the_example(page, citizen.name)
        api = await context.new_page()
        await api.goto(either_demo.service("api"))
        await api.click(SIGN_IN)
        await arrives_at_the_example(api, citizen.name)
        await here.click("#sign-out")
        await is_told_signed_out(api)
        await there.reload()
        await expect(there.locator("#signed-in-name")).to_have_text(citizen.name)
