"""The contract, "Browser rules": CORS, policies, cookies, caches, and whose word counts for an address."""

import re
from http.cookies import SimpleCookie

import httpx
import pytest

from tests.doors.little_browser import Browser, Page
from tests.journeys.demo import Demo
from tests.journeys.relying_party import STATE, RelyingParty
from tests.journeys.walking import sign_in, visiting, walk

HOME, STRANGER = "http://127.0.0.1:8191", "https://ke-gian.example"
PUBLIC = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks")
ALLOW = "access-control-allow-origin"


def test_public_documents_are_for_any_origin(demo: Demo) -> None:
    for path in PUBLIC:
        answer = httpx.get(demo.issuer + path, headers={"origin": STRANGER}, timeout=30)
        assert answer.headers[ALLOW] == "*", path
        assert "no-store" not in answer.headers["cache-control"]


async def test_token_userinfo_and_revocation_are_for_the_clients_own_origins(demo: Demo) -> None:
    service = demo.register(scope="openid", token_endpoint_auth_method="none")
    async with visiting(demo) as browser:
        token = service.tokens((await walk(browser, service.address(scope="openid"), demo.newcomer())).answer)[
            "access_token"
        ]
    for origin, admitted in ((HOME, True), (STRANGER, False), ("null", False)):
        headers = {"origin": origin}
        answers = {
            "/token": httpx.post(
                f"{demo.issuer}/token",
                data={"grant_type": "refresh_token", "refresh_token": "x", "client_id": service.id},
                headers=headers,
                timeout=30,
            ),
            "/userinfo": httpx.get(
                f"{demo.issuer}/userinfo", headers={**headers, "authorization": f"Bearer {token}"}, timeout=30
            ),
            "/revoke": httpx.post(
                f"{demo.issuer}/revoke", data={"token": "x", "client_id": service.id}, headers=headers, timeout=30
            ),
        }
        for path, answer in answers.items():
            assert (answer.headers.get(ALLOW) == origin) is admitted, (path, origin)
            assert "access-control-allow-credentials" not in answer.headers


def test_preflights_say_the_same(demo: Demo) -> None:
    demo.register(scope="openid")
    for path, method in (("/token", "POST"), ("/userinfo", "GET"), ("/revoke", "POST")):
        for origin, admitted in ((HOME, True), (STRANGER, False)):
            headers = {
                "origin": origin,
                "access-control-request-method": method,
                "access-control-request-headers": "authorization",
            }
            answer = httpx.options(demo.issuer + path, headers=headers, timeout=30)
            assert (answer.headers.get(ALLOW) == origin) is admitted, (path, origin)


