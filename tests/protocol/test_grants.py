"""Grant types at the token endpoint: what each request must carry, and who may send it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.errors import (
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from idp.kernel.secret import Secret, new_secret
from idp.protocol import grants
from idp.protocol.client import AuthMethod, Client
from idp.protocol.grants import (
    GRANTS,
    AuthorizationCodeRequest,
    ClientCredentialsRequest,
    GrantType,
    RefreshTokenRequest,
    authorization_code,
    refresh_token,
)
from idp.protocol.parameters import Parameters
from tests.protocol.build import API, CHALLENGE, CLIENT, GRANT, NOW, POLICY, REDIRECT_URI, VERIFIER, hostile_text

SERVICE = replace(CLIENT, grant_types=frozenset(GrantType), scopes=CLIENT.scopes | {"hoso:read"})


def form(**values: str) -> Parameters:
    return Parameters.of(values.items())


CODE = {"grant_type": "authorization_code", "code": "abc", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}


def test_a_code_request_carries_the_challenge_of_its_verifier() -> None:
    request = grants.parse(form(**CODE, resource=API), SERVICE)
    assert request == AuthorizationCodeRequest(Secret("abc"), REDIRECT_URI, CHALLENGE, (API,))


def test_a_code_request_without_a_verifier_has_no_challenge_to_compare() -> None:
    request = grants.parse(form(**{**CODE, "code_verifier": ""}), SERVICE)
    assert isinstance(request, AuthorizationCodeRequest)
    assert request.challenge is None


def test_a_refresh_request_may_narrow_its_scope() -> None:
    request = grants.parse(form(grant_type="refresh_token", refresh_token="r", scope="openid"), SERVICE)
    assert request == RefreshTokenRequest(Secret("r"), ("openid",))
    assert grants.parse(form(grant_type="refresh_token", refresh_token="r"), SERVICE) == RefreshTokenRequest(
        Secret("r")
    )


def test_a_client_asks_for_itself() -> None:
    request = grants.parse(form(grant_type="client_credentials", scope="hoso:read", resource=API), SERVICE)
    assert request == ClientCredentialsRequest(("hoso:read",), (API,))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({}, InvalidRequest),
        ({"grant_type": "password", "username": "a", "password": "b"}, UnsupportedGrantType),
        ({"grant_type": "implicit"}, UnsupportedGrantType),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, UnsupportedGrantType),
        ({**CODE, "code": ""}, InvalidRequest),
        ({**CODE, "code": "a" * 600}, InvalidRequest),
        ({**CODE, "redirect_uri": ""}, InvalidRequest),
        ({**CODE, "code_verifier": "short"}, InvalidGrant),
        ({"grant_type": "refresh_token"}, InvalidRequest),
        ({"grant_type": "refresh_token", "refresh_token": "r", "scope": 'a"b'}, InvalidScope),
        ({"grant_type": "client_credentials", "scope": "openid"}, InvalidScope),
        ({"grant_type": "client_credentials", "scope": "offline_access"}, InvalidScope),
        ({"grant_type": "client_credentials", "scope": "unregistered"}, InvalidScope),
    ],
)
def test_what_the_token_endpoint_refuses(values: dict[str, str], error: type[OAuthError]) -> None:
    with pytest.raises(error):
        grants.parse(form(**values), SERVICE)


@pytest.mark.parametrize("grant_type", GrantType)
def test_a_client_uses_only_grants_that_it_registered(grant_type: GrantType) -> None:
    client = replace(SERVICE, grant_types=frozenset(GrantType) - {grant_type})
    with pytest.raises(UnauthorizedClient):
        grants.parse(form(**{**CODE, "grant_type": grant_type, "refresh_token": "r"}), client)


def test_a_public_client_has_no_credentials_whatever_it_registered() -> None:
    public: Client = replace(SERVICE, token_endpoint_auth_method=AuthMethod.NONE)
    with pytest.raises(UnauthorizedClient):
        grants.parse(form(grant_type="client_credentials"), public)


names = st.sampled_from(["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "resource"])


@given(st.sampled_from([*GrantType, "password"]), st.lists(st.tuples(names, hostile_text), max_size=6))
def test_every_token_request_is_typed_or_a_registered_error(grant_type: str, pairs: list[tuple[str, str]]) -> None:
    try:
        grants.parse(Parameters.of([*pairs, ("grant_type", grant_type)]), SERVICE)
    except OAuthError:
        return


def test_a_refresh_token_has_exactly_one_successor() -> None:
    key, old = b"k" * 32, new_secret()
    assert refresh_token.successor(old, key) == refresh_token.successor(old, key)
    assert refresh_token.successor(old, key) != refresh_token.successor(new_secret(), key)
    assert refresh_token.successor(old, key) != refresh_token.successor(old, b"x" * 32)
    assert refresh_token.successor(old, key) != old
    assert len(refresh_token.successor(old, key).reveal()) == 43


def test_without_offline_access_a_family_ends_with_the_session() -> None:
    session_ends_at = NOW + timedelta(hours=3)
    assert authorization_code.family_ends_at(POLICY, GRANT, session_ends_at, NOW) == session_ends_at
    offline = replace(GRANT, offline=True)
    family_ends_at = authorization_code.family_ends_at(POLICY, offline, session_ends_at, NOW)
    assert family_ends_at == NOW + timedelta(days=90)
    assert refresh_token.expires_at(POLICY, family_ends_at, NOW) == NOW + timedelta(days=14)
    assert refresh_token.expires_at(POLICY, session_ends_at, NOW) == session_ends_at


def test_only_a_client_with_the_refresh_grant_gets_a_refresh_token() -> None:
    assert authorization_code.wants_refresh(CLIENT)
    assert not authorization_code.wants_refresh(replace(CLIENT, grant_types=frozenset({"authorization_code"})))


def test_a_token_response_says_what_was_granted() -> None:
    answer = grants.token_response("at", expires_in=300, scope=("openid",), id_token="it", refresh_token=Secret("rt"))
    assert answer == {
        "access_token": "at",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "openid",
        "id_token": "it",
        "refresh_token": "rt",
    }
    assert "scope" not in grants.token_response("at", expires_in=300, scope=())


def test_each_entry_of_the_registry_has_its_line_of_documentation() -> None:
    assert set(GRANTS) == set(GrantType)
    assert all(entry.doc for entry in GRANTS.values())
