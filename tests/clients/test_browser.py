"""The three examples in Chromium, against a provider that obeys the test; provider and services on different sites."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Page, expect

from clients.examples import api, one_stop_shop, settings, spa
from tests.clients.fake_provider import FakeProvider, unsigned
from tests.clients.serving import served
from tests.stand.ports import free_port

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@dataclass(frozen=True)
class Stage:
    """Where everything runs."""

    provider: FakeProvider
    shop: str
    spa: str
    api: str


@pytest_asyncio.fixture(loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    ports = {name: free_port() for name in ("provider", "one_stop_shop", "spa", "api")}
    issuer = f"http://localhost:{ports['provider']}"
    provider = FakeProvider(issuer=issuer, base=issuer)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(served(provider.app(), ports["provider"]))
        for module in (one_stop_shop, spa, api):
            name = module.__name__.rpartition(".")[2]
            told = {
                "issuer": issuer,
                "client-id": name,
                "client-secret": "" if name == "spa" else "a-secret",
                "port": str(ports[name]),
                "api-url": f"http://127.0.0.1:{ports['api']}",
            }
            options = [part for key, value in told.items() for part in (f"--{key}", value)]
            app = module.create_app(settings.read(name, 0, options))
            await stack.enter_async_context(served(app, ports[name]))
        yield Stage(provider, *(f"http://127.0.0.1:{ports[name]}/" for name in ("one_stop_shop", "spa", "api")))


async def test_the_shop_greets_steps_up_calls_the_api_and_signs_out(page: Page, stage: Stage) -> None:
    await page.goto(stage.shop)
    await page.click("#sign-in")
    await expect(page.locator("#signed-in-name")).to_have_text("Phạm Thị Lài")
    await expect(page.locator("#level")).to_have_attribute("data-level", "low")
    await page.click("#applications")
    await expect(page.locator("#api-result")).to_have_attribute("data-sub", "s-lai")
    await page.goto(stage.shop)
    await page.click("#step-up")
    await expect(page.locator("#submit-ready")).to_be_visible()
    await expect(page.locator("#level")).to_have_attribute("data-level", "substantial")
    await page.click("#sign-out")
    await expect(page.locator("#signed-out")).to_be_visible()
    await expect(page.locator("#sign-in")).to_be_visible()


async def test_the_api_has_people_of_its_own(page: Page, stage: Stage) -> None:
    await page.goto(stage.api)
    await page.click("#sign-in")
    await expect(page.locator("#signed-in-name")).to_have_text("Phạm Thị Lài")
    await page.click("#sign-out")
    await expect(page.locator("#signed-out")).to_be_visible()


async def test_a_person_who_refuses_finds_words_and_a_way_on(page: Page, stage: Stage) -> None:
    stage.provider.denies = "access_denied"
    await page.goto(stage.shop)
    await page.click("#sign-in")
    await expect(page.locator("#refused")).to_have_attribute("data-code", "access_denied")
    stage.provider.denies = None
    await page.get_by_role("link", name="Thử lại").click()
    await expect(page.locator("#signed-in-name")).to_be_visible()


async def test_the_app_in_the_browser_signs_in_survives_a_reload_and_signs_out(page: Page, stage: Stage) -> None:
    await page.goto(stage.spa)
    await page.click("#sign-in")
    await expect(page.locator("#signed-in-name")).to_have_text("Phạm Thị Lài")
    await expect(page.locator("#level")).to_have_text("thấp")
    assert page.url == stage.spa
    assert stage.provider.token_requests[0]["authorization"] is None
    await page.reload()
    await expect(page.locator("#signed-in-name")).to_be_visible()
    stored = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "eyJ" not in stored
    await page.click("#sign-out")
    await expect(page.locator("#message")).to_contain_text("đăng xuất")
    await expect(page.locator("#sign-in")).to_be_visible()
    assert stage.provider.logouts[0]["id_token_hint"].count(".") == 2
    assert page.url == stage.spa


async def test_the_app_in_the_browser_refreshes_shortly_before_the_token_expires(page: Page, stage: Stage) -> None:
    stage.provider.token_lifetime = 20
    await page.goto(stage.spa)
    await page.click("#sign-in")
    await expect(page.locator("#signed-in-name")).to_be_visible()
    await page.evaluate("Promise.all([1, 2, 3].map(() => window.dispatchEvent(new Event('focus'))))")
    await expect(page.locator("#signed-in-name")).to_be_visible()
    assert len(stage.provider.refreshes) == len(set(stage.provider.refreshes))
    assert stage.provider.refreshes


async def test_the_app_in_the_browser_notices_a_sign_out_elsewhere(page: Page, stage: Stage) -> None:
    await page.goto(stage.spa)
    await page.click("#sign-in")
    await expect(page.locator("#signed-in-name")).to_be_visible()
    stage.provider.userinfo_status = 401
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(page.locator("#message")).to_contain_text("ở một nơi khác")
    await expect(page.locator("#sign-in")).to_be_visible()


async def test_the_app_in_the_browser_believes_no_hostile_answer(page: Page, stage: Stage) -> None:
    provider = stage.provider

    def mischief(**changes: object) -> Callable[[dict[str, Any]], None]:
        return lambda claims: claims.update(changes)

    wrong_claims = [
        mischief(iss="https://evil.example"),
        mischief(aud="another"),
        mischief(aud=["spa", "another"]),
        mischief(azp="another"),
        mischief(exp=1),
        mischief(nonce="another"),
        mischief(at_hash="AAAA"),
    ]
    for wrong in wrong_claims:
        provider.mischief = wrong
        await _is_refused(page, stage)
    provider.mischief = lambda claims: None
    for header in ({"alg": "none"}, {"alg": "ES256", "kid": "first"}, {"alg": "HS256", "kid": "first"}):
        provider.forge = lambda claims, header=header: unsigned(header, claims, b"\0" * 64)
        await _is_refused(page, stage)
    provider.forge = None
    for mix_up in ({"iss": "https://evil.example"}, {"state": "another"}):
        provider.mix_up = mix_up
        await _is_refused(page, stage)


async def _is_refused(page: Page, stage: Stage) -> None:
    await page.goto(stage.spa)
    await page.click("#sign-in")
    await expect(page.locator("#message")).to_contain_text("chưa thành công")
    await expect(page.locator("#signed-in-name")).to_be_hidden()


async def test_axe_finds_nothing_on_any_page(page: Page, stage: Stage) -> None:
    await _axe(page, stage.shop)
    await _axe(page, stage.spa)
    await _axe(page, stage.api)
    await _axe(page, f"{stage.shop}sign-in/callback?state=old")
    await page.goto(stage.shop)
    await page.click("#sign-in")
    for path in ("", "ho-so", "nop-ho-so", "privacy"):
        await _axe(page, stage.shop + path)
    await page.goto(stage.spa)
    await page.click("#sign-in")
    await expect(page.locator("#signed-in-name")).to_be_visible()
    await _axe(page, None)


async def _axe(page: Page, address: str | None) -> None:
    if address is not None:
        await page.goto(address)
    # Evaluated by the driver, so that the page's own policy stays as strict as it is.
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run()")
    assert found["passes"], "axe looked at nothing"
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == [], page.url


async def test_pages_fit_a_small_phone(page: Page, stage: Stage) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.goto(stage.shop)
    await page.click("#sign-in")
    for address in (stage.shop, f"{stage.shop}ho-so", f"{stage.shop}nop-ho-so", stage.spa, stage.api):
        await page.goto(address)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, address
