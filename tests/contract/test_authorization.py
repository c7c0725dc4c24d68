"""The contract, "Authorization", of the request: PKCE, levels, prompts, and what is refused how."""

import json
from typing import Any

import httpx
import pytest

from tests.journeys.demo import Demo
from tests.journeys.relying_party import NONCE, STATE, VERIFIER, RelyingParty
from tests.journeys.walking import code_of, sign_in, visiting, walk

NO_PKCE: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
INVALID = ("invalid_request", "invalid_grant")


def _loa(demo: Demo, *words: str) -> str:
    return " ".join(f"{demo.issuer}/loa/{word}" for word in words)


async def _error(demo: Demo, service: RelyingParty, **changes: str | None) -> str:
    """The error that goes back to the service; every such answer carries state and iss, and plain ASCII."""
    async with visiting(demo) as browser:
        page = await browser.get(service.address(**changes))
    assert page.left_for is not None, page.text
    assert page.answer["state"] == STATE
    assert page.answer["iss"] == demo.issuer
    told = page.answer["error_description"]
    assert told.isascii()
    assert not set('"\\') & set(told)
    return page.answer["error"]


async def test_pkce_with_s256_is_for_every_client(demo: Demo) -> None:
    for name in ("harness-pkce", "harness-public", "harness-native"):
        service = demo.client(name)
        assert await _error(demo, service, **NO_PKCE) == "invalid_request"
        assert await _error(demo, service, code_challenge=VERIFIER, code_challenge_method="plain") == "invalid_request"
        assert await _error(demo, service, code_challenge_method=None) == "invalid_request"


async def test_a_confidential_client_that_is_let_off_may_omit_pkce_and_nonce(demo: Demo) -> None:
    service, citizen = demo.client("harness-basic"), demo.newcomer()
    async with visiting(demo) as browser:
        page = await walk(browser, service.address(nonce=None, **NO_PKCE), citizen)
        tokens = service.tokens(page.answer, code_verifier=None)
        assert "nonce" not in service.claims(tokens["id_token"])
        page = await browser.get(service.address(**NO_PKCE))
        assert service.claims(service.tokens(page.answer, code_verifier=None)["id_token"])["nonce"] == NONCE


async def test_a_challenge_and_a_verifier_come_together_or_not_at_all(demo: Demo) -> None:
    service, citizen = demo.client("harness-basic"), demo.newcomer()
    async with visiting(demo) as browser:
        page = await walk(browser, service.address(**NO_PKCE), citizen)
        assert service.redeem(page.answer).json()["error"] in INVALID
        page = await browser.get(service.address())
        assert service.redeem(page.answer, code_verifier=None).json()["error"] in INVALID
        page = await browser.get(service.address())
        assert service.redeem(page.answer, code_verifier="x" * 50).json()["error"] == "invalid_grant"


async def test_levels_are_an_ordered_preference(demo: Demo) -> None:
    service = demo.register(scope="openid")
    plain, coded = demo.newcomer(), demo.newcomer(totp=True)
    async with visiting(demo) as browser:
        # Out of reach for whoever has no second factor: the next in order is pursued, and nothing more is asked.
        page = await walk(browser, service.address(scope="openid", acr_values=_loa(demo, "substantial", "low")), plain)
        claims = service.claims(service.tokens(page.answer)["id_token"])
        assert claims["acr"] == _loa(demo, "low")
        assert claims["amr"] == ["pwd"]
    async with visiting(demo) as browser:
        # The first that this person can reach comes first, although a lower one is listed too.
        asked = service.address(scope="openid", acr_values=f"urn:unknown {_loa(demo, 'substantial', 'low')}")
        page = await sign_in(browser, await browser.get(asked), coded)
        page = await browser.submit(page, "otp", otp=code_of(coded))
        claims = service.claims(service.tokens(page.answer)["id_token"])
        assert claims["acr"] == _loa(demo, "substantial")
        assert {"pwd", "otp"} <= set(claims["amr"])
        # A higher level satisfies a lower wish without another page.
        page = await browser.get(service.address(scope="openid", acr_values=_loa(demo, "low")))
        assert service.claims(service.tokens(page.answer)["id_token"])["acr"] == _loa(demo, "substantial")


async def test_unknown_levels_alone_ask_for_nothing(demo: Demo) -> None:
    service = demo.register(scope="openid")
    async with visiting(demo) as browser:
        page = await walk(browser, service.address(scope="openid", acr_values="urn:unknown 1"), demo.newcomer())
        assert page.answer["code"]


async def test_a_level_out_of_reach_is_unmet(demo: Demo) -> None:
    service = demo.register(scope="openid")
    essential = json.dumps({"id_token": {"acr": {"essential": True, "value": _loa(demo, "high")}}})
    for asked in ({"acr_values": _loa(demo, "high", "substantial")}, {"claims": essential}):
        async with visiting(demo) as browser:
            page = await walk(browser, service.address(scope="openid", **asked), demo.newcomer())
            assert page.answer["error"] == "unmet_authentication_requirements"
            assert page.answer["state"] == STATE


