"""The three examples as pages: both languages whole, headers strict, errors in words, settings from outside."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from clients.examples import api, one_stop_shop, settings, spa
from clients.examples.applications import applications_of
from clients.examples.site import Site
from cua_chung import SignInRefused

EXAMPLES = Path(settings.__file__).parent
SETTINGS = settings.read("example", 8101, ["--client-secret", "s", "--base-url", "http://127.0.0.1:8101"])
APPS = {module.__name__.rpartition(".")[2]: module for module in (one_stop_shop, spa, api)}


def _browser(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8101")


def _keys(table: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in table.items():
        yield f"{above}{key}"
        if isinstance(value, dict):
            yield from _keys(value, f"{above}{key}.")


def test_both_catalogues_have_the_same_keys_and_no_empty_text() -> None:
    vi, en = (tomllib.loads((EXAMPLES / "words" / f"{name}.toml").read_text(encoding="utf-8")) for name in ("vi", "en"))
    assert list(_keys(vi)) == list(_keys(en))
    assert "" not in vi.values()


@pytest.mark.parametrize("name", APPS)
async def test_the_front_page_is_vietnamese_first_and_english_complete(name: str) -> None:
    async with _browser(APPS[name].create_app(SETTINGS)) as browser:
        vi = await browser.get("/")
        assert vi.status_code == 200
        assert '<html lang="vi">' in vi.text
        assert 'id="sign-in"' in vi.text
        assert "Đăng nhập" in vi.text
        en = await browser.get("/?lang=en")
        assert '<html lang="en">' in en.text
        assert "Sign in" in en.text
        # The choice stays.
        assert '<html lang="en">' in (await browser.get("/")).text


@pytest.mark.parametrize("name", APPS)
async def test_pages_run_no_inline_script_or_style_and_are_not_framed(name: str) -> None:
    async with _browser(APPS[name].create_app(SETTINGS)) as browser:
        page = await browser.get("/")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"<style|style=|<script(?![^>]*(src=|application/json))| on\w+=", page.text)
        assert len(page.content) < 60_000
        assert (await browser.get("/healthz")).json() == {"status": "ok"}
        assert (await browser.get("/static/site.css")).status_code == 200


async def test_an_unknown_address_is_a_page_for_people_and_json_for_programs() -> None:
    async with _browser(api.create_app(SETTINGS)) as browser:
        page = await browser.get("/nowhere")
        assert page.status_code == 404
        assert "Không tìm thấy trang" in page.text
        assert (await browser.get("/api/nowhere")).json() == {"detail": "not found"}


async def test_the_app_in_the_browser_is_told_no_secret() -> None:
    async with _browser(spa.create_app(SETTINGS)) as browser:
        page = (await browser.get("/")).text
    told = re.search(r'id="told">(.*?)</script>', page)
    assert told is not None
    assert json.loads(told[1])["issuer"] == "http://localhost:8000"
    assert "client_secret" not in page


@pytest.mark.parametrize("code", ["access_denied", "unmet_authentication_requirements", "surprise", "<script>"])
def test_a_failed_sign_in_is_a_page_with_words_and_a_way_on(code: str) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    page = Site("one_stop_shop", SETTINGS).refused(Request(scope), SignInRefused(code, next_path="/nop-ho-so"))
    text = bytes(page.body).decode()
    assert page.status_code == 400
    assert "/sign-in?next=/nop-ho-so" in text
    assert "Thử lại" in text
    assert "<script>" not in text


async def test_the_api_answers_nobody_without_a_token() -> None:
    async with _browser(api.create_app(SETTINGS)) as browser:
        answer = await browser.get("/api/applications")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_same_person_finds_the_same_applications() -> None:
    assert applications_of("s-lai") == applications_of("s-lai")
    assert applications_of("s-lai") != applications_of("s-rin")


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9101")
    monkeypatch.setenv("ISSUER", "https://id.example")
    read = settings.read("spa", 8102, ["--issuer", "http://localhost:9000"])
    assert read.issuer == "http://localhost:9000"
    assert read.base_url == "http://127.0.0.1:9101"
    assert read.client_secret is None
