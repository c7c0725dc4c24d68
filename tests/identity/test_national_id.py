"""The 12-digit identity number: what it says, what it cannot be, and what raises doubts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.national_id import PLACES, NationalId, canonical, looks_like, mask, parse, warnings
from idp.kernel.errors import Refusal

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("number", "place", "gender", "year"),
    [
        ("051158990137", "051", "female", 1958),
        ("051090990218", "051", "male", 1990),
        ("051195990342", "051", "female", 1995),
        ("062078990411", "062", "male", 1978),
        ("062303990077", "062", "female", 2003),
        ("051201990873", "051", "male", 2001),
    ],
)
def test_a_number_says_place_sex_and_year(number: str, place: str, gender: str, year: int) -> None:
    assert parse(number, TODAY) == NationalId(number, place, gender, year, number[6:])
    assert warnings(parse(number, TODAY), gender=gender, birth_year=year) == ()


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("05109099021", "national_id_malformed"),
        ("05109099021A", "national_id_malformed"),
        ("0510909902180", "national_id_malformed"),
        ("", "national_id_malformed"),
        ("051490990218", "national_id_century"),
        ("051990990218", "national_id_century"),
        ("051227990218", "national_id_future"),
    ],
)
def test_what_no_number_can_be(number: str, key: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse(number, TODAY)
    assert caught.value.key == key


def test_doubts_are_warnings_since_the_state_may_have_signed_a_correction() -> None:
    number = parse("051188990064", TODAY)
    assert warnings(number, gender="male", birth_year=1989) == (
        "national_id_gender_differs",
        "national_id_birth_year_differs",
    )
    assert warnings(parse("099090990218", TODAY)) == ("national_id_place_unknown",)
    assert len(PLACES) == 63


@given(st.text(st.characters(), max_size=40))
def test_any_text_is_a_number_or_a_refusal(text: str) -> None:
    try:
        number = parse(text, TODAY)
    except Refusal:
        return
    assert number.birth_year <= TODAY.year
    assert canonical(text) == number.number
    assert looks_like(text)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_a_masked_number_shows_seven_digits_of_twelve(number: str) -> None:
    assert sum(character.isdigit() for character in mask(number)) == 7
    assert mask(number).startswith(number[:3])


def test_a_hint_that_holds_a_number_is_recognised() -> None:
    assert looks_like("051 090 990 218")
    assert looks_like("cccd:051090990218")
    assert not looks_like("rin@example.vn")
    assert not looks_like("0900000001")
    assert canonical(" " * 1_000_000) is None
    assert mask("x") == "•••••"
