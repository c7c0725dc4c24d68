"""Pushed requests and authorization responses: references, answers, and the issuer in each."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.errors import AccessDenied, InvalidRequest
from idp.kernel.secret import Secret
from idp.protocol import par, response
from idp.protocol.client import ClientState
from tests.protocol.build import CLIENT, ISSUER, POLICY, REDIRECT_URI, hostile_text, parameters, request


def test_a_reference_is_ours_or_nobodys() -> None:
    uri, secret = par.new_request_uri()
    assert uri.startswith("urn:ietf:params:oauth:request_uri:")
    assert par.reference(uri) == secret
    assert par.response(uri, POLICY) == {"request_uri": uri, "expires_in": 90}


@given(hostile_text, st.integers(0, 90))
def test_a_mutated_or_truncated_reference_is_nobodys(text: str, at: int) -> None:
    uri, secret = par.new_request_uri()
    for other in (text, uri[:at], uri + text if text else uri + "x", uri.upper()):
        found = par.reference(other)
        assert found is None or found != secret or other == uri


def test_a_wrong_redirect_uri_is_told_in_json() -> None:
    assert par.check_push(parameters(), CLIENT).redirect_uri == REDIRECT_URI
    assert par.check_push(parameters(leave_out=["client_id"]), CLIENT).client is CLIENT
    for params in (parameters(redirect_uri="https://evil.example"), parameters(client_id="other")):
        with pytest.raises(InvalidRequest):
            par.check_push(params, CLIENT)
    with pytest.raises(InvalidRequest):
        par.check_push(parameters(), replace(CLIENT, state=ClientState.DISABLED))


def test_good_and_bad_answers_carry_state_and_issuer() -> None:
    good = response.success(request(state="xyz"), Secret("code"), ISSUER)
    assert good == {"code": "code", "state": "xyz", "iss": ISSUER}
    bad = response.failure(AccessDenied("the person said no"), "xyz", ISSUER)
    assert bad == {"error": "access_denied", "error_description": "the person said no", "state": "xyz", "iss": ISSUER}
    assert "state" not in response.success(request(), Secret("code"), ISSUER)


def test_error_descriptions_are_ascii_without_quotes() -> None:
    described = response.failure(AccessDenied('người "x" \\ y'), None, ISSUER)["error_description"]
    assert described.isascii()
    assert not set(described) & {'"', "\\"}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.sampled_from(["", "?a=1", "?", "?a=1&"]))
def test_a_redirect_keeps_its_own_query_and_tells_the_state_exactly(state: str, query: str) -> None:
    location = response.redirect_location(REDIRECT_URI + query, {"code": "c", "state": state})
    assert location.startswith(REDIRECT_URI)
    assert location.isascii()
    told = dict(parse_qsl(urlsplit(location).query, keep_blank_values=True))
    assert told == {**({"a": "1"} if "a" in query else {}), "code": "c", "state": state}