@pytest.mark.parametrize("path", ["/authorize", "/par", "/introspect", "/register", "/logout", "/account", "/"])
def test_nowhere_else(demo: Demo, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = httpx.request(method, demo.issuer + path, headers={"origin": HOME}, timeout=30)
        assert ALLOW not in answer.headers, method


async def _every_page(browser: Browser, demo: Demo, service: RelyingParty) -> list[Page]:
    citizen = demo.newcomer()
    pages = [await browser.get(service.address())]
    pages.append(await browser.submit(pages[-1], "username", username=citizen.login, password="wrong"))
    pages.append(await sign_in(browser, pages[-1], citizen))
    await browser.submit(pages[-1], "decision", decision="allow")
    own = ("/account", "/account/sessions", "/account/services", "/logout", "/help", "/nowhere")
    pages += [await browser.get(path) for path in own]
    pages.append(await browser.get(service.address(client_id="nobody")))
    pages.append(await browser.get(service.address(response_mode="form_post")))
    return pages


async def test_no_page_has_inline_handlers_and_each_has_a_policy_with_a_nonce(demo: Demo) -> None:
    service = demo.register()
    async with visiting(demo) as browser:
        nonces = set()
        for page in await _every_page(browser, demo, service):
            policy = page.response.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
            nonces.add(nonce)
            html = page.response.text
            assert not re.search(r"<[^>]*\son[a-z]+\s*=", html)
            assert not re.search(r"<[^>]*\sstyle\s*=|<style|javascript:", html)
            assert all(script["nonce"] == nonce for script in page.scripts)
            assert page.response.headers["cache-control"] == "no-store"
            assert page.response.headers["x-content-type-options"] == "nosniff"
        assert len(nonces) > 10


async def test_form_action_admits_the_proven_origin_and_no_other(demo: Demo) -> None:
    async with visiting(demo) as browser:
        page = await browser.get(demo.register().address())
        (targets,) = re.findall(r"form-action ([^;]+)", page.response.headers["content-security-policy"])
        assert targets.split() == ["'self'", HOME]


async def test_an_answer_by_form_has_a_script_with_a_nonce_and_a_button(demo: Demo) -> None:
    service, citizen = demo.register(scope="openid"), demo.newcomer()
    async with visiting(demo) as browser:
        page = await walk(browser, service.address(scope="openid", response_mode="form_post"), citizen)
        assert page.is_form_post
        assert page.forms[0].action == service.redirect_uri
        assert page.answer["state"] == STATE
        assert page.answer["iss"] == demo.issuer
        assert "<button" in page.response.text
        assert page.scripts[0]["nonce"] in page.response.headers["content-security-policy"]
        assert page.answer["code"] not in page.url


def _cookies(page_or_answer: httpx.Response) -> list[str]:
    return page_or_answer.headers.get_list("set-cookie")


async def _all_cookies(demo: Demo) -> dict[str, str]:
    """Each cookie that a sign-in sets, with its attributes in small letters."""
    service, citizen = demo.register(scope="openid"), demo.newcomer()
    seen: list[str] = []
    async with visiting(demo) as browser:

        async def note(response: httpx.Response) -> None:
            seen.extend(_cookies(response))

        browser.http.event_hooks["response"] = [note]
        await browser.get("/help?lang=en")
        await walk(browser, service.address(scope="openid"), citizen)
    return {name: line.lower() for line in seen for name in SimpleCookie(line)}


async def test_cookies_are_for_us_alone(demo: Demo) -> None:
    cookies = await _all_cookies(demo)
    assert len(cookies) == 3
    for name, line in cookies.items():
        assert "httponly" in line, name
        assert "samesite=lax" in line, name
        assert "path=/" in line, name
        assert "domain" not in line, name
        assert "secure" not in line, name


async def test_over_tls_they_are_secure_and_bound_to_the_host(demo_over_tls: Demo) -> None:
    cookies = await _all_cookies(demo_over_tls)
    assert len(cookies) == 3
    for name, line in cookies.items():
        assert name.startswith("__Host-")
        assert {"httponly", "samesite=lax", "path=/", "secure"} <= {part.strip() for part in line.split(";")}, name
        assert "domain" not in line


async def test_a_cross_site_post_is_checked_kept_and_goes_on_with_our_own_get(demo: Demo) -> None:
    service, citizen = demo.register(), demo.newcomer()
    async with visiting(demo) as browser:
        await walk(browser, service.address(), citizen)
        answer = httpx.post(f"{demo.issuer}/authorize", data=service.request(), headers={"origin": HOME}, timeout=30)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/authorize?")
        assert STATE not in answer.headers["location"]
        # The browser that follows has its cookies again, and is known.
        assert (await browser.get(answer.headers["location"])).answer["code"]
        out = httpx.post(f"{demo.issuer}/logout", data={"client_id": service.id}, headers={"origin": HOME}, timeout=30)
        assert out.status_code == 303
        assert out.headers["location"].startswith("/logout?")
        assert (await browser.get(out.headers["location"])).has_form("logout")


async def test_what_is_personal_is_never_stored_on_the_way(demo: Demo) -> None:
    service = demo.client("harness-basic")
    async with visiting(demo) as browser:
        page = await walk(browser, service.address(), demo.newcomer())
    redeemed = service.redeem(page.answer)
    tokens = redeemed.json()
    answers = [
        redeemed,
        service.userinfo(tokens["access_token"]),
        service.post("/introspect", token=tokens["access_token"]),
        service.redeem(page.answer),
        service.userinfo("x"),
        demo.try_register(redirect_uris=[HOME]),
        service.get("/account"),
    ]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_the_host_header_never_decides_an_address(demo: Demo) -> None:
    service = demo.register()
    lies = {
        "host": "ke-gian.example",
        "x-forwarded-host": "ke-gian.example",
        "x-forwarded-proto": "https",
        "forwarded": "host=ke-gian.example",
    }
    document = httpx.get(f"{demo.issuer}/.well-known/openid-configuration", headers=lies, timeout=30)
    assert document.json()["issuer"] == demo.issuer
    with httpx.Client(timeout=30, headers=lies) as client:
        for path in ("/account", f"/authorize?{service.address().partition('?')[2]}", "/logout", "/nowhere"):
            answer = client.get(demo.issuer + path, headers={"accept": "text/html"})
            assert "ke-gian" not in answer.text + str(answer.headers), path
            location = answer.headers.get("location", "/")
            assert location.startswith("/"), path