async def test_the_id_token_says_how_and_when_and_nothing_about_the_person(demo: Demo) -> None:
    service, citizen = demo.register(scope="openid profile email"), demo.newcomer()
    async with visiting(demo) as browser:
        page = await walk(browser, service.address(scope="openid profile email"), citizen)
        claims = service.claims(service.tokens(page.answer)["id_token"])
        assert {"acr", "amr", "auth_time", "sid", "at_hash", "nonce", "sub", "iat", "exp"} <= set(claims)
        assert not {"name", "email", "birthdate"} & set(claims)
        wanted = json.dumps({"id_token": {"name": None}})
        page = await walk(browser, service.address(scope="openid profile email", claims=wanted), citizen)
        claims = service.claims(service.tokens(page.answer)["id_token"])
        assert claims["name"] == citizen.name
        assert "email" not in claims


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}])
async def test_asking_for_a_fresh_sign_in_never_loops(demo: Demo, asked: dict[str, Any]) -> None:
    service, citizen = demo.register(scope="openid"), demo.newcomer()
    async with visiting(demo) as browser:
        first = service.claims(
            service.tokens((await walk(browser, service.address(scope="openid"), citizen)).answer)["id_token"]
        )
        page = await browser.get(service.address(scope="openid", **asked))
        page = await sign_in(browser, page, citizen)
        assert page.is_answer, page.path
        second = service.claims(service.tokens(page.answer)["id_token"])
        assert second["auth_time"] >= first["auth_time"]
        assert second["sub"] == first["sub"]


async def test_prompt_none_shows_no_page(demo: Demo) -> None:
    service, citizen = demo.register(), demo.newcomer()
    async with visiting(demo) as browser:
        assert (await browser.get(service.address(prompt="none"))).answer["error"] == "login_required"
        await walk(browser, demo.register(scope="openid").address(scope="openid"), citizen)
        assert (await browser.get(service.address(prompt="none"))).answer["error"] == "consent_required"
        await walk(browser, service.address(), citizen)
        assert (await browser.get(service.address(prompt="none"))).answer["code"]
        page = await browser.get(service.address(prompt="none login"))
        assert page.answer["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://dich-vu.quangngai.example/request.jwt"}, "request_uri_not_supported"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none consent"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"scope": "openid email"}, "invalid_scope"),
        ({"resource": "https://another.quangngai.example/api"}, "invalid_target"),
        ({"id_token_hint": "a.b.c"}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
    ],
)
async def test_refusals_go_back_with_state_and_iss(demo: Demo, changes: dict[str, str | None], error: str) -> None:
    service = demo.register(scope="openid profile")
    assert await _error(demo, service, **changes) == error


def test_discovery_says_what_is_so(demo: Demo) -> None:
    documents = [
        httpx.get(f"{demo.issuer}/.well-known/{name}", timeout=30).json()
        for name in ("openid-configuration", "oauth-authorization-server")
    ]
    assert documents[0] == documents[1]
    told = documents[0]
    assert told["issuer"] == demo.issuer
    assert told["request_parameter_supported"] is False
    assert told["request_uri_parameter_supported"] is False
    assert told["claims_parameter_supported"] is True
    assert told["authorization_response_iss_parameter_supported"] is True
    assert told["backchannel_logout_supported"] is True
    assert told["backchannel_logout_session_supported"] is True
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["response_types_supported"] == ["code"]
    assert set(told["response_modes_supported"]) == {"query", "form_post"}
    assert set(told["grant_types_supported"]) == {"authorization_code", "refresh_token", "client_credentials"}
    methods = {"client_secret_basic", "client_secret_post", "private_key_jwt", "none"}
    assert set(told["token_endpoint_auth_methods_supported"]) == methods
    assert {"ES256", "RS256"} <= set(told["id_token_signing_alg_values_supported"])
    assert "none" not in told["id_token_signing_alg_values_supported"]
    assert {"openid", "profile", "email", "phone", "address", "offline_access"} <= set(told["scopes_supported"])
    assert all(str(told[name]).startswith(f"{demo.issuer}/") for name in told if name.endswith(("_endpoint", "_uri")))


async def test_pushed_requests_live_ninety_seconds_and_once(demo: Demo) -> None:
    service = demo.client("harness-par")
    assert await _error(demo, service) == "invalid_request"
    answer = service.post("/par", **service.request())
    assert answer.status_code == 201
    assert answer.json()["expires_in"] == 90
    reference = {"client_id": service.id, "request_uri": answer.json()["request_uri"]}
    async with visiting(demo) as browser:
        assert (await browser.get("/authorize", **reference)).step == "login"
        assert "Yêu cầu không hợp lệ" in (await browser.get("/authorize", **reference)).text
