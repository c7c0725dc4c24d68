"""The price of a try under attack: found by work alone, never too high to be paid, and over when the wait is over."""

import hashlib
import itertools

from hypothesis import given
from hypothesis import strategies as st

from idp.authn.effort import HOTTEST, is_solved, price, seconds_left

TICKETS = st.text(min_size=1, max_size=60)


def solve(ticket: str, bits: int) -> str:
    """What the worker in the browser does, written apart from the rule."""
    for number in itertools.count():
        digest = hashlib.sha256(f"{ticket}:{number}".encode("utf-8", "surrogatepass")).digest()
        if "".join(f"{octet:08b}" for octet in digest).startswith("0" * bits):
            return str(number)
    raise AssertionError


@given(TICKETS, st.integers(1, 8))
def test_what_was_found_by_work_is_accepted_for_its_own_ticket(ticket: str, bits: int) -> None:
    answer = solve(ticket, bits)
    assert is_solved(ticket, answer, bits)
    assert not is_solved(ticket, answer, 200)


@given(TICKETS, st.text(max_size=40))
def test_nobody_answers_by_chance_or_by_odd_text(ticket: str, answer: str) -> None:
    assert not is_solved(ticket, answer, 100)


@given(TICKETS)
def test_an_answer_has_one_spelling_of_plain_digits(ticket: str) -> None:
    answer = solve(ticket, 1)
    for odd in (f" {answer}", f"+{answer}", f"{answer}.0", "٣", "", "9" * 17):
        assert not is_solved(ticket, odd, 0)


@given(st.integers(8, 24), st.integers(1, 600), st.integers(0, 50), st.integers(0, 50))
def test_more_heat_never_costs_less_and_never_becomes_a_lock(bits: int, wait: int, one: int, other: int) -> None:
    cool, hot = price(bits, wait, min(one, other)), price(bits, wait, max(one, other))
    assert cool.bits <= hot.bits <= bits + 2 * (HOTTEST - 1)
    assert wait <= cool.wait_seconds <= hot.wait_seconds <= 4 * wait


@given(st.integers(0, 2**33), st.integers(1, 600), st.integers(-(2**20), 2**20))
def test_a_wait_ends_and_is_never_longer_than_was_said(begun: int, wait: int, passed: int) -> None:
    left = seconds_left(begun, wait, begun + passed)
    assert 0 <= left <= wait
    assert (left == 0) is (passed >= wait)
