"""The contract, "Pages": what scripted browsers find on our pages."""

import json

import pytest

from tests.doors.little_browser import Page
from tests.journeys.demo import Demo
from tests.journeys.relying_party import RelyingParty
from tests.journeys.walking import code_of, sign_in, visiting, walk

LINKS = {name: f"https://dich-vu.quangngai.example/{name}" for name in ("logo_uri", "policy_uri", "tos_uri")}


async def test_sign_in_is_one_page_with_name_password_and_one_button(demo: Demo) -> None:
    async with visiting(demo) as browser:
        page = await browser.get(demo.register().address())
        assert page.path.endswith("/login")
        # The first form is this one; what a script sends for a passkey stands behind it, without a submit button.
        assert {"username", "password"} <= page.forms[0].names
        assert not any({"username", "password"} & form.names for form in page.forms[1:])
        assert page.response.text.count('type="submit"') == 1


async def test_the_one_time_code_comes_after_it_where_it_is_needed(demo: Demo) -> None:
    citizen, service = demo.newcomer(totp=True), demo.register(scope="openid")
    async with visiting(demo) as browser:
        asked = service.address(scope="openid", acr_values=f"{demo.issuer}/loa/substantial")
        page = await sign_in(browser, await browser.get(asked), citizen)
        assert page.has_form("otp")
        page = await browser.submit(page, "otp", otp=code_of(citizen))
        assert page.answer["code"]


async def test_consent_lists_every_registered_scope_and_allow_releases_it(demo: Demo) -> None:
    citizen, service = demo.newcomer(), demo.register(scope="openid profile email")
    async with visiting(demo) as browser:
        page = await sign_in(browser, await browser.get(service.address(scope="openid profile email")), citizen)
        form = page.form("decision")
        assert form.buttons == (("decision", "allow"), ("decision", "deny"))
        assert form.boxes == ()
        assert citizen.name in page.text
        page = await browser.submit(page, "decision", decision="allow")
        told = service.userinfo(service.tokens(page.answer)["access_token"]).json()
        assert (told["name"], told["email"]) == (citizen.name, citizen.login)


async def test_deny_tells_the_service_so(demo: Demo) -> None:
    service = demo.register()
    async with visiting(demo) as browser:
        page = await sign_in(browser, await browser.get(service.address()), demo.newcomer())
        page = await browser.submit(page, "decision", decision="deny")
        assert page.answer["error"] == "access_denied"


@pytest.mark.parametrize("ticked", [True, False])
async def test_only_what_is_marked_optional_is_a_box_and_it_is_unticked(demo: Demo, *, ticked: bool) -> None:
    citizen, service = demo.newcomer(), demo.client("harness-optional")
    async with visiting(demo) as browser:
        page = await sign_in(browser, await browser.get(service.address(scope="openid profile email")), citizen)
        # The little browser itself refuses boxes that are ticked beforehand.
        assert page.form("decision").boxes == (("optional", "email"),)
        boxes = ("email",) if ticked else ()
        page = await browser.submit(page, "decision", boxes=boxes, decision="allow")
        told = service.userinfo(service.tokens(page.answer)["access_token"]).json()
        assert told["name"] == citizen.name
        assert ("email" in told) is ticked


async def test_a_claim_asked_with_essential_false_is_a_box_too(demo: Demo) -> None:
    citizen, service = demo.newcomer(), demo.register(scope="openid profile email")
    claims = json.dumps({"userinfo": {"email": {"essential": False}, "name": {"essential": True}}})
    async with visiting(demo) as browser:
        page = await sign_in(browser, await browser.get(service.address(scope="openid", claims=claims)), citizen)
        ((name, value),) = page.form("decision").boxes
        assert name == "optional"
        page = await browser.submit(page, "decision", boxes=(value,), decision="allow")
        told = service.userinfo(service.tokens(page.answer)["access_token"]).json()
        assert (told["name"], told["email"]) == (citizen.name, citizen.login)
        assert "birthdate" not in told


async def test_consent_is_remembered_and_prompt_consent_asks_nevertheless(demo: Demo) -> None:
    citizen, service = demo.newcomer(), demo.register()
    async with visiting(demo) as browser:
        await walk(browser, service.address(), citizen)
        assert (await browser.get(service.address())).answer["code"]
        page = await browser.get(service.address(prompt="consent"))
        assert page.step == "consent"


async def test_signing_out_asks_and_ends_where_there_is_nowhere_to_go_back_to(demo: Demo) -> None:
    citizen, service = demo.newcomer(), demo.register(scope="openid")
    async with visiting(demo) as browser:
        await walk(browser, service.address(scope="openid"), citizen)
        page = await browser.get("/logout")
        assert ("logout", "yes") in page.form("logout").buttons
        page = await browser.submit(page, "logout", logout="yes")
        assert page.response.url.host == "localhost"
        assert "Đã đăng xuất" in page.text
        assert (await browser.get(service.address(scope="openid"))).step == "login"


