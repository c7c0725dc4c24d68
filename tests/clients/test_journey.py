"""One sign-in for three services and four libraries, with the real provider, each a process of its own, in Chromium.

The provider is on localhost and the services on 127.0.0.1, so that they are different sites for the browser.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.clients.hub import LOGIN, PASSWORD, ROOT, SECOND_LOGIN, THIRD_LOGIN, TOTP_SECRET, Hub, private_hub
from tests.stand.apache import private_apache
from tests.stand.node import node_command

RECIPES = ROOT / "clients" / "recipes"
APACHE = RECIPES / "apache_mod_auth_openidc"
APACHE_CLIENT = "recipe_apache_mod_auth_openidc"
SUBMIT = "main form button[type=submit], main form button:not([type])"
SERVICE_ANSWERS = "#signed-in-name:not(:empty):visible, #refused:visible"


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with private_hub() as started:
        yield started


@pytest.fixture(scope="module")
def services(hub: Hub) -> Iterator[Hub]:
    with _examples(hub):
        yield hub


@pytest.fixture
def services_on_postgresql_and_redis(postgres_url: str, redis_url: str) -> Iterator[Hub]:
    with private_hub(DATABASE_URL=postgres_url, REDIS_URL=redis_url) as hub, _examples(hub):
        yield hub


@contextmanager
def _examples(hub: Hub) -> Iterator[None]:
    """The three examples, started side by side."""
    started = [
        hub.service(name, sys.executable, "-m", f"clients.examples.{name}") for name in ("one_stop_shop", "spa", "api")
    ]
    with ExitStack() as stack:
        with ThreadPoolExecutor() as side_by_side:
            waiting = [(one, side_by_side.submit(one.__enter__)) for one in started]
        for one, entered in waiting:
            if entered.exception() is None:
                stack.push(one)
        for _, entered in waiting:
            entered.result()
        yield


async def _sign_in(page: Page, login: str = LOGIN) -> None:
    """Whoever meets the provider's page signs in there, and agrees."""
    await page.fill("input[name=username]", login)
    await page.fill("input[name=password]", PASSWORD)
    await page.locator(SUBMIT).first.click()
    await _agree(page)


async def _agree(page: Page) -> None:
    """What a service receives is told once for each service; then the browser is back at it."""
    allow = page.locator("button[name=decision][value=allow]")
    await expect(allow.or_(page.locator(SERVICE_ANSWERS)).first).to_be_visible()
    if await allow.count():
        await allow.click()


async def test_one_sign_in_serves_three_services_and_one_sign_out_ends_all(
    context: BrowserContext, services: Hub
) -> None:
    await _one_sign_in_and_one_sign_out(context, services)


async def test_the_same_on_postgresql_with_redis(
    context: BrowserContext, services_on_postgresql_and_redis: Hub
) -> None:
    await _one_sign_in_and_one_sign_out(context, services_on_postgresql_and_redis)


async def _one_sign_in_and_one_sign_out(context: BrowserContext, services: Hub) -> None:
    shop, api, spa = await context.new_page(), await context.new_page(), await context.new_page()
    await shop.goto(services.origin("one_stop_shop"))
    await shop.click("#sign-in")
    await _sign_in(shop)
    await expect(shop.locator("#signed-in-name")).to_have_text("Phạm Thị Lài")
    for page, name in ((api, "api"), (spa, "spa")):
        await page.goto(services.origin(name))
        await page.click("#sign-in")
        # No second sign-in: at most the notice of what this service receives.
        await _agree(page)
        await expect(page.locator("#signed-in-name")).to_have_text("Phạm Thị Lài")
    await shop.click("#applications")
    await expect(shop.locator("#api-result")).to_be_visible()
    await shop.click("#sign-out")
    await expect(shop.locator("#signed-out")).to_be_visible()
    await expect(shop.locator("#sign-in")).to_be_visible()
    # Back-channel: the other service learns of it without the browser.
    await _eventually_signed_out(api)
    await spa.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(spa.locator("#sign-in")).to_be_visible()


async def _eventually_signed_out(page: Page) -> None:
    for _ in range(20):
        await page.reload()
        if await page.locator("#sign-in").count():
            return
        await page.wait_for_timeout(250)
    pytest.fail("still signed in after the other service's sign-out")


async def test_a_page_that_demands_a_level_asks_for_a_code_and_comes_back(page: Page, services: Hub) -> None:
    await page.goto(services.origin("one_stop_shop"))
    await page.click("#sign-in")
    await _sign_in(page, SECOND_LOGIN)
    await expect(page.locator("#signed-in-name")).to_have_text("Đinh Văn Rin")
    await page.click("#step-up")
    await page.fill("input[name=otp]", pyotp.TOTP(TOTP_SECRET).now())
    await page.locator(SUBMIT).first.click()
    await expect(page.locator("#submit-ready")).to_be_visible()
    await expect(page.locator("#level")).to_have_attribute("data-level", "substantial")


