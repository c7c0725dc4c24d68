"""The main job: one sign-in at the first service, none at the others, and a sign-out at one that ends all of them."""

from playwright.async_api import BrowserContext, expect

from tests.journeys.demo import Demo
from tests.journeys.screens import SIGN_IN, arrives_at_the_example, is_told_signed_out, sign_in


async def test_one_sign_in_for_three_services_and_one_sign_out(context: BrowserContext, either_demo: Demo) -> None:
    await _one_sign_in_and_one_sign_out(context, either_demo)


async def test_the_same_over_tls(context: BrowserContext, demo_over_tls: Demo) -> None:
    await _one_sign_in_and_one_sign_out(context, demo_over_tls)


async def _one_sign_in_and_one_sign_out(context: BrowserContext, demo: Demo) -> None:
    citizen = demo.newcomer()
    password_pages: list[str] = []
    context.on("request", lambda request: password_pages.append(request.url) if _is_sign_in(request.url) else None)
    shop, spa, api = [await context.new_page() for _ in range(3)]
    await shop.goto(demo.service("one_stop_shop"))
    await shop.click(SIGN_IN)
    await sign_in(shop, citizen)
    await arrives_at_the_example(shop, citizen.name)
    assert password_pages
    password_pages.clear()
    for page, name in ((spa, "spa"), (api, "api")):
        await page.goto(demo.service(name))
        await page.click(SIGN_IN)
        await arrives_at_the_example(page, citizen.name)
    assert password_pages == []
    # A reload of each: they go on by themselves.
    for page in (shop, spa, api):
        await page.reload()
        await expect(page.locator("#signed-in-name")).to_have_text(citizen.name)
    await shop.click("#sign-out")
    await expect(shop.locator("#signed-out")).to_be_visible()
    await is_told_signed_out(api)
    await spa.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(spa.locator(SIGN_IN)).to_be_visible()
    # And the hub itself knows nobody here any more.
    await api.click(SIGN_IN)
    await expect(api.locator("input[name=password]")).to_be_visible()


async def test_the_sign_out_may_begin_at_the_page_without_a_server(context: BrowserContext, demo: Demo) -> None:
    citizen = demo.newcomer()
    spa, shop = await context.new_page(), await context.new_page()
    await spa.goto(demo.service("spa"))
    await spa.click(SIGN_IN)
    await sign_in(spa, citizen)
    await arrives_at_the_example(spa, citizen.name)
    await shop.goto(demo.service("one_stop_shop"))
    await shop.click(SIGN_IN)
    await arrives_at_the_example(shop, citizen.name)
    await spa.click("#sign-out")
    await expect(spa.locator(SIGN_IN)).to_be_visible()
    assert spa.url.startswith(demo.service("spa"))
    await is_told_signed_out(shop)


def _is_sign_in(address: str) -> bool:
    return "/login" in address
