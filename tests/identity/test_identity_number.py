"""Numbers with their kind: nobody is assumed to bear twelve digits, and nothing that identifies is printed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity import identity_number, login_identifier
from idp.identity.countries import ISO_COUNTRIES, ISSUERS
from idp.identity.identity_number import KINDS, IdentityNumber, NumberKind, looks_like, mask, parse, warnings
from idp.kernel.errors import Refusal

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("kind", "text", "country", "value"),
    [
        ("pin", "051 158 990 137", None, "051158990137"),
        ("identity_certificate", "051158990137", None, "051158990137"),
        ("passport", "c 1234567", "usa", "C1234567"),
        ("passport", "AB-123456", "LAO", "AB123456"),
        ("residence_card", "ttr 0123456", None, "TTR0123456"),
        ("old_id_card", "212 345 678", None, "212345678"),
    ],
)
def test_each_kind_has_one_form(kind: str, text: str, country: str | None, value: str) -> None:
    number = parse(kind, text, TODAY, country)
    assert (number.kind.value, number.value) == (kind, value)
    assert value not in repr(number)
    assert value not in mask(number)


@pytest.mark.parametrize(
    ("kind", "text", "country", "key"),
    [
        ("driving_licence", "1", None, "identity_number_kind"),
        ("pin", "05109099021", None, "national_id_malformed"),
        ("pin", "051490990218", None, "national_id_century"),
        ("identity_certificate", "051227990218", None, "national_id_future"),
        ("passport", "C1234567", None, "identity_number_country"),
        ("passport", "C1234567", "QQQ", "identity_number_country"),
        ("passport", "ABCDEFGH", "USA", "passport_malformed"),
        ("passport", "C123456789", "USA", "passport_malformed"),
        ("residence_card", "AB12", None, "residence_card_malformed"),
        ("residence_card", "AB123456", "LAO", "identity_number_country"),
        ("old_id_card", "2123456789", None, "old_id_card_malformed"),
    ],
)
def test_what_no_bearer_can_have_is_refused(kind: str, text: str, country: str | None, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(kind, text, TODAY, country)
    assert refused.value.key == key


def test_doubts_open_a_case_and_refuse_nothing() -> None:
    of_a_man = parse("pin", "051188990064", TODAY)
    assert warnings(of_a_man, TODAY, gender="male", birth_year=1988) == ("national_id_gender_differs",)
    assert warnings(parse("passport", "B1234567", TODAY, "VNM"), TODAY) == ("passport_of_citizen",)
    assert warnings(parse("passport", "B1234567", TODAY, "LAO"), TODAY) == ()


def test_two_countries_number_their_passports_alike_and_those_are_two_numbers() -> None:
    lao, thai = (parse("passport", "P1234567", TODAY, country) for country in ("LAO", "THA"))
    assert lao.indexed != thai.indexed
    assert mask(lao) == "LAO P•••••67"


def test_a_certificate_and_a_number_share_one_space_so_the_same_digits_are_never_two_persons() -> None:
    assert {KINDS[kind].index for kind in (NumberKind.PIN, NumberKind.IDENTITY_CERTIFICATE)} == {"national_id"}
    assert not KINDS[NumberKind.OLD_ID_CARD].signs_in


def test_countries_are_those_of_iso_and_of_passports() -> None:
    assert len(ISO_COUNTRIES) == 249
    assert {"VNM", "DEU", "XXA", "UNO"} <= ISSUERS


@pytest.mark.parametrize("text", ["LAO P1234567", "lao-p1234567", "ＬＡＯ　P1234567", "LAO: P 123 4567"])
def test_a_passport_signs_in_with_its_country_in_front(text: str) -> None:
    [found] = [one for one in login_identifier.parse(text) if one.kind is login_identifier.Kind.PASSPORT]
    assert found.value == parse("passport", "P1234567", TODAY, "LAO").indexed
    assert looks_like(text)


def test_a_residence_card_signs_in_where_its_letters_tell_it_from_a_telephone() -> None:
    assert [one.kind.value for one in login_identifier.parse("TTR 0123456")] == ["residence_card"]
    assert "residence_card" not in [one.kind.value for one in login_identifier.parse("0900000001")]


@given(
    st.sampled_from([*(kind.value for kind in NumberKind), "", "PIN"]),
    st.text(st.characters(), max_size=130) | st.from_regex(r"[A-Z0-9 .-]{4,14}", fullmatch=True),
    st.sampled_from([None, "", "LAO", "vnm", "\ud800"]),
)
def test_any_text_is_a_number_or_a_refusal_and_its_form_is_stable(kind: str, text: str, country: str | None) -> None:
    try:
        number = parse(kind, text, TODAY, country)
    except Refusal:
        return
    assert parse(kind, number.value, TODAY, number.country) == number
    assert IdentityNumber(number.kind, number.value, number.country).indexed.isascii()
    warnings(number, TODAY)


@given(st.text(st.characters(), max_size=300))
def test_any_text_may_be_asked_whether_it_holds_a_number(text: str) -> None:
    assert looks_like(text) in (True, False)
    for typed in (identity_number.typed_passport(text), identity_number.typed_residence_card(text)):
        assert typed is None or typed.isascii()
