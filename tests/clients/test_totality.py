"""Whatever a stranger sends, the SDK answers with a refusal: never a crash, never a session."""

import json
import string
import time
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cua_chung import CuaChung, TokenRefused, id_token, logout_token
from cua_chung import api as access_token
from cua_chung.jws import open_signed
from tests.clients.conftest import BASE_URL, service_app
from tests.clients.fake_provider import FakeProvider, base64url

NOW = 1_790_000_000.0
ISSUER = "http://localhost:8000"
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from(
    ["iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "acr", "auth_time", "sid", "jti", "events"]
)
_CLAIMS = st.dictionaries(_NAMES, _ANYTHING, max_size=10)
_HEADERS = st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk"]), _ANYTHING, max_size=5)


@given(_CLAIMS)
def test_claims_of_any_shape_are_refused_in_words(claims: dict[str, Any]) -> None:
    expected = id_token.Expected(issuer=ISSUER, client_id="shop", nonce="n", level="high", max_age=60)
    with pytest.raises(TokenRefused):
        id_token.validate(claims, "ES256", "token", expected, now=NOW, leeway=0)
    with pytest.raises(TokenRefused):
        logout_token.validate(claims, issuer=ISSUER, client_id="shop", now=NOW, leeway=0)
    with pytest.raises(TokenRefused):
        access_token.validate(claims, issuer=ISSUER, audience="api", now=NOW, leeway=0)


@pytest.mark.slow
@given(st.text(max_size=200) | st.text(string.ascii_letters + string.digits + "-_.=", max_size=200))
async def test_any_text_is_no_token(text: str) -> None:
    await _refused(text)


@pytest.mark.slow
@given(_HEADERS, _CLAIMS, st.binary(max_size=70))
async def test_any_three_parts_are_no_token(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> None:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    await _refused(".".join(base64url(part) for part in parts))


@pytest.mark.slow
@given(st.binary(max_size=80), st.binary(max_size=80))
async def test_any_bytes_under_a_good_looking_header_are_no_token(payload: bytes, signature: bytes) -> None:
    header = json.dumps({"alg": "ES256", "kid": "first"}).encode()
    await _refused(".".join(base64url(part) for part in (header, payload, signature)))


PROVIDER = FakeProvider()


async def _refused(token: str) -> None:
    login = CuaChung(issuer=ISSUER, client_id="shop", base_url=BASE_URL, transport=PROVIDER.transport)
    with pytest.raises(TokenRefused):
        await open_signed(token, login.relying_party.provider.keys, algorithms=("ES256",), types=None)


@given(
    st.lists(
        st.tuples(st.sampled_from(["state", "code", "iss", "error", "error_description", "x"]), st.text(max_size=30)),
        max_size=6,
    ),
    st.dictionaries(st.sampled_from(["next", "level", "prompt", "ui_locales"]), st.text(max_size=30), max_size=4),
)
@pytest.mark.slow
async def test_no_query_crashes_a_service_or_signs_anybody_in(
    answer: list[tuple[str, str]], begun: dict[str, str]
) -> None:
    login = CuaChung(issuer=ISSUER, client_id="shop", base_url=BASE_URL, transport=PROVIDER.transport)
    transport = httpx.ASGITransport(service_app(login))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as browser:
        assert (await browser.get("/sign-in", params=begun)).status_code == 303
        assert (await browser.get("/sign-in/callback", params=urlencode(answer))).status_code in (400, 403)
        assert (await browser.get("/signed-out", params=urlencode(answer))).headers["location"] == "/"
        assert (await browser.get("/mine")).status_code == 303


async def test_every_changed_byte_of_a_token_is_noticed() -> None:
    login = CuaChung(issuer=ISSUER, client_id="shop", base_url=BASE_URL, transport=PROVIDER.transport)
    keys = login.relying_party.provider.keys
    token = PROVIDER.sign({"iat": int(time.time())})
    await open_signed(token, keys, algorithms=("ES256",), types=None)
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(TokenRefused):
            await open_signed(changed, keys, algorithms=("ES256",), types=None)
