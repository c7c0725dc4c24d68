"""An API behind the SDK: it accepts tokens meant for it, and answers others with the registered errors."""

import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from joserfc.jwk import ECKey

from cua_chung import AccessTokenVerifier, Caller, Introspection, ProviderUnreachable, TokenRefused
from tests.clients.fake_provider import FakeProvider, unsigned

AUDIENCE = "https://ho-so.quangngai.example/api"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def _verifier(provider: FakeProvider, introspection: Introspection | None = None) -> AccessTokenVerifier:
    return AccessTokenVerifier(provider.issuer, AUDIENCE, introspection=introspection, transport=provider.transport)


def _timed(provider: FakeProvider) -> tuple[AccessTokenVerifier, Clock]:
    verifier, clock = _verifier(provider), Clock()
    verifier._provider._clock = verifier._provider.keys._clock = clock
    return verifier, clock


@pytest.fixture
async def api(provider: FakeProvider) -> AsyncIterator[httpx.AsyncClient]:
    verifier = _verifier(provider)
    app = FastAPI()

    @app.get("/any")
    async def any_caller(caller: Annotated[Caller, Depends(verifier.caller())]) -> dict[str, Any]:
        return {"sub": caller.sub, "client_id": caller.client_id, "level": caller.level}

    @app.get("/scoped")
    async def scoped(caller: Annotated[Caller, Depends(verifier.caller(scope="profile phone"))]) -> str:
        return caller.sub

    @app.get("/weighty")
    async def weighty(caller: Annotated[Caller, Depends(verifier.caller(level="substantial"))]) -> str:
        return caller.sub

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8103") as client:
        yield client


async def _get(api: httpx.AsyncClient, path: str, token: str) -> httpx.Response:
    return await api.get(path, headers={"Authorization": f"Bearer {token}"})


async def test_a_token_meant_for_the_api_opens_it(api: httpx.AsyncClient, provider: FakeProvider) -> None:
    answer = await _get(api, "/any", provider.access_token(AUDIENCE))
    assert answer.json() == {"sub": "s-lai", "client_id": "shop", "level": "low"}


async def test_one_of_several_audiences_is_enough(api: httpx.AsyncClient, provider: FakeProvider) -> None:
    token = provider.access_token("", aud=["https://other.example", AUDIENCE])
    assert (await _get(api, "/any", token)).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        {"aud": "https://other.example"},
        {"aud": AUDIENCE + "/"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"client_id": None},
        {"jti": None},
        {"scope": ["openid"]},
    ],
)
async def test_a_token_with_a_wrong_claim_is_invalid(
    api: httpx.AsyncClient, provider: FakeProvider, more: dict[str, Any]
) -> None:
    answer = await _get(api, "/any", provider.access_token(AUDIENCE, **more))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')


async def test_a_token_of_another_kind_or_forged_is_invalid(api: httpx.AsyncClient, provider: FakeProvider) -> None:
    token = provider.access_token(AUDIENCE)
    own, provider.key = provider.key, ECKey.generate_key("P-256", {"kid": "first"})
    forged = provider.access_token(AUDIENCE)
    provider.key = own
    hostile = [
        provider.sign({"iss": provider.issuer, "aud": AUDIENCE}, typ="JWT"),
        unsigned({"alg": "none", "typ": "at+jwt"}, {"aud": AUDIENCE}),
        forged,
        token[:-1],
        token + "A",
        "ý",
        "a.b.c",
        "..",
    ]
    assert [(await _get(api, "/any", one)).status_code for one in hostile if one.isascii()] == [401] * 7


async def test_every_byte_counts(api: httpx.AsyncClient, provider: FakeProvider) -> None:
    token = provider.access_token(AUDIENCE)
    for place in range(0, len(token), 17):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert (await _get(api, "/any", changed)).status_code == 401


async def test_no_token_gets_a_challenge_without_an_error(api: httpx.AsyncClient) -> None:
    answer = await api.get("/any")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer  "])
async def test_another_scheme_is_an_invalid_request(api: httpx.AsyncClient, header: str) -> None:
    answer = await api.get("/any", headers={"Authorization": header})
    assert answer.status_code == 400
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


async def test_two_tokens_are_an_invalid_request_and_the_address_is_no_place_for_one(
    api: httpx.AsyncClient, provider: FakeProvider
) -> None:
    token = provider.access_token(AUDIENCE)
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    assert (await api.get("/any", headers=twice)).status_code == 400
    assert (await api.get("/any", params={"access_token": token})).status_code == 401


