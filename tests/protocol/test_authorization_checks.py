"""The authorization request: a page before the redirect URI is proven, an OAuth error after, then a typed request."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.errors import OAuthError, PageError
from idp.protocol.authorization_checks import CHECKS, Endpoint, check, prove_client_and_redirect
from idp.protocol.authorization_parameters import DEFAULT_SIZE, SIZES
from idp.protocol.client import Client, ClientState
from idp.protocol.parameters import Parameters
from idp.protocol.request import AuthorizationRequest, Prompt, ResponseMode
from idp.protocol.request_codec import from_json, to_json
from tests.protocol.build import (
    API,
    CLIENT,
    DRAFT,
    ISSUER,
    NATIVE,
    POLICY,
    PUBLIC,
    REDIRECT_URI,
    hostile_text,
    json_values,
    parameters,
)

HINT = {"iss": ISSUER, "aud": CLIENT.client_id, "sub": "pairwise-sub", "sid": "s"}


def checked(params: Parameters, client: Client = CLIENT, **more: Any) -> AuthorizationRequest:
    return check(params, client, POLICY, **more)


def refusal(params: Parameters, client: Client = CLIENT, **more: Any) -> str:
    with pytest.raises(OAuthError) as caught:
        checked(params, client, **more)
    return caught.value.code


def test_a_good_request_becomes_a_typed_one() -> None:
    request = checked(parameters(("resource", API), prompt="login consent", max_age="60", ui_locales="vi en"))
    assert request.prompt == {Prompt.LOGIN, Prompt.CONSENT}
    assert (request.max_age, request.ui_locales, request.resource) == (60, ("vi", "en"), (API,))
    assert request.is_openid
    assert not request.wants_offline_access


# Before the redirect URI is proven


@pytest.mark.parametrize(
    ("params", "client", "key"),
    [
        (parameters(leave_out=["client_id"]), None, "client_id_missing"),
        (parameters(client_id="nobody"), None, "unknown_client"),
        (parameters(client_id="nobody"), CLIENT, "unknown_client"),
        (parameters(), replace(CLIENT, state=ClientState.DISABLED), "client_disabled"),
        (parameters(leave_out=["redirect_uri"]), CLIENT, "redirect_uri_missing"),
        (parameters(redirect_uri=REDIRECT_URI + "/"), CLIENT, "redirect_uri_mismatch"),
        (parameters(("redirect_uri", REDIRECT_URI)), CLIENT, "repeated_parameter"),
        (parameters(("client_id", "x")), CLIENT, "repeated_parameter"),
        (parameters(redirect_uri="\x00"), CLIENT, "repeated_parameter"),
    ],
)
def test_a_bad_client_or_redirect_uri_is_a_page_and_never_a_redirect(
    params: Parameters, client: Client | None, key: str
) -> None:
    with pytest.raises(PageError) as caught:
        prove_client_and_redirect(params, client)
    assert caught.value.key == key


def test_errors_go_back_in_the_mode_that_was_asked_with_the_state_that_came() -> None:
    proven = prove_client_and_redirect(parameters(response_mode="form_post"), CLIENT)
    assert (proven.response_mode, proven.state) == (ResponseMode.FORM_POST, "af0ifjsldkj")
    odd = prove_client_and_redirect(parameters(("state", "again"), response_mode="fragment"), CLIENT)
    assert (odd.response_mode, odd.state) == (ResponseMode.QUERY, None)
    assert prove_client_and_redirect(parameters(state="s" * 5000), CLIENT).state is None


# After it is proven


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "query.jwt"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": 'open"id'}, "invalid_scope"),
        ({"scope": "unknown"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1.5"}, "invalid_request"),
        ({"max_age": "٣"}, "invalid_request"),
        ({"max_age": "9" * 11}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://x.example/r"}, "request_uri_not_supported"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"id_token_hint": "eyJ"}, "invalid_request"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"nonce": "n" * 2000}, "invalid_request"),
        ({"state": "s" * 5000}, "invalid_request"),
        ({"nonce": "a\x00"}, "invalid_request"),
    ],
)
def test_what_the_specifications_refuse(changes: dict[str, str], code: str) -> None:
    assert refusal(parameters(**changes)) == code


@pytest.mark.parametrize("missing", ["response_type", "code_challenge", "code_challenge_method"])
def test_what_must_be_there(missing: str) -> None:
    assert refusal(parameters(leave_out=[missing])) == "invalid_request"


def test_a_request_without_scope_asks_for_nothing() -> None:
    assert refusal(parameters(leave_out=["scope"])) == "invalid_scope"


@pytest.mark.parametrize("name", ["state", "scope", "prompt", "nonce", "claims", "code_challenge", "ui_locales"])
def test_a_repeated_parameter_is_refused(name: str) -> None:
    assert refusal(parameters((name, "x"), (name, "y"))) == "invalid_request"


def test_a_client_without_the_code_grant_is_unauthorized() -> None:
    client = replace(CLIENT, grant_types=frozenset({"client_credentials"}))
    assert refusal(parameters(), client) == "unauthorized_client"


def test_pkce_may_be_left_out_only_by_a_confidential_client_that_registered_so() -> None:
    without = parameters(leave_out=["code_challenge", "code_challenge_method", "nonce"])
    lenient = replace(CLIENT, require_pkce=False)
    assert checked(without, lenient).code_challenge is None
    assert checked(parameters(), lenient).code_challenge is not None
    assert refusal(without, replace(PUBLIC, require_pkce=False)) == "invalid_request"


def test_a_client_that_must_push_may_not_ask_directly() -> None:
    client = replace(CLIENT, require_pushed_authorization_requests=True)
    assert refusal(parameters(), client) == "invalid_request"
    for endpoint in (Endpoint.PAR, Endpoint.PUSHED):
        assert checked(parameters(), client, endpoint=endpoint).client_id == client.client_id


def test_a_pushed_request_holds_no_request_uri() -> None:
    params = parameters(request_uri="urn:ietf:params:oauth:request_uri:x")
    assert refusal(params, endpoint=Endpoint.PAR) == "invalid_request"


def test_a_draft_client_asks_for_openid_whatever_it_says() -> None:
    assert checked(parameters(scope="openid profile email"), DRAFT).scope == ("openid",)


def test_plain_oauth_goes_without_openid() -> None:
    client = replace(CLIENT, scopes=CLIENT.scopes | {"hoso:read"})
    assert not checked(parameters(scope="hoso:read"), client).is_openid


def test_the_registrations_defaults_stand_where_the_request_is_silent() -> None:
    client = replace(CLIENT, default_max_age=600, default_acr_values=("a", "b"))
    assert checked(parameters(), client).max_age == 600
    assert checked(parameters(), client).acr_values == ("a", "b")
    request = checked(parameters(max_age="0", acr_values="c"), client)
    assert (request.max_age, request.acr_values) == (0, ("c",))


def test_a_login_hint_that_is_an_identity_number_is_dropped() -> None:
    hinted = parameters(login_hint="051090990218")
    assert checked(hinted, is_identity_number=str.isdigit).login_hint is None
    assert checked(parameters(login_hint="rin@example.vn"), is_identity_number=str.isdigit).login_hint is not None


def test_unknown_display_and_malformed_locales_are_ignored() -> None:
    request = checked(parameters(display="hologram", ui_locales="vi <script> en-US", claims_locales="km"))
    assert (request.display, request.ui_locales, request.claims_locales) == (None, ("vi", "en-US"), ("km",))
    assert checked(parameters(display="popup")).display == "popup"


@pytest.mark.parametrize(
    "hint",
    [
        None,
        {},
        {**HINT, "iss": "https://other.example"},
        {**HINT, "aud": "other"},
        {**HINT, "sub": 1},
        {**HINT, "aud": {}},
    ],
)
def test_a_hint_that_this_issuer_did_not_give_to_this_client_is_refused(hint: Mapping[str, Any] | None) -> None:
    assert refusal(parameters(id_token_hint="eyJ"), hint=hint) == "invalid_request"


def test_a_hint_names_the_person_and_so_does_a_sub_claim() -> None:
    assert checked(parameters(id_token_hint="eyJ"), hint=HINT).hinted_sub == "pairwise-sub"
    by_claim = json.dumps({"id_token": {"sub": {"value": "pairwise-sub"}}})
    assert checked(parameters(claims=by_claim)).hinted_sub == "pairwise-sub"
    both = parameters(claims=by_claim.replace("pairwise", "other"), id_token_hint="eyJ")
    assert refusal(both, hint=HINT) == "login_required"
    assert refusal(parameters(claims='{"id_token": {"sub": {"values": ["a", "b"]}}}')) == "invalid_request"


def test_there_is_an_end_to_the_resources_of_one_request() -> None:
    many = [f"https://api{number}.example.gov.vn" for number in range(11)]
    client = replace(CLIENT, resources=frozenset(many))
    assert refusal(parameters(*(("resource", uri) for uri in many)), client) == "invalid_target"
    assert checked(parameters(*(("resource", uri) for uri in many[:10])), client).resource == tuple(many[:10])


def test_unknown_claims_are_ignored() -> None:
    request = checked(parameters(claims='{"userinfo": {"email": null, "email#vi": null, "religion": null}}'))
    assert request.claims.names() == {"email", "email#vi"}


def test_a_native_app_is_answered_at_the_port_that_it_opened() -> None:
    params = parameters(client_id=NATIVE.client_id, redirect_uri="http://127.0.0.1:51004/cb")
    assert prove_client_and_redirect(params, NATIVE).redirect_uri == "http://127.0.0.1:51004/cb"


@pytest.mark.parametrize("name", [*SIZES, "prompt", "ui_locales", "display"])
def test_every_parameter_has_a_size(name: str) -> None:
    params = parameters(**{name: "a" * (SIZES.get(name, DEFAULT_SIZE) + 1)})
    assert refusal(params) in {"invalid_request", "invalid_scope"}


def test_the_table_names_each_check_once_and_gives_each_an_endpoint() -> None:
    assert len({row.name for row in CHECKS}) == len(CHECKS)
    assert all(row.endpoints for row in CHECKS)


# Laws

NAMES = [
    *("response_type", "client_id", "redirect_uri", "scope", "state", "response_mode", "nonce", "display", "prompt"),
    *("max_age", "ui_locales", "claims_locales", "id_token_hint", "login_hint", "acr_values", "claims"),
    *("code_challenge", "code_challenge_method", "resource", "request", "request_uri", "registration"),
]


@given(st.lists(st.tuples(st.sampled_from(NAMES), hostile_text), max_size=5), st.sampled_from(Endpoint), json_values)
def test_every_request_is_answered_with_a_request_or_a_registered_error(
    changes: list[tuple[str, str]], endpoint: Endpoint, hint: Any
) -> None:
    params = parameters(*changes, leave_out=[name for name, _ in changes])
    try:
        proven = prove_client_and_redirect(params, CLIENT)
        request = check(params, CLIENT, POLICY, endpoint=endpoint, hint=hint if isinstance(hint, dict) else None)
    except (PageError, OAuthError):
        return
    assert request.redirect_uri == proven.redirect_uri == REDIRECT_URI
    assert set(request.scope) <= CLIENT.scopes
    assert request.code_challenge is not None
    assert Prompt.NONE not in request.prompt or request.prompt == {Prompt.NONE}
    assert from_json(orjson.loads(orjson.dumps(to_json(request)))) == request
