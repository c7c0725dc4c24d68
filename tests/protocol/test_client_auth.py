"""Client authentication: one method, the registered one; assertions once, for us, and not for long."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.clock import epoch
from idp.kernel.errors import InvalidClient, InvalidRequest
from idp.kernel.secret import Secret
from idp.protocol import client_assertion
from idp.protocol.client import AuthMethod, Client, ClientState
from idp.protocol.client_auth import (
    ASSERTION_TYPE,
    Assertion,
    PresentedCredentials,
    Public,
    SecretBasic,
    SecretPost,
    check,
    parse,
)
from idp.protocol.parameters import Parameters
from tests.protocol.build import CLIENT, ISSUER, NOW, PUBLIC, SECRET, hostile_text, json_values

NOBODY = Parameters({})


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()


def jwt(claims: object) -> str:
    def part(document: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    return f"{part({'alg': 'ES256', 'kid': 'k'})}.{part(claims)}.c2lnbmF0dXJl"


def form(**values: str) -> Parameters:
    return Parameters.of(values.items())


def with_assertion(claims: object, **more: str) -> Parameters:
    return form(client_assertion=jwt(claims), client_assertion_type=ASSERTION_TYPE, **more)


@given(st.text(min_size=1, max_size=40).filter(lambda text: "\x00" not in text), st.text(max_size=40))
def test_basic_credentials_are_form_urlencoded_first(client_id: str, secret: str) -> None:
    presented = parse(basic(client_id, secret), NOBODY)
    assert isinstance(presented, SecretBasic)
    assert (presented.client_id, presented.secret.reveal()) == (client_id, secret)


def test_the_other_methods() -> None:
    assert parse(None, form(client_id="a", client_secret="b")) == SecretPost("a", Secret("b"))
    assert parse(None, form(client_id="a")) == Public("a")
    presented = parse(None, with_assertion({"iss": "a", "sub": "a"}))
    assert isinstance(presented, Assertion)
    assert presented.client_id == "a"


@pytest.mark.parametrize(
    ("authorization", "params"),
    [
        (basic("a", "b"), form(client_secret="b")),
        (basic("a", "b"), with_assertion({"iss": "a", "sub": "a"})),
        (None, with_assertion({"iss": "a", "sub": "a"}, client_secret="b", client_id="a")),
        (basic("a", "b"), form(client_id="other")),
        (None, form(client_assertion=jwt({}))),
        (None, form(client_assertion_type=ASSERTION_TYPE)),
        (None, Parameters.of([("client_id", "a"), ("client_id", "b")])),
        (None, Parameters.of([("client_id", "a"), ("client_secret", "b"), ("client_secret", "c")])),
    ],
)
def test_several_methods_are_an_invalid_request(authorization: str | None, params: Parameters) -> None:
    with pytest.raises(InvalidRequest):
        parse(authorization, params)


@pytest.mark.parametrize(
    ("authorization", "params"),
    [
        (None, NOBODY),
        (None, form(client_secret="b")),
        ("Bearer abc", NOBODY),
        ("Basic", NOBODY),
        ("Basic !!!", NOBODY),
        ("Basic " + base64.b64encode(b"no-colon").decode(), NOBODY),
        ("Basic " + base64.b64encode(b":secret").decode(), NOBODY),
        ("Basic " + base64.b64encode(b"\xff\xfe:x").decode(), NOBODY),
        ("Basic " + base64.b64encode(b"%ff:x").decode(), NOBODY),
        ("Basic " + base64.b64encode(b"a%00:x").decode(), NOBODY),
        ("Basic " + "A" * 9000, NOBODY),
        (None, form(client_assertion="x", client_assertion_type=ASSERTION_TYPE)),
        (None, form(client_assertion=jwt({"iss": "a", "sub": "a"}), client_assertion_type="saml")),
        (None, with_assertion({"iss": "a", "sub": "b"})),
        (None, with_assertion({"iss": "a\x00", "sub": "a\x00"})),
        (None, with_assertion([])),
        (None, with_assertion({"iss": "a", "sub": "a"}, client_id="b")),
    ],
)
def test_none_or_a_broken_one_is_an_invalid_client(authorization: str | None, params: Parameters) -> None:
    with pytest.raises(InvalidClient):
        parse(authorization, params)


fields = st.sampled_from(["client_id", "client_secret", "client_assertion", "client_assertion_type"])


@given(st.none() | hostile_text, st.lists(st.tuples(fields, hostile_text), max_size=5))
def test_parsing_is_total(authorization: str | None, pairs: list[tuple[str, str]]) -> None:
    try:
        presented = parse(authorization, Parameters.of(pairs))
    except (InvalidClient, InvalidRequest):
        return
    assert presented.client_id


METHODS: tuple[tuple[PresentedCredentials, AuthMethod], ...] = (
    (SecretBasic(CLIENT.client_id, SECRET), AuthMethod.CLIENT_SECRET_BASIC),
    (SecretPost(CLIENT.client_id, SECRET), AuthMethod.CLIENT_SECRET_POST),
    (Assertion(CLIENT.client_id, Secret("jwt")), AuthMethod.PRIVATE_KEY_JWT),
    (Public(CLIENT.client_id), AuthMethod.NONE),
)


@pytest.mark.parametrize(("presented", "method"), METHODS)
@pytest.mark.parametrize("registered", AuthMethod)
def test_only_the_registered_method_opens(
    presented: PresentedCredentials, method: AuthMethod, registered: AuthMethod
) -> None:
    client = replace(CLIENT, token_endpoint_auth_method=registered)
    if method is registered:
        check(presented, client)
        return
    with pytest.raises(InvalidClient):
        check(presented, client)


@pytest.mark.parametrize(
    ("presented", "client"),
    [
        (SecretBasic(CLIENT.client_id, Secret(SECRET.reveal()[:-1])), CLIENT),
        (SecretBasic(CLIENT.client_id, Secret("")), CLIENT),
        (SecretBasic(CLIENT.client_id, SECRET), replace(CLIENT, secret_digest=None)),
        (SecretBasic(CLIENT.client_id, SECRET), replace(CLIENT, state=ClientState.DISABLED)),
        (SecretBasic(CLIENT.client_id, SECRET), None),
        (SecretBasic("other", SECRET), CLIENT),
        (Public(PUBLIC.client_id), replace(PUBLIC, state=ClientState.DISABLED)),
    ],
)
def test_all_refusals_look_alike(presented: PresentedCredentials, client: Client | None) -> None:
    with pytest.raises(InvalidClient) as caught:
        check(presented, client)
    assert caught.value.description == "client authentication failed"


# Assertions

TOKEN_ENDPOINT = f"{ISSUER}/token"
AUDIENCES = (ISSUER, TOKEN_ENDPOINT, f"{ISSUER}/par")
CLAIMS = {"iss": "svc", "sub": "svc", "aud": TOKEN_ENDPOINT, "jti": "once", "exp": epoch(NOW) + 60}


@pytest.mark.parametrize(
    "aud", [ISSUER, TOKEN_ENDPOINT, f"{ISSUER}/par", [ISSUER], ["https://x.example", TOKEN_ENDPOINT]]
)
def test_an_assertion_for_us_is_used_once_until_it_expires(aud: object) -> None:
    use = client_assertion.check({**CLAIMS, "aud": aud, "iat": epoch(NOW)}, "svc", AUDIENCES, NOW)
    assert use.jti_digest == Secret("once").digest()
    assert use.expires_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"sub": "other"},
        {"iss": None},
        {"aud": f"{ISSUER}/userinfo"},
        {"aud": []},
        {"aud": None},
        {"aud": {}},
        {"aud": [None, 1]},
        {"jti": None},
        {"jti": ""},
        {"jti": 1},
        {"jti": "x" * 300},
        {"exp": None},
        {"exp": epoch(NOW)},
        {"exp": epoch(NOW) + 600},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1e300},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": -1},
        {"exp": 10**400},
        {"nbf": epoch(NOW) + 60},
        {"iat": epoch(NOW) + 60},
        {"nbf": "x"},
    ],
)
def test_what_an_assertion_may_not_be(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidClient):
        client_assertion.check({**CLAIMS, **changes}, "svc", AUDIENCES, NOW)


@given(st.dictionaries(st.sampled_from(["iss", "sub", "aud", "jti", "exp", "nbf", "iat"]), json_values))
def test_every_assertion_gets_an_answer(changes: dict[str, Any]) -> None:
    try:
        use = client_assertion.check({**CLAIMS, **changes}, "svc", AUDIENCES, NOW)
    except InvalidClient:
        return
    assert NOW < use.expires_at <= NOW + timedelta(minutes=5, seconds=10)


@given(hostile_text, json_values)
def test_reading_an_unverified_assertion_is_total(text: str, document: Any) -> None:
    for assertion in (text, f"{text}.{text}.{text}", jwt(document)):
        client_assertion.header(assertion)
        client_id = client_assertion.claimed_client_id(assertion)
        assert client_id is None or (client_id.isascii() and client_id.isprintable())


def test_a_registered_algorithm_is_the_only_one_and_none_is_never_one() -> None:
    assert client_assertion.allowed_algs(replace(CLIENT, token_endpoint_auth_signing_alg="ES256")) == ("ES256",)
    assert client_assertion.allowed_algs(replace(CLIENT, token_endpoint_auth_signing_alg="none")) == ()
    assert not {"none", "HS256"} & set(client_assertion.allowed_algs(CLIENT))
