"""The contract, "Authorization", of tokens: lifetimes, audiences, rotation, and how clients prove who they are."""

import json
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from idp.settings import load
from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import RelyingParty
from tests.journeys.walking import visiting, walk

API = "https://ho-so.quangngai.example/api"


async def test_lifetimes_are_those_of_the_contract(demo: Demo) -> None:
    settings = load({})
    assert settings.code_lifetime.total_seconds() == 60
    assert settings.refresh_idle.days == 14
    assert settings.refresh_total.days == 90
    assert settings.request_uri_lifetime.total_seconds() == 90
    service = demo.register(scope="openid")
    async with visiting(demo) as browser:
        tokens = service.tokens((await walk(browser, service.address(scope="openid"), demo.newcomer())).answer)
    assert tokens["expires_in"] == 300
    for token, audience in ((tokens["id_token"], service.id), (tokens["access_token"], demo.issuer)):
        claims = service.claims(token, audience)
        assert claims["exp"] - claims["iat"] == 300


async def test_a_code_is_used_once_and_a_second_use_ends_what_it_gave(demo: Demo) -> None:
    service = demo.register()
    async with visiting(demo) as browser:
        page = await walk(browser, service.address(), demo.newcomer())
        tokens = service.tokens(page.answer)
        assert service.userinfo(tokens["access_token"]).status_code == 200
        assert service.redeem(page.answer).json()["error"] == "invalid_grant"
        assert service.userinfo(tokens["access_token"]).status_code == 401
        assert service.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


async def test_refresh_rotates_always_and_reuse_ends_the_family(demo: Demo) -> None:
    service = demo.register()
    async with visiting(demo) as browser:
        first = service.tokens((await walk(browser, service.address(), demo.newcomer())).answer)
    second = service.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert service.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert service.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"


async def test_a_client_may_have_a_grace_of_ten_seconds_and_no_more(demo: Demo) -> None:
    metadata: dict[str, Any] = {
        "client_id": "with-grace",
        "redirect_uris": ["http://127.0.0.1:8191/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile",
        "refresh_grace": 10,
    }
    with pytest.raises(AssertionError, match="refresh_grace"):
        demo.idp("clients", "add", "--json", "-", given={**metadata, "refresh_grace": 11})
    service = RelyingParty(demo.issuer, json.loads(demo.idp("clients", "add", "--json", "-", given=metadata)), demo.ca)
    async with visiting(demo) as browser:
        first = service.tokens((await walk(browser, service.address(), demo.newcomer())).answer)
    second = service.refresh(first["refresh_token"]).json()
    assert service.refresh(first["refresh_token"]).json()["refresh_token"] == second["refresh_token"]


async def test_offline_access_outlives_the_session_and_needs_consent(demo: Demo) -> None:
    scope = "openid profile offline_access"
    service, citizen = demo.register(scope=scope), demo.newcomer()
    async with visiting(demo) as browser:
        page = await browser.get(service.address(scope=scope))
        page = await browser.submit(page, "username", username=citizen.login, password=citizen.password)
        assert page.step == "consent"
        page = await browser.submit(page, "decision", decision="allow")
        offline = service.tokens(page.answer)
        bound = service.tokens((await browser.get(service.address())).answer)
        assert "offline_access" in offline["scope"].split()
        await browser.submit(await browser.get("/logout"), "logout", logout="yes")
    assert service.refresh(offline["refresh_token"]).status_code == 200
    assert service.refresh(bound["refresh_token"]).json()["error"] == "invalid_grant"
    assert service.userinfo(bound["access_token"]).status_code == 401


async def test_the_default_audience_is_the_issuer_and_a_resource_is_its_own(demo: Demo) -> None:
    service, citizen = demo.client("harness-basic"), demo.newcomer()
    async with visiting(demo) as browser:
        plain = service.tokens((await walk(browser, service.address(), citizen)).answer)
        bound = service.tokens((await browser.get(service.address(resource=API))).answer)
    assert service.claims(plain["access_token"], demo.issuer)["aud"] == demo.issuer
    assert jwt.get_unverified_header(plain["access_token"])["typ"] == "at+jwt"
    assert service.claims(bound["access_token"], API)["aud"] == API
    assert service.userinfo(plain["access_token"]).status_code == 200
    refused = service.userinfo(bound["access_token"])
    assert refused.status_code == 401
    assert "invalid_token" in refused.headers["www-authenticate"]


async def test_userinfo_answers_get_and_post_and_never_a_token_in_the_address(demo: Demo) -> None:
    service = demo.register()
    async with visiting(demo) as browser:
        token = service.tokens((await walk(browser, service.address(), demo.newcomer())).answer)["access_token"]
    url, bearer = f"{demo.issuer}/userinfo", {"authorization": f"Bearer {token}"}
    answers = [
        httpx.get(url, headers=bearer, timeout=30),
        httpx.post(url, headers=bearer, timeout=30),
        httpx.post(url, data={"access_token": token}, timeout=30),
    ]
    assert len({answer.json()["sub"] for answer in answers}) == 1
    assert httpx.get(url, params={"access_token": token}, timeout=30).status_code in (400, 401)


async def test_an_api_accepts_only_tokens_that_are_meant_for_it(demo: Demo) -> None:
    service, citizen = demo.client("harness-basic"), demo.newcomer()
    address = f"{demo.service('api')}/api/applications"
    async with visiting(demo) as browser:
        plain = service.tokens((await walk(browser, service.address(), citizen)).answer)["access_token"]
        bound = service.tokens((await browser.get(service.address(resource=API))).answer)["access_token"]
    asked = [httpx.get(address, headers={"authorization": f"Bearer {token}"}, timeout=30) for token in (plain, bound)]
    assert [answer.status_code for answer in asked] == [401, 200]


def test_no_algorithm_in_a_registration_is_rs256(demo: Demo) -> None:
    silent = demo.register(id_token_signed_response_alg=None)
    assert silent.registration["id_token_signed_response_alg"] == "RS256"
    told = {one["client_id"]: one["id_token_signed_response_alg"] for one in demo.sandbox["clients"]}
    assert {told[name] for name in ("one_stop_shop", "spa", "api")} == {"ES256"}
    assert told["harness-rs256"] == "RS256"


async def test_id_tokens_and_userinfo_are_signed_as_registered(demo: Demo) -> None:
    service = demo.register(id_token_signed_response_alg=None, userinfo_signed_response_alg="ES256")
    async with visiting(demo) as browser:
        tokens = service.tokens((await walk(browser, service.address(), demo.newcomer())).answer)
    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == "RS256"
    answer = service.userinfo(tokens["access_token"])
    assert answer.headers["content-type"].startswith("application/jwt")
    assert service.claims(answer.text)["sub"] == service.claims(tokens["id_token"])["sub"]


KEY = ec.generate_private_key(ec.SECP256R1())
JWKS = {"keys": [{**jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "k", "use": "sig"}]}


def _asserting(demo: Demo, **keys: Any) -> RelyingParty:
    return demo.register(
        token_endpoint_auth_method="private_key_jwt",
        **(keys or {"jwks": JWKS}),
        grant_types=["client_credentials"],
        redirect_uris=[],
        response_types=[],
    )


def _asked(service: RelyingParty, path: str = "/token", **changes: Any) -> int:
    """Status of a request that is proven by an assertion; None leaves a claim out."""
    now = int(time.time())
    claims = {
        "iss": service.id,
        "sub": service.id,
        "aud": service.issuer,
        "jti": f"jti-{time.monotonic_ns()}",
        "iat": now,
        "exp": now + 240,
        **changes,
    }
    signed = jwt.encode({k: v for k, v in claims.items() if v is not None}, KEY, "ES256", headers={"kid": "k"})
    told = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed,
    }
    if path == "/token":
        told["grant_type"] = "client_credentials"
    else:
        told["token"] = "unknown"
    return service.post(path, **told).status_code


