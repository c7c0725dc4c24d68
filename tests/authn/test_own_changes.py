"""Who may change their own authenticators, and what may go."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn.authenticators import AUTHENTICATORS, LADDER, RESTRICTED_LADDER, reachable_level
from idp.authn.own_changes import FRESH, WAYS, guard, is_strongest, may_change, may_remove, may_switch_off
from idp.authn.proof import Proof
from idp.kernel.level import Level

NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
kinds = st.frozensets(st.sampled_from([*AUTHENTICATORS, "face"]))

_PRIMARY = {"password", "passkey", "vneid_1", "vneid_2", "sms_code", "email_code", "code_card"}
_STRONG = {"totp", "passkey", "code_card"}


def proofs(*methods: str, age: timedelta = timedelta(0), cap: Level = Level.HIGH) -> list[Proof]:
    return [Proof(method, NOW - age, method, cap=cap) for method in methods]


@given(kinds, kinds)
def test_a_change_needs_as_much_as_the_person_can_prove_or_a_code_on_paper(
    used: frozenset[str], enrolled: frozenset[str]
) -> None:
    if is_strongest(used, enrolled):
        paper = "recovery_code" in used and used & _PRIMARY
        assert paper or (reachable_level(used) or Level.BASIC) >= (reachable_level(enrolled) or Level.BASIC)
    assert not is_strongest(frozenset(), enrolled)
    assert not is_strongest({"totp"}, enrolled)
    assert not is_strongest({"recovery_code"}, enrolled)


def test_five_minutes_and_not_a_second_longer() -> None:
    assert may_change(proofs("password", "totp", age=FRESH), ["password", "totp"], NOW)
    assert not may_change(proofs("password", "totp", age=FRESH + timedelta(seconds=1)), ["password", "totp"], NOW)
    stale_password = [*proofs("totp"), *proofs("password", age=timedelta(minutes=6))]
    assert not may_change(stale_password, ["password", "totp"], NOW)
    assert not may_change(proofs("password", age=timedelta(seconds=-1)), ["password"], NOW)


def test_a_cap_weakens_a_sign_in_and_not_its_guard() -> None:
    assert not may_change(proofs("password"), ["password", "totp"], NOW)
    assert may_change(proofs("password", "totp", cap=Level.LOW), ["password", "totp"], NOW)


@given(st.sampled_from([*AUTHENTICATORS, "face"]), st.lists(st.sampled_from([*AUTHENTICATORS, "face"])))
def test_what_remains_opens_a_session_and_keeps_what_is_strong(kind: str, others: list[str]) -> None:
    if may_remove(kind, others):
        assert _PRIMARY & set(others)
        assert kind not in ("password", "pin", "face")
        assert not AUTHENTICATORS[kind].strong or _STRONG & set(others)


@pytest.mark.parametrize(
    ("kind", "others", "may"),
    [
        ("totp", ["password"], False),
        ("totp", ["password", "recovery_code"], False),
        ("totp", ["password", "passkey"], True),
        ("passkey", ["password", "totp"], True),
        ("passkey", ["totp"], False),
        ("recovery_code", ["password"], True),
        ("password", ["passkey", "passkey"], False),
    ],
)
def test_the_last_strong_one_never_goes(kind: str, others: list[str], may: bool) -> None:
    assert may_remove(kind, others) is may


@given(st.sampled_from([*WAYS, "face"]), kinds)
def test_whatever_is_forbidden_something_opens_a_session_and_something_strong_stays(
    way: str, here: frozenset[str]
) -> None:
    left = here - frozenset(WAYS.get(way, ()))
    if not may_switch_off(way, here):
        return
    assert way in WAYS
    if left & AUTHENTICATORS.keys() != here & AUTHENTICATORS.keys():
        assert _PRIMARY & left
        assert not here & (_STRONG | {"vneid_2"}) or left & (_STRONG | {"vneid_2"})


def test_every_kind_belongs_to_one_way() -> None:
    assert sorted(kind for of in WAYS.values() for kind in of) == sorted(AUTHENTICATORS)


def test_what_nobody_has_yet_is_forbidden_beforehand() -> None:
    assert may_switch_off("sms_code", {"password"})
    assert not may_switch_off("password", {"password", "totp"})
    assert may_switch_off("password", {"password", "passkey"})
    assert not may_switch_off("passkey", {"password", "passkey"}), "the only strong one"


def test_a_code_by_message_guards_an_account_that_has_nothing_better_and_no_other() -> None:
    assert guard({"password", "sms_code"}) is RESTRICTED_LADDER
    assert not is_strongest({"password"}, {"password", "sms_code"})
    assert is_strongest({"password", "sms_code"}, {"password", "sms_code"})
    assert guard({"password", "sms_code", "totp"}) is LADDER
    assert not is_strongest({"password", "sms_code"}, {"password", "sms_code", "totp"})
    assert not is_strongest({"sms_code"}, {"password", "sms_code"})
    assert is_strongest({"code_card", "pin"}, {"code_card", "pin", "sms_code"})
    assert not is_strongest({"code_card"}, {"code_card", "pin"})
