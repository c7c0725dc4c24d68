"""What the authorization endpoint refuses: on our host until the redirect URI is proven, at the service after that."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from idp.kernel.secret import Secret
from idp.protocol.client import ApplicationType, ClientState
from tests.doors.little_browser import Page
from tests.doors.machine_house import REDIRECT, Service
from tests.doors.people_house import HOME, Citizen, PeopleHouse, error_of, terms_of

INVALID = "Yêu cầu không hợp lệ"


def is_a_page_of_ours(page: Page) -> bool:
    return page.left_for is None and page.status == 400 and INVALID in page.text


@pytest.fixture
async def service(town: PeopleHouse) -> Service:
    terms = terms_of(profile="consent", email="consent", phone="consent", address="consent", offline_access="consent")
    return await town.register(terms=terms)


@pytest.fixture
async def lai(town: PeopleHouse) -> Citizen:
    return await town.citizen(totp=True)


UNPROVEN: list[dict[str, Any]] = [
    {"client_id": None},
    {"client_id": "nobody"},
    {"client_id": "nobody\u202e"},
    {"redirect_uri": None},
    {"redirect_uri": REDIRECT + "/"},
    {"redirect_uri": REDIRECT + "?a=b"},
    {"redirect_uri": REDIRECT + "#fragment"},
    {"redirect_uri": REDIRECT.upper()},
    {"redirect_uri": REDIRECT.replace("https", "http")},
    {"redirect_uri": REDIRECT.replace("/callback", "/x/..;/callback")},
    {"redirect_uri": REDIRECT.replace("/callback", "/./callback")},
    {"redirect_uri": REDIRECT.replace("motcua.", "motcua.example.vn@evil.")},
    {"redirect_uri": REDIRECT.replace("https://", "https:\\\\")},
    {"redirect_uri": "https://motcua.example.vn@@evil.example/callback"},
    {"redirect_uri": "https://evil.example/"},
    {"redirect_uri": "javascript:alert(1)"},
    {"redirect_uri": "//evil.example/"},
]


async def test_nobody_is_sent_anywhere_before_client_and_redirect_are_proven(
    town: PeopleHouse, service: Service
) -> None:
    browser = town.browser()
    for changes in UNPROVEN:
        for mode in (None, "query", "form_post", "fragment"):
            request = town.request(service, response_mode=mode, **changes)
            for page in (
                await browser.get("/authorize", **request),
                await browser.post_from_elsewhere("/authorize", request.items()),
            ):
                assert is_a_page_of_ours(page), changes
                leads = [href for href, _ in page.links]
                assert all(href.startswith(("/", "#", "tel:", HOME)) and href[:2] != "//" for href in leads), changes
                assert not page.forms


async def test_a_refused_request_leads_back_to_where_a_known_client_lives(town: PeopleHouse, service: Service) -> None:
    page = await town.ask(town.browser(), service, redirect_uri="https://evil.example/")
    assert page.leads_to(HOME)


async def test_a_disabled_client_gets_a_page(town: PeopleHouse, service: Service) -> None:
    await town.disable(service)
    assert is_a_page_of_ours(await town.ask(town.browser(), service))


async def test_a_client_disabled_a_moment_ago_elsewhere_gets_a_page(town: PeopleHouse, service: Service) -> None:
    """By another process: what it wrote is known here a moment later, but no answer may leave before."""
    citizen, browser = await town.citizen(), town.browser()
    await town.sign_in(browser, await town.ask(browser, service), citizen)
    assert (await town.ask(browser, service)).answer["code"]
    async with town.hall.db.unaudited_tx() as tx:
        await tx.clients.set_state(service.client.client_id, ClientState.DISABLED, town.now)
    assert is_a_page_of_ours(await town.ask(browser, service))


async def test_what_would_be_proven_stands_once(town: PeopleHouse, service: Service) -> None:
    request = town.request(service)
    for name in ("client_id", "redirect_uri"):
        page = await town.browser().post_from_elsewhere("/authorize", [*request.items(), (name, request[name])])
        assert is_a_page_of_ours(page)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"response_mode": "web_message"}, "invalid_request"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    ({"request_uri": "https://motcua.example.vn/request"}, "request_uri_not_supported"),
    ({"request_uri": "urn:ietf:params:oauth:request_uri:short"}, "request_uri_not_supported"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "create"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "soon"}, "invalid_request"),
    ({"max_age": "٣٠"}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": '{"userinfo": 5}'}, "invalid_request"),
    ({"claims": "{" * 4000}, "invalid_request"),
    ({"id_token_hint": "not.a.token"}, "invalid_request"),
    ({"resource": "https://elsewhere.example/api"}, "invalid_target"),
    ({"scope": 'open"id'}, "invalid_scope"),
    ({"nonce": "n" * 5000}, "invalid_request"),
    ({"prompt": "none"}, "login_required"),
]


async def test_after_the_proof_the_service_hears_what_is_wrong(town: PeopleHouse, service: Service) -> None:
    browser = town.browser()
    for changes, error in REFUSED:
        request = town.request(service, **changes)
        for page in (
            await browser.get("/authorize", **request),
            await browser.post_from_elsewhere("/authorize", request.items()),
        ):
            assert error_of(page, town) == error, changes
            assert page.left_for is not None
            assert page.left_for.startswith(REDIRECT + "?")


async def test_a_repeated_parameter_is_refused_at_the_service(town: PeopleHouse, service: Service) -> None:
    request = town.request(service, prompt="login")
    for name in ("scope", "state", "nonce", "prompt", "code_challenge", "response_type"):
        page = await town.browser().post_from_elsewhere("/authorize", [*request.items(), (name, request[name])])
        assert page.answer["error"] == "invalid_request"
        # A state that stands twice is nobody's state.
        assert page.answer.get("state") == (None if name == "state" else "trạng thái 1")


async def test_an_error_travels_by_form_post_where_that_was_asked(town: PeopleHouse, service: Service) -> None:
    page = await town.ask(town.browser(), service, response_mode="form_post", prompt="none")
    assert page.is_form_post
    assert page.forms[0].action == REDIRECT
    assert error_of(page, town) == "login_required"


async def test_a_code_by_form_post_needs_one_script_with_a_nonce_or_one_button(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    page = await town.walk(town.browser(), service, lai, response_mode="form_post")
    policy = page.response.headers["content-security-policy"]
    nonces = [script["nonce"] for script in page.scripts if "src" not in script]
    assert len(nonces) == 1
    assert f"script-src 'nonce-{nonces[0]}'" in policy
    assert "form-action 'self' https://motcua.example.vn" in policy
    assert page.response.headers["cache-control"] == "no-store"
    assert "<button" in page.response.text
    assert set(page.forms[0].fields) == {"code", "state", "iss"}
    assert (await town.redeem(service, Secret(page.answer["code"]))).status_code == 200


async def test_a_redirect_uri_with_a_query_keeps_it(town: PeopleHouse, lai: Citizen) -> None:
    service = await town.register(redirect_uris=(REDIRECT + "?tenant=ba-to",))
    page = await town.walk(town.browser(), service, lai)
    assert page.left_for is not None
    assert page.left_for.startswith(REDIRECT + "?tenant=ba-to&")
    assert page.answer["code"]


async def test_a_native_app_chooses_its_loopback_port_and_nobody_else_does(town: PeopleHouse, lai: Citizen) -> None:
    """RFC 8252 §7.3."""
    uris = ("http://127.0.0.1/cb",)
    native = await town.register(redirect_uris=uris, application_type=ApplicationType.NATIVE)
    web = await town.register(redirect_uris=uris)
    page = await town.walk(town.browser(), native, lai, redirect_uri="http://127.0.0.1:51234/cb")
    assert page.left_for is not None
    assert page.left_for.startswith("http://127.0.0.1:51234/cb?")
    redeemed = await town.redeem(native, Secret(page.answer["code"]), redirect_uri="http://127.0.0.1:51234/cb")
    assert redeemed.status_code == 200
    for service, uri in ((web, "http://127.0.0.1:51234/cb"), (native, "http://localhost:51234/cb")):
        assert is_a_page_of_ours(await town.ask(town.browser(), service, redirect_uri=uri))


async def test_a_cross_site_post_goes_on_with_our_own_get_and_finds_the_session(
    people: PeopleHouse,
) -> None:
    """Browsers send no SameSite=Lax cookie with it; nobody may have to sign in again because of that."""
    service = await people.register()
    browser = people.browser()
    await people.walk(browser, service, await people.citizen())
    page = await browser.post_from_elsewhere("/authorize", people.request(service).items())
    assert page.answer["code"]
    assert page.answer["state"] == "trạng thái 1"


async def test_a_posted_request_leaves_no_parameter_in_an_address(town: PeopleHouse, service: Service) -> None:
    request = town.request(service, login_hint="lai.pham@thu.example.vn")
    answer = await town.http.post("/authorize", data=request, headers={"accept": "text/html"})
    assert answer.status_code == 303
    location = urlsplit(answer.headers["location"])
    assert location.netloc == ""
    assert location.path == "/authorize"
    assert "thu.example.vn" not in location.query


async def test_a_kept_request_is_used_once_and_then_leads_back_to_the_service(
    town: PeopleHouse, service: Service
) -> None:
    answer = await town.http.post("/authorize", data=town.request(service), headers={"accept": "text/html"})
    address = answer.headers["location"]
    browser = town.browser()
    assert (await browser.get(address)).step == "login"
    again = await browser.get(address)
    assert is_a_page_of_ours(again)
    assert again.leads_to(HOME)


async def test_a_pushed_request_is_taken_by_its_own_client_alone(people: PeopleHouse) -> None:
    service, other = await people.register(), await people.register()
    pushed = (await people.post("/par", service, people.request(service))).json()["request_uri"]
    browser = people.browser()
    stolen = await browser.get("/authorize", client_id=other.client.client_id, request_uri=pushed)
    assert is_a_page_of_ours(stolen)
    pushed = (await people.post("/par", service, people.request(service))).json()["request_uri"]
    page = await browser.get("/authorize", client_id=service.client.client_id, request_uri=pushed)
    page = await people.sign_in(browser, page, await people.citizen())
    assert page.answer["code"]
    assert page.answer["state"] == "trạng thái 1"


async def test_what_stands_beside_a_pushed_request_counts_for_nothing(town: PeopleHouse, service: Service) -> None:
    """RFC 9126 §4; RFC 9101 §6.3: no mixing."""
    pushed = (await town.post("/par", service, town.request(service, prompt="none"))).json()["request_uri"]
    page = await town.browser().get(
        "/authorize", **{**town.request(service, prompt="login", redirect_uri=REDIRECT + "x"), "request_uri": pushed}
    )
    assert error_of(page, town) == "login_required"


async def test_a_client_that_must_push_may_not_come_directly(town: PeopleHouse) -> None:
    service = await town.register(require_pushed_authorization_requests=True)
    assert error_of(await town.ask(town.browser(), service), town) == "invalid_request"
    posted = await town.browser().post_from_elsewhere("/authorize", town.request(service).items())
    assert error_of(posted, town) == "invalid_request"
    pushed = (await town.post("/par", service, town.request(service))).json()["request_uri"]
    page = await town.browser().post_from_elsewhere(
        "/authorize", [("client_id", service.client.client_id), ("request_uri", pushed)]
    )
    assert page.step == "login"


async def test_a_draft_client_gets_openid_and_nothing_more(town: PeopleHouse, lai: Citizen) -> None:
    service = await town.register(state=ClientState.DRAFT, terms=terms_of(profile="task"))
    tokens = await town.tokens_of(town.browser(), service, lai, scope="openid profile")
    assert tokens["scope"] == "openid"
    assert set((await town.userinfo(tokens["access_token"])).json()) == {"sub"}


async def test_only_get_and_post_are_answered(town: PeopleHouse, service: Service) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"):
        answer = await town.http.request(method, "/authorize", params=town.request(service))
        assert answer.status_code == 405
        assert {"GET", "POST"} <= {word.strip() for word in answer.headers["allow"].split(",")}
