"""The printed QR code fills in a form; whatever it says proves nothing, and whatever it is breaks nothing."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity import card_qr

LAI = "051158990137||Phạm Thị Lài|12031958|Nữ|Xã Ba Tơ, Quảng Ngãi|12082021"


def test_seven_fields_are_read() -> None:
    read = card_qr.parse(LAI)
    assert read is not None
    assert (read.number, read.name, read.old_number) == ("051158990137", "Phạm Thị Lài", None)
    assert (read.birthdate, read.gender, read.issued) == (date(1958, 3, 12), "female", date(2021, 8, 12))
    assert read.residence == "Xã Ba Tơ, Quảng Ngãi"


def test_fields_of_newer_cards_are_passed_over_and_an_old_number_is_taken() -> None:
    read = card_qr.parse(LAI.replace("||", "|212345678|") + "|Phạm Văn Cha|Lê Thị Mẹ||")
    assert read is not None
    assert read.old_number == "212345678"
    assert "051158990137" not in repr(read)


@pytest.mark.parametrize(
    "text",
    ["", "|" * 7, "05115899013||A|01011990|Nam|B|01012020", LAI.rpartition("|")[0], "https://evil.example/|||||||"],
)
def test_what_is_no_cards_code_is_none(text: str) -> None:
    assert card_qr.parse(text) is None


def test_a_day_that_never_was_is_left_open() -> None:
    read = card_qr.parse(LAI.replace("12031958", "31021958"))
    assert read is not None
    assert read.birthdate is None


@given(st.text(max_size=1_200) | st.lists(st.text(max_size=20), min_size=7, max_size=12).map("|".join))
def test_any_text_is_read_or_passed_over(text: str) -> None:
    card_qr.parse(text)
