"""Dates, numbers, claims and devices as people read them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.web.catalogue import translator
from idp.web.devices import describe
from idp.web.facts import facts_of, readable
from idp.web.formats import (
    day,
    iso_day,
    machine_time,
    moment,
    quantity,
)

VI, EN = translator("vi"), translator("en")
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def test_times_are_viet_nams() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert day(late) == "23/11/2026"
    assert moment(late) == "06:30, 23/11/2026"
    assert machine_time(late) == "2026-11-22T23:30:00Z"
    assert day(date(1958, 3, 12)) == "12/03/1958"


@pytest.mark.parametrize(
    ("iso", "read"), [("1991-04-30", "30/04/1991"), ("1958", "1958"), ("0000-04-30", "30/04"), ("", "")]
)
def test_birth_dates_are_written_as_far_as_they_are_known(iso: str, read: str) -> None:
    assert iso_day(iso) == read


def test_numbers_are_written_with_dots_and_a_comma() -> None:
    assert quantity(1234.5) == "1.234,5"


def test_a_person_reads_their_claims_in_their_language() -> None:
    claims: dict[str, object] = {
        "name": "Đinh Văn Rin",
        "given_name": "Rin",
        "birthdate": "1990-07-05",
        "gender": "male",
        "phone_number": "+84900000001",
        "phone_number_verified": True,
    }
    facts = facts_of(["profile", "phone", "email"], claims, VI)
    assert [(f.claim, f.value) for f in facts] == [
        ("name", "Đinh Văn Rin"),
        ("birthdate", "05/07/1990"),
        ("gender", "Nam"),
        ("phone_number", "090•••••01"),
    ]
    assert readable("gender", "female", EN) == "Female"


@given(st.sampled_from(["birthdate", "gender", "address", "phone_number", "email", "qn:pin", "other"]), _json)
def test_any_value_of_any_claim_has_words(claim: str, value: object) -> None:
    assert isinstance(readable(claim, value, VI), str)
    assert isinstance(facts_of([claim], {claim: value}, VI), tuple)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/126.0 Mobile Safari/537", "Chrome trên Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/126 Safari/537.36 Edg/126.0", "Edge trên Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605 Version/17.5 Safari/604", "Safari trên iPhone"),
        ("curl/8.0", "Trình duyệt không rõ"),
        (None, "Trình duyệt không rõ"),
    ],
)
def test_a_browser_is_called_what_its_owner_calls_it(agent: str | None, words: str) -> None:
    assert describe(agent, VI) == words


@given(st.text(max_size=600))
def test_any_user_agent_has_words_and_is_never_quoted(agent: str) -> None:
    assert len(describe(agent, VI)) < 60
