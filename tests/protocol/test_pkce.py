"""RFC 7636: S256 alone, and neither half without the other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.errors import InvalidGrant, InvalidRequest
from idp.protocol.pkce import challenge_of, check_challenge, same
from tests.protocol.build import CHALLENGE, VERIFIER, hostile_text

verifiers = st.from_regex(r"[A-Za-z0-9\-._~]{43,128}", fullmatch=True)


def test_the_example_of_the_rfc_holds() -> None:
    assert challenge_of(VERIFIER) == CHALLENGE
    assert same(CHALLENGE, VERIFIER)


@given(verifiers, verifiers)
def test_only_its_own_verifier_opens_a_challenge(one: str, other: str) -> None:
    challenge = challenge_of(one)
    assert check_challenge(challenge, "S256", required=True) == challenge
    assert same(challenge, other) is (one == other)


@given(hostile_text)
def test_a_verifier_without_a_challenge_and_the_reverse_are_refused(text: str) -> None:
    assert not same(None, text)
    assert not same(CHALLENGE, None)
    assert same(None, None)


@pytest.mark.parametrize("verifier", ["a" * 42, "a" * 129, "a" * 42 + "é", "a" * 42 + " ", "a" * 43 + "\n", ""])
def test_a_malformed_verifier_belongs_to_no_code(verifier: str) -> None:
    with pytest.raises(InvalidGrant):
        challenge_of(verifier)
    assert not same(CHALLENGE, verifier)


@pytest.mark.parametrize("method", [None, "plain", "s256", "none"])
def test_no_method_but_s256_is_accepted(method: str | None) -> None:
    with pytest.raises(InvalidRequest):
        check_challenge(CHALLENGE, method, required=False)


@pytest.mark.parametrize("challenge", ["a" * 42, "a" * 44, CHALLENGE + "=", "+" * 43, CHALLENGE[:-1] + "B", "é" * 43])
def test_a_challenge_is_a_sha_256_value(challenge: str) -> None:
    with pytest.raises(InvalidRequest):
        check_challenge(challenge, "S256", required=False)


def test_only_who_need_not_send_a_challenge_may_leave_it_out() -> None:
    assert check_challenge(None, None, required=False) is None
    with pytest.raises(InvalidRequest):
        check_challenge(None, None, required=True)
    with pytest.raises(InvalidRequest):
        check_challenge(None, "S256", required=False)