async def test_an_api_behind_a_page_demands_a_level_and_the_person_comes_back_with_it(
    page: Page, services: Hub
) -> None:
    await page.goto(services.origin("one_stop_shop"))
    await page.click("#sign-in")
    await _sign_in(page, THIRD_LOGIN)
    await page.click("#applications")
    await page.click("#details")
    # RFC 9470: the service learned from the API what is missing, and asked the provider for just that.
    await page.fill("input[name=otp]", pyotp.TOTP(TOTP_SECRET).now())
    await page.locator(SUBMIT).first.click()
    await expect(page.locator("#detailed")).to_have_attribute("data-level", "substantial")
    assert page.url == f"{services.origin('one_stop_shop')}/ho-so/chi-tiet"


async def test_who_cannot_reach_the_level_is_told_so_by_the_service(page: Page, services: Hub) -> None:
    await page.goto(services.origin("one_stop_shop"))
    await page.click("#sign-in")
    await _sign_in(page)
    await page.click("#step-up")
    await expect(page.locator("#refused")).to_have_attribute("data-code", "unmet_authentication_requirements")


async def test_who_denies_goes_back_to_the_service_and_can_try_again(context: BrowserContext, services: Hub) -> None:
    # Asked again although an earlier test agreed: prompt=consent always shows the page.
    page = await context.new_page()
    await page.goto(f"{services.origin('one_stop_shop')}/sign-in?prompt=consent")
    await page.fill("input[name=username]", LOGIN)
    await page.fill("input[name=password]", PASSWORD)
    await page.locator(SUBMIT).first.click()
    await page.click("button[name=decision][value=deny]")
    await expect(page.locator("#refused")).to_have_attribute("data-code", "access_denied")
    await page.get_by_role("link", name="Thử lại").click()
    await _agree(page)
    await expect(page.locator("#signed-in-name")).to_have_text("Phạm Thị Lài")


PROGRAMS = {
    "recipe_authlib_starlette": [sys.executable, str(RECIPES / "authlib_starlette" / "app.py")],
    "recipe_openid_client": [*node_command(), str(RECIPES / "openid_client" / "server.mjs")],
    "recipe_oidc_client_ts": [*node_command(), str(RECIPES / "oidc_client_ts" / "serve.mjs")],
}


@pytest.mark.parametrize("recipe", PROGRAMS)
async def test_a_library_signs_in_refreshes_and_signs_out(page: Page, hub: Hub, recipe: str) -> None:
    with hub.service(recipe, *PROGRAMS[recipe]) as origin:
        await page.goto(origin)
        await page.click("#sign-in")
        await _sign_in(page)
        await expect(page.locator("#signed-in-name")).to_have_text("Phạm Thị Lài")
        for times in ("1", "2"):
            await page.click("#refresh")
            await expect(page.locator("#refreshed")).to_have_text(times)
        await page.click("#sign-out")
        await expect(page.locator("#sign-in")).to_be_visible()
        # Signed out at the provider too: its sign-in page comes again.
        await page.click("#sign-in")
        await expect(page.locator("input[name=username]")).to_be_visible()


async def test_apache_signs_in_refreshes_signs_out_and_obeys_the_back_channel(
    context: BrowserContext, page: Page, services: Hub
) -> None:
    with private_apache(
        _apache_configuration(services),
        port=services.ports[APACHE_CLIENT],
        modules=("include",),
        pages=APACHE / "htdocs",
    ) as origin:
        await _apache_sign_in(page, origin)
        before = await page.inner_text("#refreshed")
        await page.wait_for_timeout(1_100)
        await page.click("#refresh")
        assert int(await page.inner_text("#refreshed")) > int(before)
        await page.click("#sign-out")
        await expect(page.locator("#sign-in")).to_be_visible()
        await _apache_sign_in(page, origin)
        shop = await context.new_page()
        await shop.goto(services.origin("one_stop_shop"))
        await shop.click("#sign-in")
        await _agree(shop)
        await shop.click("#sign-out")
        await expect(shop.locator("#signed-out")).to_be_visible()
        for _ in range(20):
            await page.goto(f"{origin}/protected/")
            if page.url.startswith(services.issuer):
                break
            await page.wait_for_timeout(250)
        await expect(page.locator("input[name=username]")).to_be_visible()


async def _apache_sign_in(page: Page, origin: str) -> None:
    await page.goto(origin)
    await page.click("#sign-in")
    await _sign_in(page)
    await expect(page.locator("#signed-in-name")).to_have_text("Phạm Thị Lài")
    await expect(page.locator("#subject")).not_to_have_text("051158990137")


def _apache_configuration(hub: Hub) -> str:
    told = {
        "ISSUER": hub.issuer,
        "BASE_URL": hub.origin(APACHE_CLIENT),
        "CLIENT_ID": APACHE_CLIENT,
        "CLIENT_SECRET": hub.secrets[APACHE_CLIENT],
        "CRYPTO_PASSPHRASE": "a passphrase of this test alone, long",
        # Longer than an access token lives, so that every request renews it.
        "REFRESH_BEFORE_EXPIRY": "299",
        "HTDOCS": "{root}/htdocs",
    }
    lines = [f'Define {name} "{value}"' for name, value in told.items()]
    return "\n".join([*lines, Path(APACHE / "vhost.conf").read_text(encoding="utf-8")])
