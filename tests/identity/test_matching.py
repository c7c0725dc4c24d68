"""Fields compared: exact, folded, different or absent; nothing is ever "alike enough"."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.matching import COMPARED, Match, birthdates, compare, names, words
from idp.identity.register import (
    Answer,
    Question,
    Verdict,
    answer_from_json,
    answer_to_json,
    question_from_json,
    question_to_json,
    verdict_of,
)

NUMBERS = [
    IdentityNumber(NumberKind.PIN, "051158990137"),
    IdentityNumber(NumberKind.PASSPORT, "P1234567", "LAO"),
    IdentityNumber(NumberKind.RESIDENCE_CARD, "AB1234567"),
]
EXACT, FOLDED, DIFFERENT, ABSENT = Match
NAMES = ["Nguyễn Thị Hồng Nhạn", "Lý", "Lí", "Hoà", "Hòa", "Đinh", "Kơ̆", "Y Hyêm", "A Blum", "Phạm Thị Lài", "Hơ̆"]
texts = st.sampled_from(NAMES) | st.text(max_size=40)
dates = (
    st.dates().map(lambda day: day.isoformat()) | st.dates().map(lambda day: day.isoformat()[:4]) | st.text(max_size=12)
)


@pytest.mark.parametrize(
    ("asked", "known", "match"),
    [
        ("Phạm Thị Lài", "PHẠM  THỊ LÀI", EXACT),
        (unicodedata.normalize("NFD", "Nguyễn Thị Hồng Nhạn"), "Nguyễn Thị Hồng Nhạn", EXACT),
        ("Kơ̆", "KƠ̆", EXACT),
        ("Pham Thi Lai", "Phạm Thị Lài", FOLDED),
        ("Hoà", "Hòa", FOLDED),
        ("Đinh", "Dinh", FOLDED),
        ("Kơ̆", "Ko", FOLDED),
        ("Lý", "Lí", DIFFERENT),
        ("Ly", "Li", DIFFERENT),
        ("Y Hyêm", "I Hiêm", DIFFERENT),
        ("Phạm Thị Lài", "Thị Lài Phạm", DIFFERENT),
        ("Phạm Thị Lài", "Phạm Lài", DIFFERENT),
        ("Nguyễn Văn An", "Nguyễn Văn Anh", DIFFERENT),
        ("A", "Á", FOLDED),
        ("\u0301", "\u0302", DIFFERENT),
        ("Kơ̆", None, ABSENT),
        ("Kơ̆", "  ", ABSENT),
    ],
)
def test_a_name_is_compared_as_written_then_by_its_bare_letters_and_by_nothing_else(
    asked: str, known: str | None, match: Match
) -> None:
    assert names(asked, known) is match


@pytest.mark.parametrize(
    ("asked", "known", "match"),
    [
        ("1958-03-12", "1958-03-12", EXACT),
        ("1958", "1958", EXACT),
        ("1958-03-12", "1958", FOLDED),
        ("1958", "1958-03-12", FOLDED),
        ("1958-03-12", "1958-12-03", DIFFERENT),
        ("1958", "1985-03-12", DIFFERENT),
        ("12/03/1958", "1958-03-12", DIFFERENT),
        ("", "1958-03-12", DIFFERENT),
        ("1958-03-12", None, ABSENT),
    ],
)
def test_a_year_alone_agrees_with_a_date_of_that_year_only_for_an_officer(
    asked: str, known: str | None, match: Match
) -> None:
    assert birthdates(asked, known) is match


@given(texts, texts)
def test_names_agree_or_differ_whichever_side_is_asked(one: str, other: str) -> None:
    if ABSENT not in (names(one, other), names(other, one)):
        assert names(one, other) is names(other, one)


@given(dates, dates)
def test_dates_agree_or_differ_whichever_side_is_asked(one: str, other: str) -> None:
    if one and other:
        assert birthdates(one, other) is birthdates(other, one)


@given(texts)
def test_a_name_is_itself_in_any_composition_and_case(name: str) -> None:
    for form in ("NFC", "NFD"):
        assert names(name, unicodedata.normalize(form, name)) in (EXACT, ABSENT)


@given(st.sampled_from(NAMES))
def test_y_for_i_is_another_name(name: str) -> None:
    bare = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))
    if {"y", "i"} & set(bare):
        swapped = bare.translate(str.maketrans("yi", "iy"))
        assert names(name, swapped) is DIFFERENT


@given(texts, texts)
def test_what_is_exact_has_no_letter_that_the_other_lacks(one: str, other: str) -> None:
    if names(one, other) is EXACT:
        folded = [unicodedata.normalize("NFC", " ".join(text.split()).casefold()) for text in (one, other)]
        assert len(set(map(len, folded))) == 1


@given(st.dictionaries(st.sampled_from(list(COMPARED)), texts), st.dictionaries(st.sampled_from(list(COMPARED)), texts))
def test_every_field_that_was_asked_is_answered_and_no_other(asked: dict[str, str], known: dict[str, str]) -> None:
    found = compare(asked, known)
    assert set(found) == set(asked)
    assert all(found[claim] is ABSENT for claim in asked if claim not in known)


def test_a_value_of_a_closed_list_is_the_same_or_another() -> None:
    assert [words("male", known) for known in ("male", "female", "", None)] == [EXACT, DIFFERENT, ABSENT, ABSENT]


@given(st.dictionaries(st.sampled_from(list(COMPARED)), st.sampled_from(Match)))
def test_only_exact_everywhere_is_a_match_and_nothing_compared_is_none(fields: dict[str, Match]) -> None:
    verdict = verdict_of(fields)
    assert (verdict is Verdict.MATCH) == (bool(fields) and set(fields.values()) == {EXACT})
    assert (verdict is Verdict.MISMATCH) == (not fields or DIFFERENT in fields.values())


@given(
    st.builds(
        Question, st.sampled_from(NUMBERS), texts, dates, st.none() | st.just("female"), st.none() | st.just("VNM")
    ),
    st.builds(
        Answer,
        st.sampled_from(Verdict),
        st.dictionaries(st.sampled_from(list(COMPARED)), st.sampled_from(Match)),
        st.none() | st.just(datetime(1968, 4, 30, tzinfo=UTC)),
        st.none() | st.just("c06-1"),
        st.none() | texts,
        st.none() | st.just("a.b.c"),
    ),
)
def test_what_is_kept_comes_back_and_shows_nobody_in_a_log(question: Question, answer: Answer) -> None:
    assert question_from_json(question_to_json(question)) == question
    assert answer_from_json(answer_to_json(answer)) == answer
    lai = Question(NUMBERS[0], "Phạm Thị Lài", "1958-03-12", "female")
    assert repr(lai) == "Question(number=IdentityNumber(pin))"
