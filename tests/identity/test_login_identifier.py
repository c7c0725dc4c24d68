"""What a citizen types into the name field, and what it could mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.login_identifier import Kind, LoginIdentifier, canonical_email, canonical_phone, parse


def kinds(text: str) -> list[str]:
    return [candidate.kind for candidate in parse(text)]


@pytest.mark.parametrize(
    "text",
    [
        "051090990218",
        " 051 090 990 218 ",
        "0510 9099 0218",
        "051-090-990218",
        "０５１０９０９９０２１８",
        "051.090.990.218",
    ],
)
def test_an_identity_number_with_or_without_spaces(text: str) -> None:
    assert parse(text)[0] == LoginIdentifier(Kind.NATIONAL_ID, "051090990218")


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("0900000001", "+84900000001"),
        ("+84900000001", "+84900000001"),
        ("84 900 000 001", "+84900000001"),
        ("900000001", "+84900000001"),
        ("0255 382 2866", "+842553822866"),
        ("(0255) 382-2866", "+842553822866"),
        ("01685123456", None),
        ("0605123456", None),
    ],
)
def test_a_phone_number_in_any_form_is_one_number(text: str, e164: str | None) -> None:
    plain = text.replace("(", "").replace(")", "")
    assert canonical_phone(plain) == e164


@pytest.mark.parametrize("text", ["Rin@Example.vn", " rin@example.vn ", "RIN@EXAMPLE.VN"])
def test_an_e_mail_address_in_any_case(text: str) -> None:
    assert parse(text) == (LoginIdentifier(Kind.EMAIL, "rin@example.vn"),)


@pytest.mark.parametrize(
    "text", ["rin@", "@example.vn", "rin", "a b@example.vn", "a@b", "a@@example.vn", "a" * 65 + "@x.vn", ""]
)
def test_what_is_no_e_mail_address(text: str) -> None:
    assert canonical_email(text) is None


def test_a_code_card_number() -> None:
    assert parse("qn-2345 abcd") == (LoginIdentifier(Kind.CODE_CARD, "QN2345ABCD"),)
    assert kinds("QN1111OOOO") == []


def test_a_megabyte_is_nobodys_name() -> None:
    assert parse("0" * 1_000_000) == ()


def test_twelve_digits_may_mean_two_things() -> None:
    assert kinds("842553822866") == ["national_id", "phone_number"]


def test_a_printed_identifier_shows_no_value() -> None:
    assert "051090990218" not in repr(parse("051090990218"))


@given(st.text(st.characters(), max_size=400) | st.from_regex(r"[\d+ .@()-]{1,40}"))
def test_any_text_gives_candidates_that_mean_themselves(text: str) -> None:
    for candidate in parse(text):
        assert candidate in parse(candidate.value)
        candidate.value.encode("utf-8")


@given(st.from_regex(r"0[0-9]{2}[0-3][0-9]{8}", fullmatch=True), st.sampled_from([" ", "-", ".", ""]))
def test_separators_never_change_an_identity_number(number: str, separator: str) -> None:
    spelled = separator.join(number[at : at + 3] for at in range(0, 12, 3))
    assert parse(spelled)[0].value == number
