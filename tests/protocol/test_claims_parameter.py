"""The claims parameter: OpenID Connect Core §5.5, total and storable."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.errors import InvalidRequest
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter, from_json, parse, to_json
from tests.protocol.build import hostile_text, json_values


def test_the_example_of_the_specification_is_read() -> None:
    document = {
        "userinfo": {"given_name": {"essential": True}, "nickname": None, "http://example.info/claims/groups": None},
        "id_token": {"auth_time": {"essential": True}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}},
        "ignored": 1,
    }
    claims = parse(json.dumps(document))
    assert claims.userinfo["given_name"] == ClaimRequest(essential=True)
    assert claims.userinfo["nickname"] == ClaimRequest()
    assert claims.id_token["acr"].values == ("urn:mace:incommon:iap:silver",)


def test_essential_false_said_aloud_is_voluntary() -> None:
    claims = parse('{"userinfo": {"email": {"essential": false}, "name": {}, "address": null}}')
    assert [claims.userinfo[name].voluntary for name in ("email", "name", "address")] == [True, False, False]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        "{",
        '{"userinfo": []}',
        '{"id_token": {"a": 1}}',
        '{"userinfo": {"a": {"essential": 1}}}',
        '{"userinfo": {"a": {"values": 1}}}',
        '{"userinfo": {"a": {"value": NaN}}}',
        '{"userinfo": {"a": {"value": 1e999}}}',
        '{"userinfo": {"\\u0000": null}}',
        '{"userinfo": {"a": {"value": "\\ud800"}}}',
        "[" * 100_000,
        '{"userinfo": {"a": {"value": 123456789012345678901234567890}}}',
        '{"userinfo": {"a": {"value": [[[[[[[[[[[[[1]]]]]]]]]]]]]}}}',
    ],
)
def test_what_is_no_claims_object_is_an_invalid_request(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse(text)


@given(hostile_text)
def test_every_text_is_claims_or_an_invalid_request(text: str) -> None:
    try:
        parse(text)
    except InvalidRequest:
        return


@given(json_values, json_values)
def test_what_was_read_can_be_stored_and_comes_back(userinfo: Any, id_token: Any) -> None:
    try:
        claims = parse(json.dumps({"userinfo": userinfo, "id_token": id_token}))
    except InvalidRequest:
        return
    stored = orjson.dumps(to_json(claims))
    assert b"\\u0000" not in stored
    assert from_json(orjson.loads(stored)) == claims
    assert parse(stored.decode()) == claims


plain_values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
)
requests = st.builds(
    lambda essential, values, aloud: ClaimRequest(essential, tuple(values), voluntary=aloud and not essential),
    st.booleans(),
    st.lists(plain_values, max_size=3),
    st.booleans(),
)
sections = st.dictionaries(
    st.sampled_from(["name", "email#vi", "acr", "sub", "http://example.info/claims/groups"]), requests
)


@given(st.builds(ClaimsParameter, sections, sections))
def test_a_stored_parameter_is_the_one_that_was_sent(claims: ClaimsParameter) -> None:
    assert from_json(orjson.loads(orjson.dumps(to_json(claims)))) == claims
    assert parse(json.dumps(to_json(claims))) == claims


def test_unknown_names_are_dropped_on_demand() -> None:
    claims = parse('{"userinfo": {"email": null, "x": null}, "id_token": {"y": null}}')
    assert claims.only({"email"}) == ClaimsParameter({"email": ClaimRequest()}, {})
    assert claims.names() == {"email", "x", "y"}