def _refusals(service: RelyingParty) -> dict[str, str]:
    good = service.registration["redirect_uris"][0]
    return {
        "unknown client": service.address(client_id="nobody"),
        "no client": service.address(client_id=None),
        "no redirect_uri": service.address(redirect_uri=None),
        "another redirect_uri": service.address(redirect_uri="https://ke-gian.example/callback"),
        "a longer redirect_uri": service.address(redirect_uri=f"{good}/more"),
        "a used request_uri": f"{service.issuer}/authorize?client_id={service.id}"
        "&request_uri=urn:ietf:params:oauth:request_uri:used",
        "a foreign way out": f"{service.issuer}/logout?client_id={service.id}"
        "&post_logout_redirect_uri=https%3A%2F%2Fke-gian.example%2F",
        "a forged hint": f"{service.issuer}/logout?id_token_hint=a.b.c",
    }


async def test_refused_requests_stay_on_our_host(demo: Demo) -> None:
    service = demo.register()
    async with visiting(demo) as browser:
        for what, address in _refusals(service).items():
            page = await browser.get(address)
            assert page.left_for is None, what
            assert page.status == 400, what
            assert "Yêu cầu không hợp lệ" in page.text, what
            _protocol_words_stand_in_code(page)


def _protocol_words_stand_in_code(page: Page) -> None:
    html = page.response.text
    for word in ("client_id", "redirect_uri", "id_token_hint", "request_uri"):
        start, visible = 0, html[html.index("<main") : html.index("</main>")]
        while (found := visible.find(word, start)) >= 0:
            before = visible[:found]
            in_attribute = before.rfind("<") > before.rfind(">")
            assert in_attribute or before.rfind("<code>") > before.rfind("</code>"), visible[found - 80 : found + 40]
            start = found + 1


async def test_logo_policy_and_terms_are_on_the_sign_in_page(demo: Demo) -> None:
    async with visiting(demo) as browser:
        page = await browser.get(demo.register(**LINKS).address())
        assert page.leads_to(LINKS["policy_uri"])
        assert page.leads_to(LINKS["tos_uri"])
        assert f'src="{LINKS["logo_uri"]}"' in page.response.text
        assert LINKS["logo_uri"].removesuffix("/logo_uri") in page.response.headers["content-security-policy"]


async def test_the_language_link_says_which_language_and_is_complete(demo: Demo) -> None:
    async with visiting(demo) as browser:
        page = await browser.get(demo.register().address())
        ((href, said),) = [(href, said) for href, said in page.links if "hreflang" in said]
        assert said["lang"] == said["hreflang"] == "en"
        english = await browser.get(href)
        assert '<html lang="en">' in english.response.text
        assert english.has_form("username")
        # It is remembered, and no browser's own setting is asked.
        assert '<html lang="en">' in (await browser.get("/help")).response.text


@pytest.mark.parametrize(
    "typed", ["051158990137", "051 158 990 137", "051158 990137", "0900000012", "+84 900 000 012", "QN7K3M9XAB"]
)
async def test_the_name_field_takes_numbers_with_spaces_phones_and_code_cards(demo: Demo, typed: str) -> None:
    service, citizen = demo.register(scope="openid"), demo.person("Phạm Thị Lài")
    async with visiting(demo) as browser:
        page = await browser.get(service.address(scope="openid"))
        page = await browser.submit(page, "username", username=typed, password=citizen.password)
        assert page.answer["code"]


async def test_the_name_field_takes_an_e_mail_address(demo: Demo) -> None:
    service, citizen = demo.register(scope="openid"), demo.newcomer()
    async with visiting(demo) as browser:
        page = await browser.get(service.address(scope="openid"))
        page = await browser.submit(page, "username", username=citizen.login.upper(), password=citizen.password)
        assert page.answer["code"]


@pytest.mark.parametrize("number", ["051177990465", "051 177 990 465"])
async def test_a_hint_that_is_an_identity_number_is_dropped_and_never_logged(demo: Demo, number: str) -> None:
    async with visiting(demo) as browser:
        page = await browser.get(demo.register().address(login_hint=number))
        assert page.form("username").fields["username"] == ""
        pushed = await browser.get(demo.register().address(login_hint="0905000111"))
        assert pushed.form("username").fields["username"] == "0905000111"
    logs = "".join(path.read_text(encoding="utf-8") for path in demo.folder.glob("*.log"))
    assert number not in logs
    assert "0905000111" not in logs
