"""What every page of the people's side says to the browser: cookies, policy, caches, and whose address this is."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from tests.doors.little_browser import Page
from tests.doors.people_house import PeopleHouse, open_people_house, terms_of

PLAIN = "http://localhost:8000"
NAMES = ("cuachung_session", "cuachung_browser", "cuachung_lang")


@pytest.fixture
async def plain(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    """Without TLS, as the demo runs."""
    async with open_people_house(sqlite_url, issuer=PLAIN) as house:
        yield house


async def every_page(house: PeopleHouse) -> list[Page]:
    service = await house.register(terms=terms_of(profile="consent"))
    lai, browser = await house.citizen(totp=True), house.browser()
    login = await house.ask(browser, service, scope="openid profile", acr_values=f"{house.origin}/loa/substantial")
    wrong = await browser.submit(login, "username", username=lai.login, password="x")
    otp = await house.sign_in(browser, login, lai)
    consent = await house.step_up(browser, otp, lai)
    answer = await house.allow(browser, consent)
    pages = [login, wrong, otp, consent, answer]
    pages += [
        await browser.get(path) for path in ("/account", "/account/sessions", "/account/services", "/logout?lang=en")
    ]
    pages += [await browser.get(login.url), await browser.get("/authorize"), await browser.get("/i/nothing/login")]
    pages += [await browser.get("/account/nowhere"), await browser.submit(pages[8], "logout", logout="yes")]
    return pages


async def test_every_page_is_stored_nowhere_framed_nowhere_and_runs_nothing_unknown(town: PeopleHouse) -> None:
    for page in await every_page(town):
        headers, where = page.response.headers, page.url
        assert headers["cache-control"] == "no-store", where
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["strict-transport-security"].startswith("max-age=")
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        if page.response.text:
            assert "default-src 'none'" in policy
            assert "style=" not in page.response.text, where
            assert " onclick" not in page.response.text
            assert len(page.response.content) < 60_000


async def test_forms_of_a_sign_in_may_end_at_the_service_and_no_other_page_may(town: PeopleHouse) -> None:
    for page in await every_page(town):
        policy = page.response.headers["content-security-policy"]
        if page.step in ("login", "otp", "consent") and page.status == 200:
            assert "form-action 'self' https://motcua.example.vn;" in policy
        elif page.response.text:
            assert "form-action 'self';" in policy or "form-action" not in policy, page.url


async def test_over_tls_cookies_are_secure_and_bound_to_the_host(town: PeopleHouse) -> None:
    for header, attributes in await cookies_of_a_sign_in(town):
        assert header.startswith("__Host-")
        assert "secure" in attributes


async def test_without_tls_cookies_work_all_the_same(plain: PeopleHouse) -> None:
    for header, attributes in await cookies_of_a_sign_in(plain):
        assert header.startswith("cuachung_")
        assert "secure" not in attributes


async def cookies_of_a_sign_in(opened: PeopleHouse) -> list[tuple[str, set[str]]]:
    service, lai, browser = await opened.register(), await opened.citizen(), opened.browser()
    begun = await browser.http.get("/authorize", params=opened.request(service))
    login = await browser.get((await browser.get(begun.headers["location"])).language_link)
    form = login.form("username")
    fields = {**form.fields, "username": lai.login, "password": lai.password}
    signed_in = await browser.http.post(form.action, data=fields)
    sent = [*begun.headers.get_list("set-cookie"), *login.response.headers.get_list("set-cookie")]
    sent += signed_in.headers.get_list("set-cookie")
    assert {header.partition("=")[0].removeprefix("__Host-") for header in sent} == set(NAMES)
    read = [(header, {part.strip().lower() for part in header.split(";")[1:]}) for header in sent]
    for _, attributes in read:
        assert {"httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)
    return read


async def test_the_host_header_decides_no_address(town: PeopleHouse) -> None:
    """ZITADEL CVE-2025-64101: what a request says of itself never becomes a link."""
    service = await town.register(terms=terms_of(profile="consent"))
    lai = await town.citizen()
    lies = {
        "host": "evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "http",
        "forwarded": "host=evil.example;proto=http",
        "x-original-url": "/evil.example",
    }
    browser = town.browser(headers=lies)
    page = await town.ask(browser, service, scope="openid profile")
    assert page.step == "login"
    pages = [page, await town.sign_in(browser, page, lai)]
    answer = await town.allow(browser, pages[-1])
    assert answer.left_for is not None
    assert answer.left_for.startswith("https://motcua.example.vn/callback?")
    assert answer.answer["iss"] == town.origin
    pages += [await browser.get("/account"), await browser.get("/logout"), await browser.get("/nowhere")]
    for seen in pages:
        assert "evil.example" not in seen.response.text
    discovery = (await browser.http.get("/.well-known/openid-configuration")).text
    assert "evil.example" not in discovery


async def test_odd_cookies_are_no_cookies(town: PeopleHouse) -> None:
    service = await town.register()
    for odd in ("__Host-cuachung_session=" + "x" * 5000, "=;;=;a", "__Host-cuachung_browser=\xff\xfe; a=b", "x" * 9000):
        headers = [(b"cookie", odd.encode("latin-1"))]
        answer = await town.http.get(f"/authorize?{urlencode(town.request(service))}", headers=headers)
        assert answer.status_code == 303
    twice = "__Host-cuachung_session=a; __Host-cuachung_session=b"
    answer = await town.http.get("/account", headers={"cookie": twice})
    assert answer.status_code == 303
