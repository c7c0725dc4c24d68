"""A code by message: good once, for ten minutes, for five guesses, and nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from idp.authn.message_code import CodePolicy, Kept, Verdict, from_json, is_code, judge, to_json

NOW = datetime(2026, 11, 28, 8, 30, tzinfo=UTC)
POLICY = CodePolicy()
RIGHT, WRONG = b"r" * 32, b"w" * 32
FRESH = Kept(RIGHT, NOW + POLICY.lifetime)

guesses = st.lists(st.tuples(st.sampled_from([RIGHT, WRONG]), st.integers(0, 700)), max_size=12)


@given(guesses)
def test_whatever_is_guessed_a_code_is_right_at_most_once_in_time_and_within_five_guesses(
    tried: list[tuple[bytes, int]],
) -> None:
    kept, rights, wrongs = FRESH, 0, 0
    for typed, seconds in sorted(tried, key=lambda one: one[1]):
        now = NOW + timedelta(seconds=seconds)
        verdict, after = judge(kept, typed, now, POLICY)
        if verdict is Verdict.RIGHT:
            rights += 1
            assert typed == RIGHT
            assert wrongs < POLICY.tries
            assert seconds < 600
        if verdict is Verdict.WRONG and seconds < 600:
            wrongs += 1
        kept = after or kept
    assert rights <= 1


def test_a_double_click_is_told_from_a_guess() -> None:
    _, spent = judge(FRESH, RIGHT, NOW, POLICY)
    assert spent is not None
    assert judge(spent, RIGHT, NOW, POLICY) == (Verdict.SPENT, None)
    assert judge(spent, WRONG, NOW, POLICY)[0] is Verdict.WRONG


def test_the_end_is_the_end() -> None:
    assert judge(FRESH, RIGHT, FRESH.ends_at - timedelta(seconds=1), POLICY)[0] is Verdict.RIGHT
    assert judge(FRESH, RIGHT, FRESH.ends_at, POLICY) == (Verdict.WRONG, None)
    assert judge(replace(FRESH, tries=POLICY.tries), RIGHT, NOW, POLICY) == (Verdict.WRONG, None)


@given(st.text())
def test_only_six_ascii_digits_are_a_code(text: str) -> None:
    assert is_code(text) == (len(text) == 6 and set(text) <= set("0123456789"))


@given(st.integers(0, 9), st.booleans())
def test_a_record_survives_its_storage(tries: int, spent: bool) -> None:
    kept = replace(FRESH, tries=tries, spent=spent)
    assert from_json(to_json(kept)) == kept
