"""Authenticators: what proofs are worth together, and what to ask for next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn.authenticators import (
    AUTHENTICATORS,
    LADDER,
    RESTRICTED_LADDER,
    alternatives,
    amr_of,
    highest_level,
    is_phishing_resistant,
    ladder,
    level_of,
    living,
    next_proofs,
    proof_from_json,
    proof_to_json,
    reachable_level,
)
from idp.authn.proof import Proof
from idp.kernel.level import Level

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)

methods = st.sampled_from([*AUTHENTICATORS, "face", ""])
ages = st.timedeltas(timedelta(hours=-1), timedelta(hours=30))
proofs_lists = st.lists(st.builds(lambda method, age: Proof(method, NOW - age, "a"), methods, ages), max_size=4)
kinds_sets = st.frozensets(methods)


def proof(method: str, age: timedelta = timedelta(0)) -> Proof:
    return Proof(method, NOW - age, method + "-1")


def test_the_ladder_of_the_domain() -> None:
    assert level_of([proof("password")], NOW) is Level.LOW
    assert level_of([proof("password"), proof("totp")], NOW) is Level.SUBSTANTIAL
    assert level_of([], NOW) is None
    assert level_of([proof("totp")], NOW) is None
    assert highest_level() is Level.SUBSTANTIAL


def test_amr_uses_the_registered_words() -> None:
    assert amr_of([proof("password")], NOW) == ("pwd",)
    assert amr_of([proof("totp"), proof("password")], NOW) == ("pwd", "otp", "mfa")
    assert amr_of([], NOW) == ()


def test_a_proof_lapses_with_its_age() -> None:
    old = proof("totp", timedelta(hours=12))
    assert level_of([proof("password"), old], NOW) is Level.LOW
    assert level_of([proof("password", timedelta(hours=-1))], NOW) is None


@pytest.mark.parametrize("kind", AUTHENTICATORS.values(), ids=str)
def test_each_entry_has_a_rung_and_a_line_of_documentation(kind: object) -> None:
    known = {method for rung in LADDER for method in rung.methods}
    assert known == set(AUTHENTICATORS)
    # How VNeID proved it is not told to us: nothing is said rather than guessed.
    assert all(entry.amr or entry.input == "upstream" for entry in AUTHENTICATORS.values())
    assert all(entry.doc and entry.max_age > timedelta(0) for entry in AUTHENTICATORS.values())


@given(proofs_lists, st.timedeltas(timedelta(0), timedelta(days=2)))
def test_time_and_absence_never_raise_a_level(proofs: list[Proof], later: timedelta) -> None:
    past = [one for one in proofs if one.at <= NOW]
    now, then = level_of(past, NOW), level_of(past, NOW + later)
    assert (then or Level.BASIC) <= (now or Level.BASIC)
    assert (level_of(past[1:], NOW) or Level.BASIC) <= (now or Level.BASIC)


@given(st.sampled_from(Level), proofs_lists, kinds_sets)
def test_doing_what_is_asked_reaches_the_target(target: Level, proofs: list[Proof], kinds: frozenset[str]) -> None:
    asked = next_proofs(target, proofs, kinds, NOW)
    assert set(asked) <= kinds
    done = [*proofs, *(proof(method) for method in asked)]
    reached = level_of(done, NOW)
    reachable = reachable_level(kinds | {one.method for one in living(proofs, NOW)})
    if reachable is not None and reachable >= target:
        assert reached is not None
        assert reached >= target
    else:
        assert asked == ()


def test_the_password_comes_first_and_then_the_code() -> None:
    both = ("password", "totp")
    assert next_proofs(Level.SUBSTANTIAL, [], both, NOW) == both
    assert next_proofs(Level.SUBSTANTIAL, [proof("password")], both, NOW) == ("totp",)
    assert next_proofs(Level.LOW, [], both, NOW) == ("password",)
    assert next_proofs(Level.LOW, [proof("password")], both, NOW) == ()
    assert next_proofs(Level.HIGH, [], both, NOW) == ()
    assert reachable_level(["password"]) is Level.LOW
    assert reachable_level([]) is None


@given(proofs_lists)
def test_a_proof_survives_its_storage_to_the_second(proofs: list[Proof]) -> None:
    for one in proofs:
        again = proof_from_json(proof_to_json(one))
        assert (again.method, again.authenticator_id) == (one.method, one.authenticator_id)
        assert timedelta(0) <= one.at - again.at < timedelta(seconds=1)


def test_a_passkey_is_two_factors_in_one_and_resists_phishing() -> None:
    assert level_of([proof("passkey")], NOW) is Level.SUBSTANTIAL
    assert amr_of([proof("passkey")], NOW) == ("pop", "mfa")
    assert is_phishing_resistant([proof("passkey")], NOW)
    assert not is_phishing_resistant([proof("password"), proof("totp")], NOW)
    assert not is_phishing_resistant([proof("passkey", timedelta(hours=13))], NOW)


def test_a_code_on_paper_raises_nothing() -> None:
    assert level_of([proof("password"), proof("recovery_code")], NOW) is Level.LOW
    assert level_of([proof("recovery_code")], NOW) is None
    assert next_proofs(Level.SUBSTANTIAL, [proof("password")], {"password", "recovery_code"}, NOW) == ()


def test_whoever_has_several_may_choose() -> None:
    kinds = {"password", "totp", "passkey", "recovery_code"}
    assert alternatives(Level.SUBSTANTIAL, [proof("password")], kinds, NOW) == ("totp", "passkey")
    assert alternatives(Level.SUBSTANTIAL, [proof("password")], kinds, NOW, phishing_resistant=True) == ("passkey",)
    assert next_proofs(Level.SUBSTANTIAL, [proof("password")], kinds, NOW, caps={"totp": Level.LOW}) == ("passkey",)


caps_of_kinds = st.dictionaries(st.sampled_from([*AUTHENTICATORS]), st.sampled_from(Level))


@given(proofs_lists, st.sampled_from(Level))
def test_proofs_bear_no_more_than_their_caps(proofs: list[Proof], cap: Level) -> None:
    capped = [replace(one, cap=cap) for one in proofs]
    assert (level_of(capped, NOW) or Level.BASIC) == min(level_of(proofs, NOW) or Level.BASIC, cap)


@given(st.sampled_from(Level), proofs_lists, kinds_sets, caps_of_kinds)
def test_doing_what_is_asked_reaches_the_target_under_any_caps(
    target: Level, proofs: list[Proof], kinds: frozenset[str], caps: dict[str, Level]
) -> None:
    asked = next_proofs(target, proofs, kinds, NOW, caps=caps)
    assert set(asked) <= kinds
    done = [*proofs, *(replace(proof(method), cap=caps.get(method, Level.HIGH)) for method in asked)]
    if asked:
        assert (level_of(done, NOW) or Level.BASIC) >= target


# --- codes by message, and cards -----------------------------------------------------------------------------------


def test_codes_by_message_and_of_a_card_by_the_ladder_of_the_domain() -> None:
    for alone in ("sms_code", "email_code", "code_card"):
        assert level_of([proof(alone)], NOW) is Level.LOW
    assert level_of([proof("pin")], NOW) is None
    for code in ("sms_code", "email_code"):
        assert level_of([proof("password"), proof(code)], NOW) is Level.LOW
        assert level_of([proof("password"), proof(code)], NOW, RESTRICTED_LADDER) is Level.SUBSTANTIAL
    assert level_of([proof("code_card"), proof("pin")], NOW) is Level.SUBSTANTIAL
    assert level_of([proof("sms_code"), proof("email_code")], NOW, RESTRICTED_LADDER) is Level.LOW
    assert amr_of([proof("password"), proof("sms_code")], NOW) == ("pwd", "sms", "mfa")
    assert amr_of([proof("code_card"), proof("pin")], NOW) == ("otp", "pin", "mfa")
    assert amr_of([proof("sms_code")], NOW) == ("sms",)


@given(proofs_lists)
def test_a_policy_for_restricted_factors_never_lowers_and_raises_by_them_alone(proofs: list[Proof]) -> None:
    strict, lenient = level_of(proofs, NOW) or Level.BASIC, level_of(proofs, NOW, RESTRICTED_LADDER) or Level.BASIC
    assert lenient >= strict
    unrestricted = [
        one for one in proofs if not (one.method in AUTHENTICATORS and AUTHENTICATORS[one.method].restricted)
    ]
    if lenient > strict:
        assert (level_of(unrestricted, NOW, RESTRICTED_LADDER) or Level.BASIC) <= strict
        assert lenient is Level.SUBSTANTIAL
    assert ladder(accepts_restricted=False) is LADDER


def test_a_card_with_its_pin_is_one_page() -> None:
    kinds = {"password", "totp", "code_card", "pin"}
    assert alternatives(Level.SUBSTANTIAL, [proof("password")], kinds, NOW) == ("totp", "code_card")
    assert next_proofs(Level.SUBSTANTIAL, [proof("code_card")], {"code_card", "pin"}, NOW) == ("pin",)
