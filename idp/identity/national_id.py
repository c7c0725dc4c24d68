"""The 12-digit personal identification number (số định danh cá nhân): structure, doubts, mask.

Circular 07/2016/TT-BCA Annex I: three digits of the place of birth registration, one for century and sex, two for the
year, six random ones; no check digit.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from idp.kernel.errors import Refusal

# Codes in existing numbers did not change when provinces merged; countries have codes of their own.
PLACES = frozenset(
    {
        *(
            "001",
            "002",
            "004",
            "006",
            "008",
            "010",
            "011",
            "012",
            "014",
            "015",
            "017",
            "019",
            "020",
            "022",
            "024",
            "025",
        ),
        *(
            "026",
            "027",
            "030",
            "031",
            "033",
            "034",
            "035",
            "036",
            "037",
            "038",
            "040",
            "042",
            "044",
            "045",
            "046",
            "048",
        ),
        *(
            "049",
            "051",
            "052",
            "054",
            "056",
            "058",
            "060",
            "062",
            "064",
            "066",
            "067",
            "068",
            "070",
            "072",
            "074",
            "075",
        ),
        *("077", "079", "080", "082", "083", "084", "086", "087", "089", "091", "092", "093", "094", "095", "096"),
    }
)

_NUMBER = re.compile(r"[0-9]{12}", re.ASCII)
_SEPARATORS = re.compile(r"[\s.\-_]+")
_RUN = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])", re.ASCII)
_MAX_TEXT = 1000
# Two centuries are plenty: a fourth digit of 4 and more speaks of people born after 2099.
_LAST_CENTURY_DIGIT = 3


@dataclass(frozen=True, slots=True)
class NationalId:
    """What the number says of its bearer; civil corrections may since have said otherwise."""

    number: str
    place: str
    gender: str
    birth_year: int
    serial: str


def canonical(text: str) -> str | None:
    """Twelve ASCII digits, whatever separators and digit forms were typed; None where it is no such number."""
    if len(text) > _MAX_TEXT:
        return None
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    return digits if _NUMBER.fullmatch(digits) else None


def looks_like(text: str) -> bool:
    """Whether a text holds an identity number, so that it must neither be stored nor logged as it is."""
    return canonical(text) is not None or _RUN.search(unicodedata.normalize("NFKC", text)) is not None


def parse(number: str, today: date) -> NationalId:
    """The structure, or a Refusal for what no number can be: length, digits, century, a year that is still to come."""
    digits = canonical(number)
    if digits is None:
        raise Refusal("national_id_malformed")
    century_and_sex, year = int(digits[3]), int(digits[4:6])
    if century_and_sex > _LAST_CENTURY_DIGIT:
        raise Refusal("national_id_century")
    birth_year = 1900 + 100 * (century_and_sex // 2) + year
    if birth_year > today.year:
        raise Refusal("national_id_future")
    gender = "female" if century_and_sex % 2 else "male"
    return NationalId(digits, digits[:3], gender, birth_year, digits[6:])


def warnings(number: NationalId, *, gender: str | None = None, birth_year: int | None = None) -> tuple[str, ...]:
    """Doubts that open a case for two officers instead of refusing, since the State may have signed a correction."""
    doubts = (
        ("national_id_place_unknown", number.place not in PLACES),
        ("national_id_gender_differs", gender is not None and gender != number.gender),
        ("national_id_birth_year_differs", birth_year is not None and birth_year != number.birth_year),
    )
    return tuple(key for key, holds in doubts if holds)


def mask(number: str) -> str:
    """`051090990218` → `051•••••0218`."""
    return f"{number[:3]}•••••{number[-4:]}" if _NUMBER.fullmatch(number) else "•" * 5
