"""Authlib's own ID token rules as oracle: what it refuses we refuse; our own extra rules have tests of their own."""

from typing import Any

from authlib.oidc.core import CodeIDToken
from hypothesis import given
from hypothesis import strategies as st
from joserfc.errors import JoseError

from cua_chung import TokenRefused, id_token
from tests.clients.fake_provider import half_hash

NOW = 1_790_000_000
ISSUER = "http://localhost:8000"
TOKEN = "an.access.token"

_WORDS = st.sampled_from([None, "", "shop", "another", 7])
_DATES = st.sampled_from([None, NOW - 600, NOW - 1, NOW, NOW + 1, NOW + 600, "soon"])
_CLAIMS = st.fixed_dictionaries(
    {
        "iss": st.sampled_from([None, ISSUER, ISSUER, "https://evil.example", 7]),
        "sub": st.sampled_from([None, "s-lai", "s-lai"]),
        "aud": st.sampled_from([None, "shop", "another", ["shop"], ["shop", "another"], ["another"]]),
        "azp": st.sampled_from([None, None, "shop", "another"]),
        "exp": _DATES,
        "iat": _DATES,
        "nbf": st.one_of(st.none(), _DATES),
        "nonce": st.sampled_from([None, "n", "n", "another"]),
        "at_hash": st.sampled_from([None, half_hash(TOKEN), half_hash(TOKEN), "AAAA"]),
    }
)
_SOUND = st.just(
    {
        "iss": ISSUER,
        "sub": "s-lai",
        "aud": "shop",
        "exp": NOW + 300,
        "iat": NOW,
        "nonce": "n",
        "at_hash": half_hash(TOKEN),
    }
)


def _ours(claims: dict[str, Any]) -> bool:
    expected = id_token.Expected(issuer=ISSUER, client_id="shop", nonce="n")
    try:
        id_token.validate(claims, "ES256", TOKEN, expected, now=NOW, leeway=0)
    except TokenRefused:
        return False
    return True


def _authlibs(claims: dict[str, Any]) -> bool:
    options = {"iss": {"values": [ISSUER]}}
    asked = {"nonce": "n", "client_id": "shop", "access_token": TOKEN}
    try:
        CodeIDToken(claims, {"alg": "ES256"}, options, asked).validate(now=NOW, leeway=0)
    except JoseError:
        return False
    return True


@given(st.builds(lambda sound, changes: {**sound, **changes}, _SOUND, _CLAIMS))
def test_whatever_we_accept_authlib_accepts(claims: dict[str, Any]) -> None:
    present = {name: value for name, value in claims.items() if value is not None}
    assert _authlibs(present) or not _ours(present)


@given(_SOUND, st.sampled_from([{}, {"aud": ["shop"]}, {"azp": "shop"}, {"amr": ["pwd"]}, {"nbf": NOW}]))
def test_both_accept_a_sound_token(sound: dict[str, Any], more: dict[str, Any]) -> None:
    assert _ours({**sound, **more})
    assert _authlibs({**sound, **more})