async def test_a_missing_scope_is_named(api: httpx.AsyncClient, provider: FakeProvider) -> None:
    answer = await _get(api, "/scoped", provider.access_token(AUDIENCE))
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert 'scope="profile phone"' in answer.headers["www-authenticate"]
    assert (await _get(api, "/scoped", provider.access_token(AUDIENCE, scope="phone profile x"))).status_code == 200


async def test_a_level_that_is_too_low_gets_the_step_up_challenge(
    api: httpx.AsyncClient, provider: FakeProvider
) -> None:
    answer = await _get(api, "/weighty", provider.access_token(AUDIENCE))
    assert answer.status_code == 401
    assert 'error="insufficient_user_authentication"' in answer.headers["www-authenticate"]
    assert f'acr_values="{provider.issuer}/loa/substantial"' in answer.headers["www-authenticate"]
    provider.level = "high"
    assert (await _get(api, "/weighty", provider.access_token(AUDIENCE))).status_code == 200


async def test_an_api_that_never_reached_the_provider_answers_503(
    api: httpx.AsyncClient, provider: FakeProvider
) -> None:
    provider.is_down = True
    answer = await _get(api, "/any", provider.access_token(AUDIENCE))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_a_short_outage_of_the_provider_stops_nobody(provider: FakeProvider) -> None:
    verifier, clock = _timed(provider)
    await verifier.verify(provider.access_token(AUDIENCE))
    provider.is_down = True
    for seconds in (10, 300, 3, 590 - 10):
        clock.seconds += seconds
        assert (await verifier.verify(provider.access_token(AUDIENCE))).sub == "s-lai"


async def test_while_the_provider_is_down_requests_do_not_queue_for_it(provider: FakeProvider) -> None:
    verifier, clock = _timed(provider)
    provider.is_down = True
    for _ in range(5):
        with pytest.raises(ProviderUnreachable):
            await verifier.verify(provider.access_token(AUDIENCE))
    assert provider.attempts == 1
    clock.seconds += 2
    provider.is_down = False
    assert (await verifier.verify(provider.access_token(AUDIENCE))).sub == "s-lai"
    # An hour later its addresses are read again, and what is known serves while that fails.
    clock.seconds += 3601
    provider.is_down = True
    assert await verifier._provider.endpoint("userinfo_endpoint")


async def test_strangers_tokens_do_not_make_the_api_hammer_the_provider(provider: FakeProvider) -> None:
    verifier, clock = _timed(provider)
    await verifier.verify(provider.access_token(AUDIENCE))
    for number in range(20):
        with pytest.raises(TokenRefused):
            await verifier.verify(unsigned({"alg": "ES256", "typ": "at+jwt", "kid": f"k{number}"}, {}, b"x"))
    assert provider.jwks_fetches == 1
    # A key that is really new is found as soon as the pause is over.
    provider.key = ECKey.generate_key("P-256", {"kid": "second"})
    clock.seconds += 31
    await verifier.verify(provider.access_token(AUDIENCE))
    assert provider.jwks_fetches == 2


async def test_a_withdrawn_key_dies_with_the_cache_and_a_long_outage_is_not_trust(provider: FakeProvider) -> None:
    verifier, clock = _timed(provider)
    old = provider.access_token(AUDIENCE)
    await verifier.verify(old)
    provider.key = ECKey.generate_key("P-256", {"kid": "second"})
    clock.seconds += 301
    with pytest.raises(TokenRefused):
        await verifier.verify(old)
    provider.is_down = True
    clock.seconds += 901
    with pytest.raises(ProviderUnreachable):
        await verifier.verify(provider.access_token(AUDIENCE))


async def test_with_introspection_a_revoked_token_fails_at_once(provider: FakeProvider) -> None:
    verifier = _verifier(provider, Introspection("api", "api-secret"))
    token = provider.access_token(AUDIENCE)
    assert (await verifier.verify(token)).sub == "s-lai"
    provider.revoked.add(token)
    with pytest.raises(TokenRefused, match="revoked"):
        await verifier.verify(token)


async def test_an_issuer_elsewhere_must_be_reached_over_tls() -> None:
    with pytest.raises(ProviderUnreachable):
        AccessTokenVerifier("http://id.quangngai.example", AUDIENCE)
    AccessTokenVerifier("https://id.quangngai.example", AUDIENCE)


async def test_discovery_of_another_issuer_is_refused(provider: FakeProvider) -> None:
    provider.issuer = "http://localhost:9999"
    verifier = AccessTokenVerifier("http://localhost:8000", AUDIENCE, transport=provider.transport)
    with pytest.raises(ProviderUnreachable, match="another issuer"):
        await verifier.verify(provider.access_token(AUDIENCE))
