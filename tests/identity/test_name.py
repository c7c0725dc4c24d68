"""Names: kept as written, found without marks, sorted by the last word."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.name import normalise, same, search_key, search_words, sort_key, words

NAMES = [
    "Phạm Thị Lài",
    "Đinh Văn Rin",
    "Trần Quốc Đạt",
    "Nguyễn Thị Hồng Nhạn",
    "A Blum",
    "Y Hyêm",
    "Ngô Đình Phúc",
    "Kơ̆",
]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Phạm Thị Lài", "pham thi lai"),
        ("Đinh Văn Rin", "dinh van rin"),
        ("Nguyễn Thị Hồng Nhạn", "nguyen thi hong nhan"),
        ("Y Hyêm", "y hyem"),
        ("Kơ̆", "ko"),
        ("ĐẶNG  THÚY", "dang thuy"),
    ],
)
def test_the_search_key_has_no_marks(name: str, key: str) -> None:
    assert search_key(name) == key


def test_composition_and_the_place_of_the_tone_do_not_matter() -> None:
    assert normalise(unicodedata.normalize("NFD", "Nguyễn  Thị\tHồng Nhạn")) == "Nguyễn Thị Hồng Nhạn"
    assert same("Hoà", "Hòa")
    assert same("Đinh", "Dinh")
    assert same("Kơ̆", "Ko")


def test_ly_and_li_are_found_together_and_are_two_persons() -> None:
    assert search_words("Lý") == search_words("Lí") == ("li",)
    assert not same("Lý", "Lí")


def test_a_letter_without_a_precomposed_form_keeps_its_mark() -> None:
    assert "\u0306" in normalise("Kơ̆")


def test_a_name_of_one_word_and_of_one_letter() -> None:
    assert words("A") == ("a",)
    assert words("A Blum") == ("a", "blum")
    assert words("  ") == ()


def test_a_list_is_sorted_by_the_last_word_in_dictionary_order() -> None:
    people = ["Nguyễn Văn Đạt", "Nguyễn Văn Dân", "Trần Ân", "Lê An", "Lê Ấn", "Bùi An", "Phạm Ăn"]
    assert sorted(people, key=sort_key) == [
        "Bùi An",
        "Lê An",
        "Phạm Ăn",
        "Trần Ân",
        "Lê Ấn",
        "Nguyễn Văn Dân",
        "Nguyễn Văn Đạt",
    ]


@given(st.text(st.characters(), max_size=60) | st.sampled_from(NAMES))
def test_folding_any_text_is_stable(text: str) -> None:
    key = search_key(text)
    assert search_key(key) == key
    assert normalise(normalise(text)) == normalise(text)
    assert same(text, normalise(text))
    assert all(words(text))
    sort_key(text)
