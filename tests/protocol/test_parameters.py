"""Parameters as they arrive: once each, no value is no parameter, no text that no store could hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.errors import InvalidRequest
from idp.protocol.parameters import Parameters
from tests.protocol.build import hostile_text

pairs = st.lists(st.tuples(st.sampled_from(["state", "nonce", "resource"]), hostile_text), max_size=6)


def test_a_repeated_parameter_is_an_invalid_request() -> None:
    with pytest.raises(InvalidRequest, match="invalid_request"):
        Parameters.of([("state", "a"), ("state", "a")]).one("state")


def test_a_parameter_without_a_value_is_absent() -> None:
    params = Parameters.of([("state", ""), ("nonce", "x")])
    assert params.one("state") is None
    assert not params.has("state")
    assert params.names() == {"nonce"}


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "x\udfff"])
def test_no_text_that_a_store_could_not_hold_gets_in(value: str) -> None:
    params = Parameters.of([("state", value)])
    with pytest.raises(InvalidRequest):
        params.one("state")
    assert params.peek("state") is None


def test_resource_may_be_repeated() -> None:
    assert Parameters.of([("resource", "a"), ("resource", "b")]).all("resource") == ("a", "b")


def test_a_printed_request_shows_no_value() -> None:
    assert "secret" not in repr(Parameters.of([("login_hint", "secret")]))


@given(pairs)
def test_reading_is_total_and_peek_agrees_with_one(given_pairs: list[tuple[str, str]]) -> None:
    params = Parameters.of(given_pairs)
    for name in ("state", "nonce", "resource", "absent"):
        try:
            assert params.one(name) == params.peek(name)
        except InvalidRequest:
            assert params.peek(name) is None


@given(pairs)
def test_pairs_come_back_as_they_went(given_pairs: list[tuple[str, str]]) -> None:
    params = Parameters.of(given_pairs)
    assert Parameters.of(params.as_pairs()) == params
    assert hash(Parameters.of(params.as_pairs())) == hash(params)
    assert not params.without("state").has("state")
