"""Roots of proofs: nobody who holds one thing proves two."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn import recovery_rules, roots
from idp.authn.authenticators import AUTHENTICATORS
from idp.authn.recovery_rules import Phase, Recovery, State
from idp.authn.roots import Root, RootProof, root_of

NOW = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
AGE = timedelta(hours=1)
ON_THE_PHONE = ("sms_code", "vneid_1", "vneid_2", "passkey", "totp")
seconds = st.integers(-10_000_000, 10_000_000).map(lambda n: NOW + timedelta(seconds=n))
proofs = st.lists(
    st.builds(RootProof, st.sampled_from(Root), st.sampled_from(ON_THE_PHONE), seconds, seconds), max_size=6
)


@pytest.mark.parametrize("method", ON_THE_PHONE)
def test_whatever_an_unlocked_phone_does_has_one_root(method: str) -> None:
    assert root_of(method, NOW - timedelta(days=900), NOW) is Root.PHONE


@given(seconds)
def test_an_e_mail_address_counts_by_itself_once_it_was_confirmed_for_thirty_days(since: datetime) -> None:
    young = NOW - since < timedelta(days=30)
    assert root_of("email_code", since, NOW) is (Root.PHONE if young else Root.EMAIL)


@pytest.mark.parametrize("method", ["password", "pin", "", "no such method"])
def test_what_is_known_or_unknown_has_no_root(method: str) -> None:
    assert root_of(method, NOW - timedelta(days=900), NOW) is None


def test_no_authenticator_is_forgotten() -> None:
    """A new kind has a root, or is something known: whoever adds one decides here."""
    known = {"password", "pin"}
    assert {kind for kind in AUTHENTICATORS if root_of(kind, NOW - timedelta(days=900), NOW) is None} <= known


@given(proofs)
def test_two_different_roots_are_enough_and_nothing_else(made: list[RootProof]) -> None:
    found = roots.proven(made, NOW, AGE)
    assert roots.is_enough(found) is (len(found) >= 2)
    assert all(any(one.root is root and one.at <= NOW < one.at + AGE for one in made) for root in found)


@given(proofs, seconds)
def test_what_was_added_after_the_event_never_undoes_it(made: list[RootProof], event: datetime) -> None:
    before = roots.proven(made, NOW, AGE, before=event)
    assert before <= roots.proven(made, NOW, AGE)
    assert all(any(one.root is root and one.since < event for one in made) for root in before)


@given(proofs, st.timedeltas(min_value=timedelta(hours=1), max_value=timedelta(days=400)))
def test_no_jump_of_the_clock_makes_an_old_proof_new(made: list[RootProof], jump: timedelta) -> None:
    past = [one for one in made if one.at <= NOW]
    assert roots.proven(past, NOW + jump, AGE) == frozenset()
    assert roots.proven([one for one in made if one.at > NOW], NOW, AGE) == frozenset()


def _recovery(state: State = State.RUNNING) -> Recovery:
    due = NOW + timedelta(days=1)
    return Recovery("r", "p", state, NOW, due, due + timedelta(days=7), b"")


@given(seconds, st.sampled_from(State))
def test_a_recovery_is_finished_after_its_day_and_within_its_week_alone(at: datetime, state: State) -> None:
    found = recovery_rules.phase(_recovery(state), at)
    within = NOW + timedelta(days=1) <= at < NOW + timedelta(days=8)
    assert (found is Phase.DUE) is (state is State.RUNNING and within)
    assert state is State.RUNNING or found is Phase.OVER
