"""What a citizen card says of its bearer, once its signatures hold: whether its parts agree, and until when it counts.

Two parts of the chip speak: the machine-readable zone (DG1), without diacritics and with years of two digits, and
Viet Nam's own text (DG13). Neither is right against the other: where they differ, the chip is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from idp.identity import name, national_id
from idp.identity.chip_refusal import ChipRefused, Code
from idp.identity.mrz import Mrz
from idp.identity.national_id import NationalId
from idp.kernel.errors import Refusal

ISSUER = "VNM"
DOCUMENT_CODE = "ID"

_BIRTH = re.compile(r"(?:(?:([0-9]{2})[/.-])?([0-9]{2})[/.-])?([0-9]{4})", re.ASCII)
_DAY = re.compile(r"([0-9]{2})[/.-]([0-9]{2})[/.-]([0-9]{4})", re.ASCII)
_GENDERS = {"nam": "male", "nu": "female"}
_APOSTROPHES = re.compile(r"['’ʼ`´]")
# Circular 16/2024/TT-BCA has more; ethnicity, religion and marks are never taken, so they can't be kept.
_TAKEN: Mapping[int, str] = MappingProxyType(
    {1: "number", 2: "name", 3: "birth", 4: "sex", 5: "nationality", 8: "origin", 9: "residence", 11: "issued"}
)
_EXPIRES = 12


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A birth of which the month, or the day, may never have been known."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def iso(self) -> str:
        """OpenID Connect Core §5.1: a day, or a year alone."""
        if self.month is None or self.day is None:
            return f"{self.year:04d}"
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class CardText:
    """Of DG13, what may be kept."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    birth: PartialDate = field(repr=False)
    gender: str
    nationality: str | None = None
    origin: str | None = field(default=None, repr=False)
    residence: str | None = field(default=None, repr=False)
    issued: date | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class CardIdentity:
    """The verified claims. Without DG13 the name is the MRZ's, in capitals and without diacritics."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    name_has_diacritics: bool
    birthdate: str = field(repr=False)
    gender: str
    expires: date | None
    nationality: str
    origin: str | None = field(default=None, repr=False)
    residence: str | None = field(default=None, repr=False)
    issued: date | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """`doubts` did not refuse, and are for officers to see: words of national_id.warnings, `expiry_differs`."""

    identity: CardIdentity
    doubts: tuple[str, ...]


def card_text(items: Mapping[int, str]) -> CardText:
    """DG13's items by their number. Raises ChipRefused (`dg_malformed`)."""
    said = {word: name.normalise(items[number]) for number, word in _TAKEN.items() if number in items}
    gender = _GENDERS.get(name.search_key(said.get("sex", "")))
    if not said.get("number") or not said.get("name") or gender is None:
        raise ChipRefused(Code.DG_MALFORMED, "DG13 lacks number, name or sex")
    return CardText(
        number=said["number"],
        name=said["name"],
        birth=_birth(said.get("birth", "")),
        gender=gender,
        nationality=said.get("nationality") or None,
        origin=said.get("origin") or None,
        residence=said.get("residence") or None,
        issued=_day(said.get("issued", "")),
        expires=_day(name.normalise(items.get(_EXPIRES, ""))),
    )


def check_document(mrz: Mrz) -> None:
    """Raises ChipRefused: `issuer_not_accepted`, `document_type`."""
    if mrz.issuer != ISSUER:
        raise ChipRefused(Code.ISSUER_NOT_ACCEPTED, "issuing state")
    if mrz.document_code != DOCUMENT_CODE:
        raise ChipRefused(Code.DOCUMENT_TYPE, "document code")


def check_agreement(mrz: Mrz, text: CardText) -> None:
    """DG1 against DG13: number, birth, sex, folded name. Raises ChipRefused (`dg_inconsistent`)."""
    agree = {
        "number": mrz.number == text.number,
        "birth": _same_birth(mrz.birth, text.birth),
        "sex": mrz.gender == text.gender,
        "name": _same_name(mrz, text.name),
    }
    differing = [what for what, holds in agree.items() if not holds]
    if differing:
        raise ChipRefused(Code.DG_INCONSISTENT, ", ".join(differing))


