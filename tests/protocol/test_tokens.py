"""What stands in tokens: ID token, access token, logout token; and where an access token opens a door."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.clock import epoch
from idp.kernel.errors import InsufficientScope, InvalidRequest, InvalidTarget, InvalidToken, OAuthError
from idp.kernel.level import Level
from idp.protocol import access_token, id_token, logout_token
from idp.protocol.parameters import Parameters
from tests.protocol.build import API, CLIENT, GRANT, ISSUER, NOW, POLICY, hostile_text, json_values

AT_EPOCH = epoch(NOW)
OTHER_API = "https://api.example.gov.vn/dat-dai"


def id_payload(**changes: Any) -> dict[str, Any]:
    return id_token.payload(
        POLICY, GRANT, level=Level.LOW, amr=("pwd",), now=NOW + timedelta(hours=1), alg="ES256", **changes
    )


def test_the_id_token_says_who_when_and_how() -> None:
    assert id_payload(access_token="a.b.c", nonce=GRANT.nonce) == {
        "iss": ISSUER,
        "sub": "pairwise-sub",
        "aud": CLIENT.client_id,
        "exp": AT_EPOCH + 3600 + 300,
        "iat": AT_EPOCH + 3600,
        "auth_time": AT_EPOCH,
        "acr": f"{ISSUER}/loa/low",
        "amr": ["pwd"],
        "sid": "sid-of-this-client",
        "nonce": "n-0S6_WzA2Mj",
        "at_hash": id_token.at_hash("a.b.c", "ES256"),
    }


def test_at_hash_is_that_of_a_known_pair() -> None:
    # OpenID Connect Core, appendix A.3: access token and at_hash.
    assert id_token.at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"


def test_released_claims_never_override_the_protocols_own() -> None:
    forged = dict.fromkeys(("iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid"), "forged")
    assert "forged" not in id_payload(claims={**forged, "email": "rin@example.vn"}).values()


def test_a_refreshed_id_token_keeps_auth_time_and_has_no_nonce() -> None:
    assert "nonce" not in id_payload()
    assert id_payload()["auth_time"] == AT_EPOCH


def payload(**changes: Any) -> dict[str, Any]:
    given_values: dict[str, Any] = {"scope": ("openid", "profile"), "audience": (ISSUER,), "jti": "g.r", **changes}
    return access_token.payload(POLICY, GRANT, level=Level.LOW, amr=("pwd",), now=NOW, **given_values)


def test_the_access_token_holds_no_personal_data() -> None:
    assert payload() == {
        "iss": ISSUER,
        "exp": AT_EPOCH + 300,
        "aud": ISSUER,
        "sub": "pairwise-sub",
        "client_id": CLIENT.client_id,
        "iat": AT_EPOCH,
        "jti": "g.r",
        "scope": "openid profile",
        "auth_time": AT_EPOCH,
        "acr": f"{ISSUER}/loa/low",
        "amr": ["pwd"],
    }
    assert GRANT.person_id not in json.dumps(payload())


def test_a_clients_own_token_has_the_client_as_subject() -> None:
    own = access_token.client_payload(POLICY, "svc", scope=(), audience=(API, OTHER_API), jti="cc.r", now=NOW)
    assert (own["sub"], own["client_id"], own["aud"]) == ("svc", "svc", [API, OTHER_API])
    assert "acr" not in own
    assert "auth_time" not in own


def test_a_token_without_resource_is_for_userinfo_alone() -> None:
    assert access_token.audience(ISSUER, CLIENT, (), ()) == (ISSUER,)
    access_token.check_at_userinfo(payload(), ISSUER)


def test_a_token_bound_to_an_api_opens_nothing_here() -> None:
    with pytest.raises(InvalidToken):
        access_token.check_at_userinfo(payload(audience=(API,)), ISSUER)
    access_token.check_at_userinfo(payload(audience=(API, ISSUER)), ISSUER)
    with pytest.raises(InsufficientScope):
        access_token.check_at_userinfo(payload(scope=("profile",)), ISSUER)


apis = st.lists(st.sampled_from([API, OTHER_API, ISSUER, "https://evil.example"]), max_size=3, unique=True).map(tuple)


@given(apis, apis)
def test_audiences_only_ever_narrow(granted: tuple[str, ...], asked: tuple[str, ...]) -> None:
    try:
        bound = access_token.audience(ISSUER, CLIENT, granted, asked)
    except InvalidTarget:
        assert not set(asked) <= (set(granted) or {API, ISSUER})
        return
    assert bound
    assert set(bound) <= (set(granted) or {*CLIENT.resources, ISSUER})
    assert not asked or bound == asked


def test_the_grant_is_found_in_the_jti() -> None:
    jti = access_token.new_jti(GRANT.id)
    assert access_token.grant_id_of(jti) == GRANT.id
    assert jti != access_token.new_jti(GRANT.id)
    assert access_token.grant_id_of(access_token.new_jti()) is None


@given(json_values)
def test_every_jti_and_every_payload_gets_an_answer(value: Any) -> None:
    access_token.grant_id_of(value)
    for claims in ({"aud": value, "scope": "openid"}, {"aud": ISSUER, "scope": value}):
        try:
            access_token.check_at_userinfo(claims, ISSUER)
        except OAuthError:
            continue


@pytest.mark.parametrize("header", ["Bearer abc.def", "bearer abc.def", "BEARER  abc.def "])
def test_a_bearer_token_in_the_header(header: str) -> None:
    token = access_token.bearer(header)
    assert token is not None
    assert token.reveal() == "abc.def"


def test_a_bearer_token_in_the_form_but_never_in_both() -> None:
    form = Parameters.of([("access_token", "abc")])
    token = access_token.bearer(None, form)
    assert token is not None
    assert token.reveal() == "abc"
    with pytest.raises(InvalidRequest):
        access_token.bearer("Bearer abc", form)


def test_no_token_is_no_error_yet() -> None:
    assert access_token.bearer(None) is None
    assert access_token.bearer("Basic abc") is None


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer é", "Bearer " + "a" * 9000]
)
def test_a_malformed_bearer_token_is_invalid(header: str) -> None:
    with pytest.raises(InvalidToken):
        access_token.bearer(header)


@given(hostile_text, hostile_text)
def test_every_header_gets_an_answer(header: str, value: str) -> None:
    try:
        access_token.bearer(header, Parameters.of([("access_token", value)]))
        access_token.bearer(None, Parameters.of([("access_token", value)]))
    except OAuthError:
        return


def test_a_logout_token_always_names_the_session() -> None:
    token = logout_token.payload(ISSUER, CLIENT.client_id, "sub", "sid", "jti", NOW)
    assert token["sid"] == "sid"
    assert token["exp"] - token["iat"] == 120
    assert token["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in token


def test_two_granted_apis_are_both_meant() -> None:
    both = replace(GRANT, resource=(API, OTHER_API))
    assert access_token.audience(ISSUER, CLIENT, both.resource, ()) == (API, OTHER_API)
