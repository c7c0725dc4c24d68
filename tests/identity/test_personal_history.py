"""What was true, since when, and since when we know: three dates that are never mixed up, some of them before 1970."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.personal_history import Entry, Kept, as_recorded, current, day, on, standing
from idp.kernel.errors import Refusal

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def entry(value: str, valid_from: str | None, *, after: int = 0, struck: int | None = None) -> Entry:
    at = NOW + timedelta(days=after)
    struck_at = None if struck is None else NOW + timedelta(days=struck)
    return Entry(value, Kept.NAME, "register", at, at, {"name": value}, valid_from, struck_at=struck_at)


def test_what_became_true_last_holds_and_not_what_was_heard_last() -> None:
    heard_late = [entry("Y Hyêm", "2003-06-09"), entry("Y Hyam", "2001", after=5), entry("Y", None, after=9)]
    assert [one.id for one in standing(heard_late, Kept.NAME)] == ["Y", "Y Hyam", "Y Hyêm"]
    held = current(heard_late, Kept.NAME)
    assert held is not None
    assert held.id == "Y Hyêm"
    assert current(heard_late, Kept.ADDRESS) is None


def test_a_day_of_1958_has_its_name() -> None:
    lai = [entry("Phạm Thị Lài", "1958-03-12"), entry("Phạm Thị Lài Hương", "1969-12-31")]
    assert [getattr(on(lai, Kept.NAME, that), "id", None) for that in (date(1950, 1, 1), date(1960, 1, 1))] == [
        None,
        "Phạm Thị Lài",
    ]
    later = on(lai, Kept.NAME, date(1970, 1, 1))
    assert later is not None
    assert later.id == "Phạm Thị Lài Hương"


def test_what_was_struck_counts_no_longer_and_still_stood_there() -> None:
    wrong = [entry("Lý", None), entry("Lí", "2020", after=1, struck=3)]
    assert [one.id for one in standing(wrong, Kept.NAME)] == ["Lý"]
    assert [one.id for one in as_recorded(wrong, NOW + timedelta(days=2))] == ["Lý", "Lí"]
    assert [one.id for one in as_recorded(wrong, NOW + timedelta(days=3))] == ["Lý"]


@pytest.mark.parametrize("text", ["1958", "1958-03-12", "2024-02-29"])
def test_a_day_or_a_year(text: str) -> None:
    assert day(text) == text


@pytest.mark.parametrize("text", ["", "58", "2023-02-29", "12/03/1958", "1958-03", "१९५८", "0000"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(Refusal):
        day(text)


@given(st.lists(st.tuples(st.integers(1890, 2026), st.integers(0, 40)), min_size=1, max_size=8))
def test_the_order_of_hearing_never_changes_what_holds(told: list[tuple[int, int]]) -> None:
    entries = [entry(str(n), str(year), after=after) for n, (year, after) in enumerate(told)]
    held = current(entries, Kept.NAME)
    assert held is not None
    assert held.valid_from == str(max(year for year, _ in told))