def test_an_assertion_names_issuer_token_endpoint_or_the_called_endpoint(demo: Demo) -> None:
    service, issuer = _asserting(demo), demo.issuer
    accepted: list[Any] = [issuer, f"{issuer}/token", [issuer], ["https://another.example", f"{issuer}/token"]]
    refused: list[Any] = ["https://another.example", [], None, f"{issuer}/introspect"]
    for audience in accepted:
        assert _asked(service, aud=audience) == 200, audience
    for audience in refused:
        assert _asked(service, aud=audience) == 401, audience
    for audience in (f"{issuer}/introspect", f"{issuer}/token", issuer):
        assert _asked(service, "/introspect", aud=audience) == 200, audience


def test_keys_may_be_fetched_from_any_loopback_address_in_the_sandbox(demo: Demo, landing: Landing) -> None:
    landing.pages["/keys.json"] = json.dumps(JWKS)
    assert _asked(_asserting(demo, jwks_uri=f"{landing.origin}/keys.json")) == 200
    assert landing.wait_for("/keys.json")


def test_an_assertion_needs_no_iat_works_once_and_lives_five_minutes(demo: Demo) -> None:
    service, now = _asserting(demo), int(time.time())
    assert _asked(service, iat=None) == 200
    assert _asked(service, jti="the same") == 200
    assert _asked(service, jti="the same") == 401
    assert _asked(service, jti=None) == 401
    assert _asked(service, exp=now + 295) == 200
    assert _asked(service, exp=now + 400) == 401
    assert _asked(service, exp=now - 30) == 401
    assert _asked(service, exp=None) == 401


def test_client_credentials_give_no_refresh_token_and_the_issuer_as_audience(demo: Demo) -> None:
    service = demo.client("harness-basic")
    answer = service.post("/token", grant_type="client_credentials").json()
    assert "refresh_token" not in answer
    assert service.claims(answer["access_token"], demo.issuer)["sub"] == service.id
    assert service.introspect(answer["access_token"])["active"] is True
    assert service.post("/token", grant_type="password", username="a", password="b").json() == {
        "error": "unsupported_grant_type",
        "error_description": service.post("/token", grant_type="password").json()["error_description"],
    }
