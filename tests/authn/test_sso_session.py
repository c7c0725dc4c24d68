"""The single sign-on session: its limits, what idleness takes for good, and when a sign-in is fresh."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from idp.authn.authenticators import RESTRICTED_LADDER, level_of
from idp.authn.sso_session import (
    Proof,
    Session,
    SessionPolicy,
    ends_at,
    is_alive,
    is_fresh,
    needs_touch,
    session_level,
    surviving_proofs,
)
from idp.authn.throttle import ThrottlePolicy
from idp.kernel.level import Level

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
POLICY = SessionPolicy()
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def session(*methods: str, begun: timedelta = timedelta(0), seen: timedelta = timedelta(0)) -> Session:
    proofs = tuple(Proof(method, NOW - begun, "a") for method in methods)
    return Session("s", "p", proofs, NOW - begun, NOW - seen)


spans = st.timedeltas(timedelta(0), timedelta(hours=14))
sessions = st.builds(
    lambda methods, begun, seen: session(*methods, begun=begun, seen=min(begun, seen)),
    st.lists(st.sampled_from(["password", "totp", "face"]), max_size=2, unique=True),
    spans,
    spans,
)


def test_a_fresh_session_bears_what_was_proven() -> None:
    assert session_level(session("password"), NOW, POLICY) is Level.LOW
    assert session_level(session("password", "totp"), NOW, POLICY) is Level.SUBSTANTIAL
    assert session_level(session(), NOW, POLICY) is None


def test_the_ceiling_of_twelve_hours_and_the_idle_hour() -> None:
    assert session_level(session("password", begun=12 * HOUR), NOW, POLICY) is None
    assert session_level(session("password", begun=12 * HOUR - MINUTE), NOW, POLICY) is Level.LOW
    assert session_level(session("password", begun=2 * HOUR, seen=HOUR), NOW, POLICY) is None
    assert ends_at(session("password", begun=HOUR), POLICY) == NOW + 11 * HOUR


def test_a_higher_level_tires_sooner() -> None:
    tired = session("password", "totp", begun=2 * HOUR, seen=40 * MINUTE)
    assert session_level(tired, NOW, POLICY) is Level.LOW


def test_what_idleness_took_does_not_come_back_with_the_next_click() -> None:
    tired = session("password", "totp", begun=2 * HOUR, seen=40 * MINUTE)
    touched = replace(tired, proofs=surviving_proofs(tired, NOW, POLICY), last_seen_at=NOW)
    assert [proof.method for proof in touched.proofs] == ["password"]
    assert session_level(touched, NOW, POLICY) is Level.LOW


def test_a_signed_out_session_is_dead_at_every_level() -> None:
    ended = replace(session("password", "totp"), ended_at=NOW)
    assert session_level(ended, NOW, POLICY) is None
    assert not any(is_alive(ended, level, NOW, POLICY) for level in Level)


def test_signing_in_anew_moves_the_ceiling_and_a_code_alone_does_not() -> None:
    old = session("password", begun=11 * HOUR)
    with_code = replace(old, proofs=(*old.proofs, Proof("totp", NOW, "t")))
    assert ends_at(with_code, POLICY) == ends_at(old, POLICY)
    again = replace(old, proofs=(Proof("password", NOW, "a"),))
    assert ends_at(again, POLICY) == NOW + 12 * HOUR


def test_a_sign_of_life_is_written_once_a_minute() -> None:
    assert not needs_touch(session("password", begun=HOUR, seen=MINUTE / 2), NOW, POLICY)
    assert needs_touch(session("password", begun=HOUR, seen=MINUTE), NOW, POLICY)


@given(sessions, spans)
def test_no_level_rises_by_waiting(one: Session, later: timedelta) -> None:
    now, then = session_level(one, NOW, POLICY), session_level(one, NOW + later, POLICY)
    assert (then or Level.BASIC) <= (now or Level.BASIC)
    assert now is None or now <= (level_of(one.proofs, NOW) or Level.BASIC)
    kept = replace(one, proofs=surviving_proofs(one, NOW, POLICY), last_seen_at=NOW)
    assert session_level(kept, NOW, POLICY) == now


# Freshness


def fresh(one: Session, max_age: int | None = None, *, begun: timedelta = timedelta(0), login: bool = False) -> bool:
    return is_fresh(one, max_age, NOW - begun, prompt_login=login, now=NOW)


def test_prompt_login_wants_a_sign_in_since_the_interaction_began() -> None:
    assert not fresh(session("password", begun=HOUR), login=True)
    assert fresh(session("password", begun=MINUTE), begun=2 * MINUTE, login=True)


def test_max_age_counts_from_the_last_sign_in() -> None:
    assert fresh(session("password", begun=HOUR), 3600)
    assert not fresh(session("password", begun=HOUR), 3599)
    assert not fresh(session("password", begun=MINUTE), 0)


def test_max_age_zero_never_loops() -> None:
    assert fresh(session("password", begun=MINUTE), 0, begun=2 * MINUTE)


def test_a_code_alone_renews_no_sign_in() -> None:
    old = session("password", begun=HOUR)
    with_code = replace(old, proofs=(*old.proofs, Proof("totp", NOW, "t")))
    assert not fresh(with_code, login=True, begun=MINUTE)
    assert not fresh(with_code, 60, begun=MINUTE)


@given(sessions, st.none() | st.integers(0, 10**10), spans, st.booleans())
def test_whoever_signed_in_since_the_beginning_is_fresh(
    one: Session, max_age: int | None, begun: timedelta, login: bool
) -> None:
    signed_in = [proof.at for proof in one.proofs if proof.method == "password"]
    if signed_in and max(signed_in) >= NOW - begun:
        assert fresh(one, max_age, begun=begun, login=login)
    elif login or not signed_in:
        assert not fresh(one, max_age, begun=begun, login=login)


def test_throttling_locks_nobody_out() -> None:
    for policy in (ThrottlePolicy.strict(), ThrottlePolicy.lenient()):
        assert 0 < policy.free_tries <= policy.pair_limit <= policy.account_limit <= policy.address_limit
        assert policy.window_seconds <= 3600


def test_what_a_code_by_sms_bore_for_a_lenient_service_lapses_by_idleness_and_does_not_come_back() -> None:
    proofs = (Proof("password", NOW, "a1"), Proof("sms_code", NOW, "a2"))
    one, policy = Session("s1", "lai", proofs, NOW, NOW), SessionPolicy()
    assert session_level(one, NOW, policy, RESTRICTED_LADDER) is Level.SUBSTANTIAL
    assert surviving_proofs(one, NOW, policy) == proofs
    later = NOW + timedelta(minutes=31)
    touched = replace(one, proofs=surviving_proofs(one, later, policy), last_seen_at=later)
    assert {proof.method for proof in touched.proofs} == {"password", "sms_code"}
    assert session_level(touched, later, policy, RESTRICTED_LADDER) is Level.LOW
    fresh = (*touched.proofs[:1], Proof("sms_code", later, "a2"))
    assert session_level(replace(touched, proofs=fresh), later, policy, RESTRICTED_LADDER) is Level.SUBSTANTIAL
