"""No single hand changes what counts of an upstream, whatever is proposed and approved in whichever order."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from idp.identity.two_hands import Objection, objection
from idp.identity.upstream_pin import Pin, Proposal, differences, from_json, to_json

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
words = st.text(min_size=1, max_size=20)
pins = st.builds(Pin, words, words, words, words, st.booleans(), st.frozensets(words, max_size=4))
hands = st.sampled_from(["cli:an", "cli:binh", "cli:root"])


@given(pins)
def test_it_is_read_back_as_it_was_written(pin: Pin) -> None:
    assert from_json(to_json(pin)) == pin
    assert from_json(to_json(pin)).fingerprint == pin.fingerprint


@given(pins, pins)
def test_a_single_letter_is_another_fingerprint_and_is_named(one: Pin, other: Pin) -> None:
    assert (one.fingerprint == other.fingerprint) is (one == other)
    assert (differences(one, other) == ()) is (one == other)
    moved = replace(one, token_endpoint=one.token_endpoint + "/")
    assert differences(one, moved) == ("token_endpoint",)
    assert differences(None, one) == ("everything",)


@given(pins, hands, hands, st.booleans(), st.text(max_size=30))
def test_the_proposing_hand_never_approves(pin: Pin, one: str, other: str, done: bool, typed: str) -> None:
    proposal = Proposal("1", pin, NOW, one, NOW if done else None, "cli:cuc" if done else None)
    said = objection(proposal, pin.fingerprint, other)
    assert (said is None) is (one != other and not done)
    if typed != pin.fingerprint:
        assert objection(proposal, typed, other) is Objection.UNKNOWN
    assert objection(None, pin.fingerprint, other) is Objection.UNKNOWN
