"""The laws of key rotation: one signer at every instant, never before it was published, never back from compromise."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.crypto.field_encryption import Undecryptable
from idp.crypto.jwk import ALGORITHMS, Alg, thumbprint
from idp.crypto.rotation_policy import RotationPolicy
from idp.crypto.signing_keys import (
    Activate,
    Archive,
    Change,
    Compromise,
    Create,
    Forget,
    KeyRecord,
    KeyState,
    Retire,
    apply,
    generate,
    plan_compromise,
    plan_rotation,
    schedule,
    sealing_context,
    signer_of,
)
from tests.crypto.minting import NOW, vault

POLICY = RotationPolicy()
TOKEN_LIFE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
LATER = NOW + timedelta(days=1)


def a_record(
    kid: str, alg: Alg = "ES256", state: KeyState = KeyState.ACTIVE, activates_at: datetime = NOW
) -> KeyRecord:
    return KeyRecord(kid, alg, state, {"kty": "EC"}, b"sealed", activates_at, activates_at)


class House:
    """The rows, moved on as flows move them; keys are named by counting, since the laws do not look inside."""

    def __init__(self) -> None:
        self.rows: dict[str, KeyRecord] = {}
        self.made = 0

    def carry_out(self, changes: Sequence[Change], now: datetime) -> None:
        for change in changes:
            match change:
                case Create(alg, activates_at):
                    self.made += 1
                    kid = f"{alg}-{self.made:04d}"
                    state = KeyState.PENDING if activates_at > now else KeyState.ACTIVE
                    self.rows[kid] = KeyRecord(kid, alg, state, {}, b"sealed", now, activates_at)
                case Forget(kid):
                    del self.rows[kid]
                case Activate(kid) | Retire(kid) | Archive(kid) | Compromise(kid):
                    self.rows[kid] = apply(self.rows[kid], change)

    def rotate(self, now: datetime, rotate: frozenset[Alg] = frozenset()) -> None:
        self.carry_out(plan_rotation(list(self.rows.values()), now, POLICY, rotate=rotate), now)

    def signer(self, alg: Alg, now: datetime) -> str | None:
        record = signer_of(self.rows.values(), alg, now)
        return record.kid if record else None

    def published(self) -> set[str]:
        out = {KeyState.HISTORY, KeyState.COMPROMISED}
        return {r.kid for r in self.rows.values() if r.state not in out}


acts = st.sampled_from(["nothing", "nothing", "nothing", "rotate", "compromise signer", "compromise pending"])
pauses = st.integers(1, 60 * 24 * 120).map(lambda minutes: timedelta(minutes=minutes))


def carry_out_act(house: House, act: str, now: datetime) -> None:
    victims = [r.kid for r in house.rows.values() if r.state is KeyState.PENDING and r.activates_at > now]
    if act == "rotate":
        house.rotate(now, frozenset({"ES256"}))
    elif act == "compromise signer" and (kid := house.signer("ES256", now)):
        house.carry_out(plan_compromise(list(house.rows.values()), kid, now, POLICY), now)
    elif act == "compromise pending" and victims:
        house.carry_out(plan_compromise(list(house.rows.values()), victims[0], now, POLICY), now)
    else:
        house.rotate(now)


@given(st.lists(st.tuples(pauses, acts), min_size=1, max_size=25))
def test_whatever_happens_and_however_long_the_rotator_sleeps(story: list[tuple[timedelta, str]]) -> None:
    house, now = House(), NOW
    compromised: set[str] = set()
    house.rotate(now)
    for pause, act in story:
        now += pause
        carry_out_act(house, act, now)
        compromised |= {r.kid for r in house.rows.values() if r.state is KeyState.COMPROMISED}
        for alg in ALGORITHMS:
            signer = house.signer(alg, now)
            assert signer is not None
            assert signer in house.published()
            assert signer not in compromised
            actives = [r.kid for r in house.rows.values() if r.alg == alg and r.state is KeyState.ACTIVE]
            assert actives == [signer]
        assert all(house.rows[kid].state is KeyState.COMPROMISED for kid in compromised)
        gone = {KeyState.HISTORY, KeyState.COMPROMISED}
        assert all((r.sealed_private is None) == (r.state in gone) for r in house.rows.values())


@given(st.lists(st.tuples(pauses, acts), max_size=25))
def test_planning_twice_changes_nothing_more(story: list[tuple[timedelta, str]]) -> None:
    house, now = House(), NOW
    house.rotate(now)
    for pause, act in story:
        now += pause
        carry_out_act(house, act, now)
        house.rotate(now)
        settled = [c for c in plan_rotation(list(house.rows.values()), now, POLICY) if not isinstance(c, Forget)]
        assert settled == []


@given(st.lists(st.tuples(pauses, acts), max_size=12), st.data())
def test_two_nodes_with_the_same_rows_in_any_order_plan_the_same(
    story: list[tuple[timedelta, str]], data: st.DataObject
) -> None:
    house, now = House(), NOW
    for pause, act in story:
        now += pause
        carry_out_act(house, act, now)
    now += timedelta(days=91)
    rows = list(house.rows.values())
    other = data.draw(st.permutations(rows))
    assert plan_rotation(rows, now, POLICY) == plan_rotation(other, now, POLICY)
    assert signer_of(rows, "ES256", now) == signer_of(other, "ES256", now)


def test_a_year_of_rotation_by_the_hour() -> None:
    """Each key was in the JWKS before it signed, and stays there until its last token is out."""
    house, now = House(), NOW
    house.rotate(now)
    first = house.signer("ES256", now)
    seen_published: dict[str, datetime] = {}
    last_signed: dict[str, datetime] = {}
    signers: list[str] = []
    while now < NOW + timedelta(days=366):
        house.rotate(now)
        for kid in house.published():
            seen_published.setdefault(kid, now)
        signer = house.signer("ES256", now)
        assert signer is not None
        if signer not in last_signed:
            signers.append(signer)
            assert signer == first or now - seen_published[signer] >= POLICY.jwks_cache
        last_signed[signer] = now
        for kid, when in last_signed.items():
            assert kid in house.published() or now - when >= POLICY.jwks_cache + TOKEN_LIFE
        now += HOUR
    assert len(signers) == 5
    assert {house.rows[kid].state for kid in signers[:-1]} == {KeyState.HISTORY}


def test_the_first_run_makes_a_key_for_each_algorithm_that_signs_at_once() -> None:
    assert plan_rotation([], NOW, POLICY) == [Create("ES256", NOW), Create("RS256", NOW)]


def test_a_pending_key_signs_when_its_instant_comes_even_if_nobody_wrote_it_down() -> None:
    due = NOW + HOUR
    rows = [a_record("old"), a_record("new", state=KeyState.PENDING, activates_at=due)]
    before, at = signer_of(rows, "ES256", due - timedelta(microseconds=1)), signer_of(rows, "ES256", due)
    assert (before and before.kid, at and at.kid) == ("old", "new")
    assert plan_rotation([*rows, a_record("rsa", "RS256")], due, POLICY) == [Activate("new", due), Retire("old", due)]


def test_two_keys_made_at_once_by_two_nodes_have_one_winner_and_the_other_retires() -> None:
    rows = [a_record("b", state=KeyState.PENDING), a_record("a", state=KeyState.PENDING), a_record("rsa", "RS256")]
    assert plan_rotation(rows, NOW, POLICY) == [Activate("b", NOW), Retire("a", NOW)]


def test_rotation_by_command_publishes_first_and_asks_once() -> None:
    rows = [a_record("ec"), a_record("rsa", "RS256")]
    asked: frozenset[Alg] = frozenset({"ES256"})
    assert plan_rotation(rows, NOW, POLICY, rotate=asked) == [Create("ES256", NOW + POLICY.publish_ahead)]
    waiting = a_record("next", state=KeyState.PENDING, activates_at=NOW + HOUR)
    assert plan_rotation([*rows, waiting], NOW, POLICY, rotate=asked) == []


def test_compromise_of_the_signer_brings_the_waiting_successor_forward_or_makes_one() -> None:
    rows = [a_record("ec"), a_record("rsa", "RS256")]
    assert plan_compromise(rows, "ec", NOW, POLICY) == [Compromise("ec", NOW), Create("ES256", NOW)]
    waiting = a_record("next", state=KeyState.PENDING, activates_at=NOW + HOUR)
    assert plan_compromise([*rows, waiting], "ec", NOW, POLICY) == [Compromise("ec", NOW), Activate("next", NOW)]


def test_the_older_key_does_not_sign_again_when_its_successor_is_compromised() -> None:
    retired = apply(a_record("old"), Retire("old", NOW))
    successor = a_record("new", activates_at=NOW)
    changes = plan_compromise([retired, successor, a_record("rsa", "RS256")], "new", NOW + HOUR, POLICY)
    assert changes == [Compromise("new", NOW + HOUR), Create("ES256", NOW + HOUR)]


@pytest.mark.parametrize("change", [Activate("k", NOW), Retire("k", NOW), Archive("k"), Compromise("k", NOW + HOUR)])
def test_compromised_is_final(change: Activate | Retire | Archive | Compromise) -> None:
    lost = apply(a_record("k"), Compromise("k", NOW))
    assert lost.sealed_private is None
    assert apply(lost, change) == lost


def test_a_key_made_ahead_takes_the_place_that_the_plan_has_for_it() -> None:
    spare = generate("ES256", NOW, NOW, vault())
    assert spare.state is KeyState.ACTIVE
    pending = schedule(spare, LATER, LATER + HOUR)
    assert (pending.state, pending.created_at, pending.activates_at) == (KeyState.PENDING, LATER, LATER + HOUR)
    assert schedule(pending, LATER, LATER).state is KeyState.ACTIVE
    assert pending.sealed_private == spare.sealed_private


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_generated_key_is_pending_named_by_its_thumbprint_and_sealed(alg: Alg) -> None:
    record = generate(alg, NOW, NOW + HOUR, vault())
    assert (record.state, record.created_at, record.activates_at) == (KeyState.PENDING, NOW, NOW + HOUR)
    assert record.kid == record.public_jwk["kid"] == thumbprint(record.public_jwk)
    assert record.public_jwk["alg"] == alg
    assert record.sealed_private is not None
    assert not {"d", "p", "q", "dp", "dq", "qi"} & record.public_jwk.keys()
    assert vault().open_(record.sealed_private, sealing_context(record.kid))
    with pytest.raises(Undecryptable):
        vault().open_(record.sealed_private, sealing_context("another"))
    assert "sealed" not in repr(record)
