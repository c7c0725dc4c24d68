"""Signing in at a service: what it asks, what it believes, and what it refuses."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from cua_chung import CuaChung, SigningKey
from tests.clients.conftest import BASE_URL, Service, service_app
from tests.clients.fake_provider import Claims, FakeProvider, base64url, public_jwks, unsigned


async def test_a_page_for_signed_in_people_sends_others_to_sign_in_and_back(service: Service) -> None:
    answer = await service.sign_in("/mine?order=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/mine?order=2"
    assert answer.headers["cache-control"] == "no-store"
    told = (await service.browser.get("/mine")).json()
    assert told == {"sub": "s-lai", "name": "Phạm Thị Lài", "level": "low"}


async def test_the_request_carries_pkce_state_nonce_and_scope(service: Service) -> None:
    asked = parse_qs(urlsplit(await service.begin()).query)
    assert asked["response_type"] == ["code"]
    assert asked["client_id"] == ["shop"]
    assert asked["redirect_uri"] == [f"{BASE_URL}/sign-in/callback"]
    assert asked["scope"] == ["openid profile"]
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))


async def test_the_client_authenticates_with_its_secret_and_sends_the_verifier(service: Service) -> None:
    await service.sign_in()
    sent = service.provider.token_requests[0]
    assert sent["authorization"].startswith("Basic ")
    assert sent["code_verifier"]
    assert "client_secret" not in sent


async def test_with_a_key_of_its_own_the_client_sends_a_short_assertion_and_no_secret(provider: FakeProvider) -> None:
    own = ECKey.generate_key("P-256", {"kid": "own"})
    login = CuaChung(
        issuer=provider.issuer,
        client_id="shop",
        private_key=SigningKey(own.as_pem(private=True).decode(), "own"),
        base_url=BASE_URL,
        transport=provider.transport,
    )
    transport = httpx.ASGITransport(service_app(login))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as browser:
        for _ in range(2):
            begun = await browser.get("/sign-in")
            answer = provider.authorize(begun.headers["location"])
            assert (await browser.get("/sign-in/callback", params=answer)).status_code == 303
    assertions = [jwt.decode(sent["client_assertion"], own).claims for sent in provider.token_requests]
    for claims, sent in zip(assertions, provider.token_requests, strict=True):
        assert claims["iss"] == claims["sub"] == "shop"
        assert claims["aud"] == provider.issuer
        assert claims["exp"] - claims["iat"] <= 300
        assert sent["client_assertion_type"].endswith(":jwt-bearer")
        assert sent["authorization"] is None
    assert len({claims["jti"] for claims in assertions}) == 2


async def test_a_session_lasts_as_long_as_it_was_told(provider: FakeProvider) -> None:
    login = CuaChung(
        issuer=provider.issuer,
        client_id="shop",
        client_secret="s",
        base_url=BASE_URL,
        session_lifetime=0,
        transport=provider.transport,
    )
    transport = httpx.ASGITransport(service_app(login))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as browser:
        answer = provider.authorize((await browser.get("/sign-in")).headers["location"])
        await browser.get("/sign-in/callback", params=answer)
        assert (await browser.get("/mine")).status_code == 303


async def test_two_tabs_may_sign_in_at_once(service: Service) -> None:
    first, second = await service.begin("/sign-in?next=/a"), await service.begin("/sign-in?next=/b")
    assert (await service.come_back(service.provider.authorize(second))).headers["location"] == "/b"
    assert (await service.come_back(service.provider.authorize(first))).headers["location"] == "/a"


async def test_an_answer_works_once(service: Service) -> None:
    answer = service.provider.authorize(await service.begin())
    assert (await service.come_back(answer)).status_code == 303
    again = await service.come_back(answer)
    assert again.status_code == 400
    assert "unknown_state" in again.text
    # The tab that is signed in stays so.
    assert (await service.browser.get("/mine")).status_code == 200


async def test_an_answer_in_another_browser_signs_nobody_in(service: Service) -> None:
    answer = service.provider.authorize(await service.begin())
    async with service.another_browser() as other:
        await other.get("/sign-in")
        refused = await other.get("/sign-in/callback", params=answer)
        assert "unknown_state" in refused.text
        assert (await other.get("/mine")).status_code == 303


async def test_an_answer_with_a_parameter_twice_is_refused(service: Service) -> None:
    answer = service.provider.authorize(await service.begin())
    twice = [*answer.items(), ("code", "another")]
    assert "invalid_response" in (await service.browser.get("/sign-in/callback", params=urlencode(twice))).text
    assert service.provider.token_requests == []


async def test_an_answer_from_another_issuer_is_refused_before_the_code_is_sent(service: Service) -> None:
    answer = {**service.provider.authorize(await service.begin()), "iss": "https://evil.example"}
    assert "wrong_issuer" in (await service.come_back(answer)).text
    assert service.provider.token_requests == []


async def test_a_missing_iss_is_refused_where_the_provider_promised_it(service: Service) -> None:
    answer = service.provider.authorize(await service.begin())
    del answer["iss"]
    assert "wrong_issuer" in (await service.come_back(answer)).text


async def test_a_provider_that_never_promised_iss_may_leave_it_out(service: Service) -> None:
    service.provider.iss_promised = False
    assert (await service.sign_in()).status_code == 303


@pytest.mark.parametrize("code", ["access_denied", "unmet_authentication_requirements", "login_required", "<b>x"])
async def test_an_error_from_the_provider_becomes_a_page_with_a_way_on(service: Service, code: str) -> None:
    answer = service.provider.authorize(await service.begin("/sign-in?next=/mine"))
    page = await service.come_back({"error": code, "state": answer["state"], "iss": answer["iss"]})
    assert page.status_code in (400, 403)
    assert "Thử lại" in page.text
    assert "/sign-in?next=%2Fmine" in page.text
    assert "<b>x" not in page.text


async def test_a_provider_that_is_down_becomes_a_page_too(service: Service) -> None:
    service.provider.is_down = True
    assert (await service.browser.get("/sign-in")).status_code == 503
    service.provider.is_down = False
    # A moment later it is asked again.
    service.login.relying_party.provider._failed_at = None
    answer = service.provider.authorize(await service.begin())
    service.provider.is_down = True
    assert (await service.come_back(answer)).status_code == 503


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\tevil",
        "\\\\evil.example",
        "javascript:1",
        "evil",
    ],
)
async def test_nobody_is_sent_elsewhere_after_signing_in(service: Service, elsewhere: str) -> None:
    answer = await service.browser.get("/sign-in", params={"next": elsewhere})
    back = await service.come_back(service.provider.authorize(answer.headers["location"]))
    assert back.headers["location"] == "/"


async def test_the_session_identifier_is_new_at_every_sign_in_and_the_old_one_is_dead(service: Service) -> None:
    await service.sign_in()
    before = dict(service.browser.cookies)
    await service.sign_in()
    name = next(name for name in before if name.startswith("session_"))
    assert service.browser.cookies[name] != before[name]
    async with service.another_browser() as other:
        other.cookies.set(name, before[name])
        assert (await other.get("/mine")).status_code == 303


async def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(service: Service) -> None:
    answer = await service.sign_in()
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_a_form_without_a_session_is_told_so_and_not_redirected(service: Service) -> None:
    assert (await service.browser.post("/mine")).status_code == 401


def _set(**changes: object) -> Callable[[Claims], None]:
    def change(claims: Claims) -> None:
        claims.update(changes)
        for name in [name for name, value in claims.items() if value is None]:
            del claims[name]

    return change


@pytest.mark.parametrize(
    "mischief",
    [
        _set(iss="https://evil.example"),
        _set(iss=None),
        _set(aud="another"),
        _set(aud=["shop", "another"]),
        _set(aud=["shop"], azp="another"),
        _set(aud=None),
        _set(sub=None),
        _set(sub=7),
        _set(exp=int(time.time()) - 60),
        _set(exp=None),
        _set(exp="soon"),
        _set(exp=True),
        _set(iat=int(time.time()) + 600),
        _set(iat=None),
        _set(nbf=int(time.time()) + 600),
        _set(nonce="another"),
        _set(nonce=None),
        _set(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
        _set(at_hash=None),
    ],
)
async def test_an_id_token_with_a_wrong_claim_signs_nobody_in(
    service: Service, mischief: Callable[[Claims], None]
) -> None:
    service.provider.mischief = mischief
    assert "invalid_id_token" in (await service.sign_in()).text
    assert (await service.browser.get("/mine")).status_code == 303


def _hs256_with_the_public_key(provider: FakeProvider, claims: Claims) -> str:
    secret = json.dumps(public_jwks(provider.key)["keys"][0]).encode()
    signing_input = unsigned({"alg": "HS256", "kid": "first"}, claims).rpartition(".")[0]
    return f"{signing_input}.{base64url(hmac.digest(secret, signing_input.encode(), hashlib.sha256))}"


def _own_key_in_the_header(provider: FakeProvider, claims: Claims) -> str:
    own = ECKey.generate_key("P-256", {"kid": "first"})
    honest, provider.key = provider.key, own
    forged = provider.sign(claims, jwk=own.as_dict(private=False))
    provider.key = honest
    return forged


def _unknown_key(provider: FakeProvider, claims: Claims) -> str:
    return _own_key_in_the_header(provider, claims).replace("Zmlyc3Q", "c2Vjb25k")


FORGERIES: list[Callable[[FakeProvider, Claims], str]] = [
    lambda provider, claims: unsigned({"alg": "none"}, claims),
    lambda provider, claims: unsigned({"alg": "None", "kid": "first"}, claims),
    lambda provider, claims: unsigned({"alg": "ES256", "kid": "first"}, claims, b"\0" * 64),
    lambda provider, claims: provider.sign(claims)[:-2],
    lambda provider, claims: provider.sign(claims, typ="at+jwt"),
    lambda provider, claims: provider.sign(claims, typ="logout+jwt"),
    lambda provider, claims: unsigned({"alg": "ES256"}, claims, b"x"),
    lambda provider, claims: unsigned({"alg": "ES256", "kid": "first", "crit": ["b64"], "b64": False}, claims, b"x"),
    lambda provider, claims: "not.a.token",
    lambda provider, claims: provider.sign({**claims, "padding": "x" * 20_000}),
    _hs256_with_the_public_key,
    _own_key_in_the_header,
    _unknown_key,
]


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_id_token_signs_nobody_in(
    service: Service, forgery: Callable[[FakeProvider, Claims], str]
) -> None:
    service.provider.forge = lambda claims: forgery(service.provider, claims)
    assert "invalid_id_token" in (await service.sign_in()).text
    assert (await service.browser.get("/mine")).status_code == 303


async def test_userinfo_about_another_person_signs_nobody_in(service: Service) -> None:
    service.provider.userinfo_sub = "s-other"
    assert "invalid_id_token" in (await service.sign_in()).text


async def test_a_key_that_appeared_since_is_fetched(service: Service) -> None:
    await service.sign_in()
    service.login.relying_party.provider.keys._tried_at = None
    service.provider.key = ECKey.generate_key("P-256", {"kid": "second"})
    assert (await service.sign_in()).status_code == 303
