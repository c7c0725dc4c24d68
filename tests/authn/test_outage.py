"""The circuit breaker: several people have to be turned away in a row before anybody speaks of an outage."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from idp.authn import outage
from idp.authn.outage import Breaker, BreakerPolicy, Phase

POLICY = BreakerPolicy()
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def after(*browsers: str, apart: timedelta = SECOND, breaker: Breaker | None = None) -> Breaker:
    found = breaker or Breaker()
    for turn, browser in enumerate(browsers):
        found = outage.after_failure(found, browser, NOON + turn * apart, POLICY)
    return found


@given(st.integers(1, 50))
def test_one_person_never_declares_an_outage_however_often_they_try(tries: int) -> None:
    assert not outage.is_outage(after(*["lai"] * tries, apart=timedelta(0)))


@given(st.lists(st.sampled_from("abc"), max_size=POLICY.failures - 1))
def test_few_failures_are_none(browsers: list[str]) -> None:
    assert not outage.is_outage(after(*browsers))


def test_several_people_turned_away_in_a_row_are_an_outage_and_one_who_came_through_ends_it() -> None:
    away = after("a", "b", "c", "a", "b")
    assert outage.is_outage(away)
    assert not outage.is_outage(outage.after_success(away))
    mixed = outage.after_success(after("a", "b", "c", "a"))
    assert not outage.is_outage(after("b", breaker=mixed))


def test_failures_of_long_ago_do_not_count() -> None:
    assert not outage.is_outage(after("a", "b", "c", "a", "b", apart=POLICY.window / 2))


def test_after_its_rest_somebody_may_try_and_a_failed_try_begins_the_rest_anew() -> None:
    away = after("a", "b", "c", "a", "b")
    assert away.opened_at is not None
    rested = away.opened_at + POLICY.rest
    assert outage.phase(Breaker(), NOON, POLICY) is Phase.CLOSED
    assert outage.phase(away, rested - SECOND, POLICY) is Phase.OPEN
    assert outage.phase(away, rested, POLICY) is Phase.TRIAL
    still = outage.after_failure(away, "d", rested, POLICY)
    assert outage.phase(still, rested + SECOND, POLICY) is Phase.OPEN
    assert outage.is_outage(still)


@given(st.lists(st.sampled_from("abcd"), max_size=12))
def test_what_the_nodes_share_says_the_same_on_each(browsers: list[str]) -> None:
    breaker = after(*browsers)
    assert outage.from_json(outage.to_json(breaker)) == breaker
