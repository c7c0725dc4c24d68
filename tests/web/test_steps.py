"""A transition token opens one step of one interaction in one browser, and nothing else."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from idp.web import csrf
from idp.web.steps import Transition, seal, verify

KEY = bytes(range(32))
_transitions = st.builds(Transition, *[st.text(max_size=12)] * 4)


@given(_transitions)
def test_a_token_opens_its_own_step(transition: Transition) -> None:
    assert verify(KEY, transition, seal(KEY, transition))


@given(_transitions, _transitions)
def test_a_token_opens_no_other_step(one: Transition, other: Transition) -> None:
    assert verify(KEY, other, seal(KEY, one)) is (one == other)


@given(_transitions, st.text(max_size=60))
def test_what_was_not_sealed_opens_nothing(transition: Transition, guess: str) -> None:
    assert verify(KEY, transition, guess) is (guess == seal(KEY, transition))
    assert not verify(KEY, transition, None)


def test_text_can_not_move_from_one_part_to_the_next() -> None:
    one = Transition("ab", "c", "login", "n")
    assert seal(KEY, one) != seal(KEY, replace(one, browser="a", interaction="bc"))


def test_another_key_makes_another_token() -> None:
    transition = Transition("b", "i", "login", "n")
    assert not verify(bytes(32), transition, seal(KEY, transition))


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_form_token_serves_one_session_and_one_act(session: str, act: str) -> None:
    token = csrf.token(KEY, session, act)
    assert csrf.verify(KEY, session, act, token)
    assert not csrf.verify(KEY, session + "x", act, token)
    assert not csrf.verify(KEY, session, act + "x", token)


def test_a_request_from_another_site_is_seen() -> None:
    origin = "https://dangnhap.quangngai.gov.vn"
    assert csrf.is_same_origin({"sec-fetch-site": "same-origin"}, origin)
    assert csrf.is_same_origin({"origin": origin}, origin)
    assert csrf.is_same_origin({}, origin)
    assert not csrf.is_same_origin({"sec-fetch-site": "cross-site", "origin": origin}, origin)
    assert not csrf.is_same_origin({"sec-fetch-site": "same-site"}, origin)
    assert not csrf.is_same_origin({"origin": "null"}, origin)
