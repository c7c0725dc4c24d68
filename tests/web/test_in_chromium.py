"""The gallery in a real browser: axe finds nothing, nothing is blocked or cut off, no script is needed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from idp.web.language import LANGUAGES
from tests.web.client import client
from tests.web.gallery import app, samples
from tests.web.sample import Sample

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
BASE = "http://localhost:8000"
LOOKS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}},
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "contrast": {"viewport": {"width": 390, "height": 844}, "forced_colors": "active"},
}
_ALL_RULES = "axe.run(document, {resultTypes: ['violations']})"
# What else axe knows is the same in every colour.
_COLOURS = "axe.run(document, {resultTypes: ['violations'], runOnly: ['color-contrast', 'link-in-text-block']})"
_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@asynccontextmanager
async def _visiting(browser: Browser, **how: Any) -> AsyncIterator[tuple[Page, list[str]]]:
    """A tab whose every request is answered by the gallery in this process, and what its console said."""
    context = await browser.new_context(**how)
    page = await context.new_page()
    gallery = client(app())
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)

    async def answer(route: Route) -> None:
        if not route.request.url.startswith(BASE):
            await route.fulfill(body="the service")
            return
        response = await gallery.get(route.request.url.removeprefix(BASE))
        headers = {k: v for k, v in response.headers.items() if k not in ("content-encoding", "content-length")}
        await route.fulfill(status=response.status_code, headers=headers, body=response.content)

    await page.route("**/*", answer)
    try:
        yield page, said
    finally:
        await context.close()


def _of_each_template(lang: str) -> list[Sample]:
    """A template's first and last state: colours are the style sheet's, and the journeys look at states in them too."""
    every = list(samples(lang))
    first = {sample.page.template: sample for sample in reversed(every)}
    last = {sample.page.template: sample for sample in every}
    return list({sample.name: sample for sample in (*first.values(), *last.values())}.values())


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize(
    ("look", "lang", "rules"),
    [
        ("phone", "vi", _ALL_RULES),
        ("desktop", "en", _ALL_RULES),
        ("dark", "vi", _COLOURS),
        ("contrast", "en", _COLOURS),
    ],
)
async def test_axe_finds_nothing(browser: Browser, look: str, lang: str, rules: str) -> None:
    async with _visiting(browser, **LOOKS[look], bypass_csp=True) as (page, _):
        findings: list[str] = []
        for sample in samples(lang) if rules == _ALL_RULES else _of_each_template(lang):
            if sample.name == "form-post":
                continue
            await page.goto(f"{BASE}/{lang}/{sample.name}")
            await page.add_script_tag(path=AXE)
            result = await page.evaluate(rules)
            findings += [f"{sample.name}: {v['id']} {v['nodes'][0]['target']}" for v in result["violations"]]
        assert findings == []


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_no_page_is_cut_off_at_400_percent(browser: Browser, lang: str) -> None:
    async with _visiting(browser, viewport={"width": 320, "height": 256}, bypass_csp=True) as (page, _):
        findings: list[str] = []
        for sample in samples(lang):
            await page.goto(f"{BASE}/{lang}/{sample.name}")
            if await page.evaluate(_TOO_WIDE):
                findings.append(sample.name)
        assert findings == []


async def test_the_policy_blocks_nothing_that_a_page_needs(browser: Browser) -> None:
    async with _visiting(browser) as (page, said):
        for sample in samples("vi"):
            await page.goto(f"{BASE}/vi/{sample.name}")
        assert said == []


async def test_an_answer_by_form_leaves_by_itself(browser: Browser) -> None:
    async with _visiting(browser) as (page, said):
        await page.goto(f"{BASE}/vi/form-post")
        await page.wait_for_url("https://motcua.quangngai.gov.vn/callback")
        assert said == []


async def test_without_scripts_the_button_sends_the_answer(browser: Browser) -> None:
    async with _visiting(browser, java_script_enabled=False) as (page, _):
        await page.goto(f"{BASE}/vi/form-post")
        await page.get_by_role("button", name="Tiếp tục").click()
        await page.wait_for_url("https://motcua.quangngai.gov.vn/callback")


async def test_a_password_can_be_shown_and_is_hidden_again_when_sent(browser: Browser) -> None:
    async with _visiting(browser) as (page, _):
        await page.goto(f"{BASE}/vi/login")
        field = page.locator("input[name=password]")
        await field.fill("mật khẩu")
        await page.get_by_role("button", name="Hiện mật khẩu").click()
        assert await field.get_attribute("type") == "text"
        await page.get_by_role("button", name="Ẩn mật khẩu").click()
        assert await field.get_attribute("type") == "password"


async def test_after_a_failed_sign_in_focus_is_on_what_went_wrong(browser: Browser) -> None:
    async with _visiting(browser, java_script_enabled=False) as (page, _):
        await page.goto(f"{BASE}/vi/login-wrong")
        assert await page.locator("[role=alert]:focus").count() == 1
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**#username")


async def test_the_other_language_is_one_click_away(browser: Browser) -> None:
    async with _visiting(browser, java_script_enabled=False) as (page, _):
        await page.goto(f"{BASE}/vi/login")
        link = page.locator("a[hreflang=en]")
        assert await link.get_attribute("lang") == "en"
        assert (await link.get_attribute("href") or "").endswith("lang=en")
