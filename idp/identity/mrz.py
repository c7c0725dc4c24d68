"""The machine-readable zone of a citizen card: ICAO Doc 9303-5, size TD1, three lines of thirty characters.

Read as it is printed: what a two-digit year means, and whether the card agrees with itself, is citizen_card's.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from idp.identity.chip_refusal import ChipRefused, Code

LENGTH = 90
_LINE = 30
_CHARACTERS = re.compile(r"[A-Z0-9<]{90}", re.ASCII)
_WEIGHTS = (7, 3, 1)
# What a card without an end of validity has in place of one.
NO_EXPIRY = "991231"


@dataclass(frozen=True, slots=True)
class Mrz:
    """`number` is the identity number of the optional field; `birth` is YYMMDD with `<` for what is not known.

    `expires` is None for a card that never expires. `names_cut`: the name filled its field, so it may go on.
    """

    document_code: str
    issuer: str
    document_number: str = field(repr=False)
    number: str = field(repr=False)
    birth: str = field(repr=False)
    gender: str
    expires: date | None
    nationality: str
    name: str = field(repr=False)
    names_cut: bool


def check_digit(text: str) -> str:
    """Doc 9303-3 §4.9: weights 7, 3, 1; letters count from ten, fillers nothing."""
    values = (0 if character == "<" else int(character, 36) for character in text)
    return str(sum(value * _WEIGHTS[place % 3] for place, value in enumerate(values)) % 10)


def parse(text: str) -> Mrz:
    """All ninety characters in one piece. Raises ChipRefused: `mrz_invalid`, `mrz_check_digit`."""
    if not _CHARACTERS.fullmatch(text):
        raise ChipRefused(Code.MRZ_INVALID, "not ninety characters of an MRZ")
    first, second, third = (text[at : at + _LINE] for at in range(0, LENGTH, _LINE))
    _check_digits(first, second)
    birth, sex, expiry = second[0:6], second[7], second[8:14]
    if sex not in "MF":
        raise ChipRefused(Code.MRZ_INVALID, "sex is neither M nor F")
    _check_birth(birth)
    return Mrz(
        document_code=first[0:2].rstrip("<"),
        issuer=first[2:5].rstrip("<"),
        document_number=first[5:14].rstrip("<"),
        number=first[15:29].rstrip("<"),
        birth=birth,
        gender="male" if sex == "M" else "female",
        expires=_expiry(expiry),
        nationality=second[15:18].rstrip("<"),
        name=" ".join(third.replace("<", " ").split()),
        names_cut=not third.endswith("<"),
    )


def _check_digits(first: str, second: str) -> None:
    """Five of them: number, optional field, birth, expiry, and one over all of these (Doc 9303-5 §4.2.4)."""
    composite = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    checked = {
        "document number": (first[5:14], first[14]),
        "optional field": (first[15:29], first[29]),
        "birth": (second[0:6], second[6]),
        "expiry": (second[8:14], second[14]),
        "composite": (composite, second[29]),
    }
    for what, (text, digit) in checked.items():
        if check_digit(text) != digit:
            raise ChipRefused(Code.MRZ_CHECK_DIGIT, what)


def _check_birth(text: str) -> None:
    """Doc 9303-3 §4.8: an unknown month or day is two fillers. A real day in some century, 29 February included."""
    year, month, day = text[0:2], text[2:4], text[4:6]
    known_month, known_day = month != "<<", day != "<<"
    if not year.isdigit() or (known_day and not known_month):
        raise ChipRefused(Code.MRZ_INVALID, "birth")
    try:
        date(2000 + int(year) // 4 * 4, int(month) if known_month else 1, int(day) if known_day else 1)
    except ValueError:
        raise ChipRefused(Code.MRZ_INVALID, "birth") from None


def _expiry(text: str) -> date | None:
    if text == NO_EXPIRY:
        return None
    try:
        # No chip was issued before 2021, so the century is never in doubt.
        return date(2000 + int(text[0:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise ChipRefused(Code.MRZ_INVALID, "expiry") from None
