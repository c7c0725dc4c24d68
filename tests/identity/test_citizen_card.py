"""Two parts of one chip, and the number: whether they agree, what year two digits mean, until when the card counts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity import citizen_card, mrz
from idp.identity.chip_refusal import ChipRefused, Code
from idp.identity.citizen_card import Judged

TODAY = date(2026, 11, 28)
LAI = mrz.parse("IDVNM1589901373051158990137<<95803125F9912315VNM<<<<<<<<<<<2PHAM<<THI<LAI<<<<<<<<<<<<<<<<<")
YOUNG = mrz.parse("IDVNM3039900772062303990077<<20306090F2806099VNM<<<<<<<<<<<6Y<<HYEM<<<<<<<<<<<<<<<<<<<<<<<")
ITEMS: Mapping[int, str] = {
    1: "051158990137",
    2: "Phạm Thị Lài",
    3: "12/03/1958",
    4: "Nữ",
    5: "Việt Nam",
    6: "Hrê",
    7: "Không",
    8: "Xã Ba Tơ, Quảng Ngãi",
    9: "Xã Ba Tơ, Quảng Ngãi",
    10: "Sẹo chấm trên má phải",
    11: "12/08/2021",
    12: "Không thời hạn",
}


def judged(
    zone: mrz.Mrz, items: Mapping[int, str] | None = None, *, today: date = TODAY, strict: bool = True
) -> Judged:
    text = None if items is None else citizen_card.card_text(items)
    citizen_card.check_document(zone)
    if text is not None:
        citizen_card.check_agreement(zone, text)
    return citizen_card.judge(zone, text, today, refuse_doubts=strict)


def refusal(zone: mrz.Mrz, items: Mapping[int, str] | None = None, *, strict: bool = True) -> Code | None:
    try:
        judged(zone, items, strict=strict)
    except ChipRefused as refused:
        return refused.code
    return None


def test_a_card_gives_what_may_be_kept_and_never_ethnicity_religion_or_marks() -> None:
    identity = judged(LAI, ITEMS).identity
    assert (identity.number, identity.name, identity.birthdate) == ("051158990137", "Phạm Thị Lài", "1958-03-12")
    assert (identity.gender, identity.expires, identity.issued) == ("female", None, date(2021, 8, 12))
    told = {getattr(identity, field) for field in identity.__slots__}
    assert told.isdisjoint({ITEMS[6], ITEMS[7], ITEMS[10]})
    assert "Lài" not in repr(identity)


def test_two_digits_of_a_year_get_the_century_of_the_number() -> None:
    assert judged(LAI).identity.birthdate == "1958-03-12"
    assert judged(YOUNG).identity.birthdate == "2003-06-09"


def test_without_dg13_the_name_is_the_mrz_s_and_says_so() -> None:
    identity = judged(LAI).identity
    assert (identity.name, identity.name_has_diacritics) == ("PHAM THI LAI", False)


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("DINH VAN HO", "Đinh Văn Hơ̆"),
        ("Y HYEM", "Y Hyêm"),
        ("HLAN KSOR", "H'Lan Ksor"),
        ("LE THI HOA", "Lê Thị Hoà"),
        ("KO", "Kơ̆"),
        ("TON NU THI", "Tôn-Nữ Thị"),
    ],
)
def test_names_agree_by_their_letters(printed: str, written: str) -> None:
    zone = replace(LAI, name=printed)
    assert refusal(zone, {**ITEMS, 2: written}) is None
    assert refusal(zone, {**ITEMS, 2: written + " Ba"}) is Code.DG_INCONSISTENT


def test_a_long_name_may_be_cut_where_the_line_ends_and_nowhere_else() -> None:
    whole = "Công Tằng Tôn Nữ Thị Ngọc Phương Thảo"
    cut = replace(LAI, name="CONG TANG TON NU THI NGOC PHUO", names_cut=True)
    assert refusal(cut, {**ITEMS, 2: whole}) is None
    assert refusal(replace(cut, names_cut=False), {**ITEMS, 2: whole}) is Code.DG_INCONSISTENT
    assert refusal(cut, {**ITEMS, 2: "Công Tằng Tôn Nữ Thị Bích Phương"}) is Code.DG_INCONSISTENT


def test_y_and_i_are_two_letters_here() -> None:
    assert refusal(replace(LAI, name="PHAM THI LY"), {**ITEMS, 2: "Phạm Thị Lí"}) is Code.DG_INCONSISTENT


@pytest.mark.parametrize(
    "changed", [{1: "051158990138"}, {2: "Lê Hoa"}, {3: "13/03/1958"}, {3: "12/03/1859"}, {4: "Nam"}]
)
def test_what_differs_between_the_parts_refuses(changed: Mapping[int, str]) -> None:
    assert refusal(LAI, {**ITEMS, **changed}) is Code.DG_INCONSISTENT


@pytest.mark.parametrize("changed", [{3: "1958"}, {3: "03/1958"}])
def test_a_birth_of_which_less_is_known_agrees(changed: Mapping[int, str]) -> None:
    assert judged(LAI, {**ITEMS, **changed}).identity.birthdate == "1958"


@pytest.mark.parametrize(
    "changed", [{3: "31/02/1958"}, {3: "hôm qua"}, {4: "Khác"}, {1: ""}, {2: " "}, {3: "00/03/1958"}]
)
def test_a_text_that_lacks_what_every_card_has_is_malformed(changed: Mapping[int, str]) -> None:
    assert refusal(LAI, {**ITEMS, **changed}) is Code.DG_MALFORMED


@pytest.mark.parametrize(
    "zone",
    [
        replace(LAI, number="051958990137"),
        replace(LAI, number="05115899013"),
        replace(LAI, number="051359990137", document_number="359990137"),
        replace(LAI, document_number="158990138"),
    ],
)
def test_a_number_that_no_number_can_be_is_refused_even_at_a_counter(zone: mrz.Mrz) -> None:
    assert refusal(zone, strict=False) is Code.ID_NUMBER_INCONSISTENT


def test_a_number_of_another_sex_or_year_refuses_remotely_and_is_a_doubt_at_a_counter() -> None:
    other_sex, other_year = replace(LAI, gender="male"), replace(LAI, birth="590312")
    assert refusal(other_sex) is Code.ID_NUMBER_INCONSISTENT
    assert refusal(other_year, {**ITEMS, 3: "12/03/1959"}) is Code.ID_NUMBER_INCONSISTENT
    assert judged(other_sex, strict=False).doubts == ("national_id_gender_differs",)
    seen = judged(other_year, {**ITEMS, 3: "12/03/1959"}, strict=False)
    assert (seen.identity.birthdate, seen.doubts) == ("1959-03-12", ("national_id_birth_year_differs",))


def test_a_place_that_is_not_in_the_table_is_a_doubt_and_no_refusal() -> None:
    zone = replace(LAI, number="003158990137")
    assert judged(zone).doubts == ("national_id_place_unknown",)


def test_a_card_counts_on_its_last_day_and_not_on_the_next() -> None:
    zone = replace(LAI, expires=TODAY)
    assert refusal(zone) is None
    assert refusal(replace(zone, expires=date(2026, 11, 27))) is Code.DOCUMENT_EXPIRED


def test_another_end_in_dg13_is_a_doubt() -> None:
    assert judged(LAI, {**ITEMS, 12: "12/03/2030"}).doubts == ("expiry_differs",)


@pytest.mark.parametrize(
    ("changed", "code"), [({"issuer": "D"}, Code.ISSUER_NOT_ACCEPTED), ({"document_code": "P"}, Code.DOCUMENT_TYPE)]
)
def test_only_viet_nam_s_identity_cards_are_taken(changed: dict[str, str], code: Code) -> None:
    assert refusal(replace(LAI, **changed)) is code  # type: ignore[arg-type]


@given(st.dictionaries(st.integers(0, 17), st.text(max_size=30), max_size=12))
def test_any_items_are_read_or_refused(items: dict[int, str]) -> None:
    assert refusal(LAI, {**ITEMS, **items}) in (None, Code.DG_MALFORMED, Code.DG_INCONSISTENT)