def judge(mrz: Mrz, text: CardText | None, today: date, *, refuse_doubts: bool) -> Judged:
    """The number's structure, the birth that it dates, the card's end. `refuse_doubts`: a number that does not go with
    sex or year of birth refuses; False only at a counter, where two officers see it (the State may have corrected it).

    Raises ChipRefused: `id_number_inconsistent`, `mrz_invalid` (29 February of no leap year), `document_expired`.
    """
    number = _number(mrz, today)
    birth = text.birth if text is not None else _dated(mrz.birth, number.birth_year)
    doubts = national_id.warnings(number, gender=mrz.gender, birth_year=birth.year)
    grave = [doubt for doubt in doubts if doubt != "national_id_place_unknown"]
    if grave and refuse_doubts:
        raise ChipRefused(Code.ID_NUMBER_INCONSISTENT, ", ".join(grave))
    if mrz.expires is not None and mrz.expires < today:
        raise ChipRefused(Code.DOCUMENT_EXPIRED, "past its last day")
    if text is not None and text.expires is not None and text.expires != mrz.expires:
        doubts = (*doubts, "expiry_differs")
    return Judged(_identity(mrz, text, number, birth), doubts)


def _identity(mrz: Mrz, text: CardText | None, number: NationalId, birth: PartialDate) -> CardIdentity:
    return CardIdentity(
        number=number.number,
        name=mrz.name if text is None else text.name,
        name_has_diacritics=text is not None,
        birthdate=birth.iso,
        gender=mrz.gender,
        expires=mrz.expires,
        nationality=mrz.nationality,
        origin=None if text is None else text.origin,
        residence=None if text is None else text.residence,
        issued=None if text is None else text.issued,
    )


def _number(mrz: Mrz, today: date) -> NationalId:
    try:
        number = national_id.parse(mrz.number, today)
    except Refusal as refusal:
        raise ChipRefused(Code.ID_NUMBER_INCONSISTENT, refusal.key) from None
    # The document number is the last nine digits of the identity number.
    if number.number[-9:] != mrz.document_number:
        raise ChipRefused(Code.ID_NUMBER_INCONSISTENT, "document number")
    return number


def _dated(birth: str, year: int) -> PartialDate:
    """Two digits of a year get the century of the identity number, so that 1958 is not 2058."""
    century = year // 100 * 100
    month, day = birth[2:4], birth[4:6]
    found = PartialDate(
        century + int(birth[0:2]), None if month == "<<" else int(month), None if day == "<<" else int(day)
    )
    if not _is_real(found):
        raise ChipRefused(Code.MRZ_INVALID, "birth")
    return found


def _birth(text: str) -> PartialDate:
    match = _BIRTH.fullmatch(text)
    if match is None:
        raise ChipRefused(Code.DG_MALFORMED, "DG13 birth")
    day, month, year = (None if part is None else int(part) for part in match.groups())
    found = PartialDate(year or 0, month, day)
    if not _is_real(found):
        raise ChipRefused(Code.DG_MALFORMED, "DG13 birth")
    return found


def _is_real(found: PartialDate) -> bool:
    try:
        date(found.year, found.month or 1, found.day or 1)
    except ValueError:
        return False
    return found.month != 0 and found.day != 0


def _day(text: str) -> date | None:
    """None for what is no day: cards without an end say so in words."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    day, month, year = map(int, match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _same_birth(mrz: str, text: PartialDate) -> bool:
    """Year always; month and day where both know them."""
    parts = ((mrz[2:4], text.month), (mrz[4:6], text.day))
    return int(mrz[0:2]) == text.year % 100 and all(
        said == "<<" or known is None or int(said) == known for said, known in parts
    )


def _same_name(mrz: Mrz, text: str) -> bool:
    """Letters alone: fillers stand where the name has spaces, hyphens, or nothing (Doc 9303-3 §4.6)."""
    spoken = [_letters(word) for word in _APOSTROPHES.sub("", text).replace("-", " ").split()]
    if "".join(spoken) == mrz.name.replace(" ", "").lower():
        return True
    # A long name is cut at its end, or word by word: each word there begins a word here, the first the first.
    printed = mrz.name.lower().split()
    rest = iter(spoken)
    return (
        mrz.names_cut
        and bool(printed and spoken)
        and spoken[0].startswith(printed[0])
        and all(any(word.startswith(part) for word in rest) for part in printed)
    )


def _letters(word: str) -> str:
    return "".join(character for character in name.search_key(word) if character.isalnum())
