"""When to come back, as the register says it: seconds or a date, an hour at most, and nothing that is neither."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.upstream.population_register import _instant, _retry_after, _seconds

NOW = datetime(2026, 11, 28, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("0", timedelta(0)),
        ("999999999", HOUR),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), timedelta(minutes=2)),
        (format_datetime(NOW - timedelta(minutes=2), usegmt=True), timedelta(0)),
        (None, None),
        ("", None),
        ("-7", None),
        ("٧", None),
        ("9" * 400, None),
        ("Sat, 31 Feb 2026 08:30:00 GMT", None),
        ("Sat, 28 Nov 2026 08:30:00 -0000", None),
    ],
)
def test_seconds_and_dates_are_read(header: str | None, wait: timedelta | None) -> None:
    assert _retry_after(header, NOW) == wait


@given(st.text(max_size=60) | st.datetimes(timezones=st.just(UTC)).map(format_datetime))
def test_whatever_a_header_holds_nobody_waits_longer_than_an_hour(header: str) -> None:
    wait = _retry_after(header, NOW)
    assert wait is None or timedelta(0) <= wait <= HOUR


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers()))
def test_a_number_of_a_strangers_json_is_a_moment_or_nothing(value: object) -> None:
    moment, wait = _instant(value), _seconds(value)
    assert moment is None or moment.tzinfo is not None
    assert wait is None or timedelta(0) <= wait <= HOUR
