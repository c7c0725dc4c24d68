"""The machine-readable zone as it is printed, and what is not one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity import mrz
from idp.identity.chip_refusal import ChipRefused, Code

# Fictional; formats and digits as on the cards.
RIN = "IDVNM0909902182051090990218<<89007057M3007055VNM<<<<<<<<<<<6DINH<<VAN<RIN<<<<<<<<<<<<<<<<<"
LAI = "IDVNM1589901373051158990137<<95803125F9912315VNM<<<<<<<<<<<2PHAM<<THI<LAI<<<<<<<<<<<<<<<<<"


def test_a_card_is_read_as_it_is_printed() -> None:
    read = mrz.parse(RIN)
    assert (read.document_code, read.issuer, read.document_number) == ("ID", "VNM", "090990218")
    assert (read.number, read.birth, read.gender) == ("051090990218", "900705", "male")
    assert (read.expires, read.nationality, read.name) == (date(2030, 7, 5), "VNM", "DINH VAN RIN")
    assert not read.names_cut


def test_a_card_without_an_end_never_expires() -> None:
    assert mrz.parse(LAI).expires is None


@pytest.mark.parametrize("place", [14, 29, 36, 44, 59])
def test_each_of_the_five_check_digits_counts(place: int) -> None:
    wrong = LAI[:place] + str((int(LAI[place]) + 1) % 10) + LAI[place + 1 :]
    assert refusal(wrong) is Code.MRZ_CHECK_DIGIT


@pytest.mark.parametrize(
    "text",
    [
        "",
        RIN[:-1],
        RIN + "<",
        RIN.lower(),
        RIN.replace("RIN", "RÍN"),
        RIN[:30] + "\n" + RIN[31:],
        RIN.replace("M300", "X300"),
    ],
)
def test_what_no_card_has_is_refused(text: str) -> None:
    assert refusal(text) is Code.MRZ_INVALID


@given(st.integers(0, 89), st.sampled_from("0123456789ABCXYZ<"))
def test_no_single_character_changes_a_date_or_a_number_unnoticed(place: int, character: str) -> None:
    changed = RIN[:place] + character + RIN[place + 1 :]
    try:
        read = mrz.parse(changed)
    except ChipRefused:
        return
    known = mrz.parse(RIN)
    assert (read.birth, read.expires) == (known.birth, known.expires) or changed == RIN


@given(st.text(max_size=120) | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", min_size=90, max_size=90))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert refusal(text) in (None, Code.MRZ_INVALID, Code.MRZ_CHECK_DIGIT)


def refusal(text: str) -> Code | None:
    try:
        mrz.parse(text)
    except ChipRefused as refused:
        return refused.code
    return None
