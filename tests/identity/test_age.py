"""An age is reached on the birthday, and not said where the birthday is not known well enough."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.age import AGES, is_over

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("birthdate", "age", "today", "reached"),
    [
        ("2008-03-02", 18, TODAY, True),
        ("2008-03-03", 18, TODAY, False),
        ("1958-03-12", 60, TODAY, True),
        ("2008-02-29", 18, date(2026, 2, 28), False),
        ("2008-02-29", 18, date(2026, 3, 1), True),
        ("2007", 18, TODAY, True),
        ("2008", 18, TODAY, None),
        ("2009", 18, TODAY, False),
        ("1958", 14, TODAY, True),
        ("2030-01-01", 14, TODAY, None),
        ("", 14, TODAY, None),
        ("không rõ", 14, TODAY, None),
        ("năm ", 14, TODAY, None),
    ],
)
def test_an_age_is_reached_on_the_day(birthdate: str, age: int, today: date, reached: bool | None) -> None:
    assert is_over(birthdate, age, today) is reached


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 40_000))
def test_nobody_grows_younger(born: date, later: int) -> None:
    for age in AGES:
        now, then = (is_over(born.isoformat(), age, day) for day in (TODAY, TODAY + timedelta(days=later)))
        assert not (now and not then)


@given(st.text(max_size=12))
def test_any_text_is_an_age_or_none(text: str) -> None:
    assert is_over(text, 18, TODAY) in (True, False, None)
