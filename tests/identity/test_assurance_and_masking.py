"""Levels that lapse, facts as claims, and identifiers as they may be shown."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity import masking
from idp.identity.assurance import level_at, may_sign_in, person_level
from idp.identity.facts import claim_values
from idp.identity.login_identifier import Kind
from idp.identity.person import Fact, Person, PersonState
from idp.kernel.level import Level

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def person(state: PersonState = PersonState.ACTIVE, ends_at: datetime | None = None) -> Person:
    facts = {"name": Fact("Đinh Văn Rin", "counter", NOW), "nickname": Fact(None, "counter", NOW)}
    return Person("p", state, Level.SUBSTANTIAL, facts, NOW, NOW, ends_at)


@given(st.sampled_from(Level), st.none() | st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_a_level_never_rises_with_time(level: Level, ends_at: datetime | None, now: datetime) -> None:
    earlier, later = level_at(level, ends_at, now), level_at(level, ends_at, now + timedelta(days=1))
    assert later <= earlier <= level


def test_a_level_lapses_at_its_end() -> None:
    assert person_level(person(), NOW) is Level.SUBSTANTIAL
    assert person_level(person(ends_at=NOW + timedelta(seconds=1)), NOW) is Level.SUBSTANTIAL
    assert person_level(person(ends_at=NOW), NOW) is Level.BASIC


@pytest.mark.parametrize("state", PersonState)
def test_only_an_active_person_signs_in(state: PersonState) -> None:
    assert may_sign_in(person(state)) is (state is PersonState.ACTIVE)


def test_facts_become_claims_and_what_is_unknown_is_left_out() -> None:
    assert claim_values(person()) == {"name": "Đinh Văn Rin", "updated_at": int(NOW.timestamp())}


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.NATIONAL_ID, "051090990218", "051•••••0218"),
        (Kind.PHONE_NUMBER, "+84900000001", "090•••••01"),
        (Kind.EMAIL, "lan.pham@example.vn", "l•••••m@example.vn"),
        (Kind.EMAIL, "a@example.vn", "a•••••@example.vn"),
        (Kind.CODE_CARD, "QN2345ABCD", "QN•••••CD"),
    ],
)
def test_what_is_shown_of_an_identifier(kind: Kind, value: str, shown: str) -> None:
    assert masking.identifier(kind, value) == shown


@given(st.sampled_from(Kind), st.text(max_size=30))
def test_masking_is_total_and_never_the_value_itself(kind: Kind, value: str) -> None:
    assert masking.identifier(kind, value) != value or "•" in value
