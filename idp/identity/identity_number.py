"""The number that names a person, with its kind: nothing here assumes that everybody bears twelve digits.

Foreigners bear a passport's number with its country, or a residence card's; people of Vietnamese origin whose
nationality is undetermined an identity certificate's (Law on Identity 26/2023/QH15). One kind is one row of `KINDS`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from idp.identity import national_id
from idp.identity.countries import ISSUERS, VIET_NAM
from idp.kernel.errors import Refusal

_MAX_TEXT = 100
_SEPARATORS = re.compile(r"[\s.\-_/]+")
# ICAO Doc 9303 part 4 §4.2.2: nine positions for the number of a passport.
_PASSPORT = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,9}", re.ASCII)
_RESIDENCE_CARD = re.compile(r"(?=.*[0-9])[A-Z0-9]{6,15}", re.ASCII)
_OLD_ID_CARD = re.compile(r"[0-9]{9}", re.ASCII)
# As people type them where nothing says which kind it is.
_TYPED_PASSPORT = re.compile(r"([A-Z]{3})[\s:.\-_/]*([A-Z0-9 .\-]{5,15})", re.ASCII)
_TYPED_RESIDENCE_CARD = re.compile(r"[A-Z]{1,3}[0-9]{6,10}", re.ASCII)


class NumberKind(StrEnum):
    """Also the word that an administrator's document and a sealed record use."""

    PIN = "pin"
    PASSPORT = "passport"
    RESIDENCE_CARD = "residence_card"
    IDENTITY_CERTIFICATE = "identity_certificate"
    # The card of nine digits (CMND) died with 2024: it still tells that two records are one person, and nothing more.
    OLD_ID_CARD = "old_id_card"


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """`value` is canonical; `country` is a passport's, as ISO 3166-1 alpha-3."""

    kind: NumberKind
    value: str
    country: str | None = None

    @property
    def index(self) -> str:
        """The kind under which the keyed index finds its bearer, and under which it signs in."""
        return KINDS[self.kind].index

    @property
    def indexed(self) -> str:
        """What the keyed index digests: a passport's number means nothing without its country."""
        return self.value if self.country is None else f"{self.country}:{self.value}"

    def __repr__(self) -> str:
        # Personal data: it must not reach a log by way of a traceback.
        return f"IdentityNumber({self.kind.value})"


@dataclass(frozen=True, slots=True)
class KindRule:
    """`canonical` gives None for what can't be such a number; `check` raises Refusal for what nobody can bear.

    Two kinds of one `index` share one space of numbers: the same digits are never two persons'.
    """

    index: str
    malformed: Callable[[], Refusal]
    canonical: Callable[[str], str | None]
    mask: Callable[[str], str]
    check: Callable[[str, date], object] = lambda _number, _today: None
    signs_in: bool = True


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text[:_MAX_TEXT])).upper()


def _shaped(shape: re.Pattern[str]) -> Callable[[str], str | None]:
    def canonical(text: str) -> str | None:
        plain = _plain(text)
        return plain if len(text) <= _MAX_TEXT and shape.fullmatch(plain) else None

    return canonical


def _ends(value: str) -> str:
    """The first and the last two: enough to tell two cards apart, too little to use one."""
    return f"{value[:1]}•••••{value[-2:]}"


def _no_national_id() -> Refusal:
    return Refusal("national_id_malformed")


KINDS: Final[Mapping[NumberKind, KindRule]] = {
    NumberKind.PIN: KindRule(
        "national_id", _no_national_id, national_id.canonical, national_id.mask, national_id.parse
    ),
    # "Số định danh cá nhân" stands on the certificate too: one space of numbers, so one index.
    NumberKind.IDENTITY_CERTIFICATE: KindRule(
        "national_id", _no_national_id, national_id.canonical, national_id.mask, national_id.parse
    ),
    NumberKind.PASSPORT: KindRule("passport", lambda: Refusal("passport_malformed"), _shaped(_PASSPORT), _ends),
    NumberKind.RESIDENCE_CARD: KindRule(
        "residence_card", lambda: Refusal("residence_card_malformed"), _shaped(_RESIDENCE_CARD), _ends
    ),
    NumberKind.OLD_ID_CARD: KindRule(
        "old_id_card", lambda: Refusal("old_id_card_malformed"), _shaped(_OLD_ID_CARD), _ends, signs_in=False
    ),
}


def parse(kind: str, text: str, today: date, country: str | None = None) -> IdentityNumber:
    """The hard rules: kind, form, a passport's country, and what no bearer can have. Raises Refusal."""
    if kind not in KINDS:
        raise Refusal("identity_number_kind")
    number_kind = NumberKind(kind)
    rule = KINDS[number_kind]
    value = rule.canonical(text)
    if value is None:
        raise rule.malformed()
    rule.check(value, today)
    return IdentityNumber(number_kind, value, _country(number_kind, country))


def warnings(
    number: IdentityNumber, today: date, *, gender: str | None = None, birth_year: int | None = None
) -> tuple[str, ...]:
    """The soft rules: doubts that open a case for two officers, since the State may have signed a correction."""
    if number.index == "national_id":
        known = national_id.parse(number.value, today)
        return national_id.warnings(known, gender=gender, birth_year=birth_year)
    # Whoever is a citizen has a number of their own, and would be here a second time by their passport's.
    return ("passport_of_citizen",) if number.country == VIET_NAM else ()


def mask(number: IdentityNumber) -> str:
    """`051•••••0218`; `USA C•••••67`."""
    shown = KINDS[number.kind].mask(number.value)
    return shown if number.country is None else f"{number.country} {shown}"


def typed_passport(text: str) -> str | None:
    """A passport as somebody types it into the sign-in page, country first: `USA C1234567` → `USA:C1234567`."""
    if len(text) > _MAX_TEXT:
        return None
    found = _TYPED_PASSPORT.fullmatch(unicodedata.normalize("NFKC", text).strip().upper())
    value = KINDS[NumberKind.PASSPORT].canonical(found[2]) if found and found[1] in ISSUERS else None
    return f"{found[1]}:{value}" if found and value else None


def typed_residence_card(text: str) -> str | None:
    """Only with its letters: bare digits are a telephone number or an identity number to whoever types them."""
    plain = _plain(text)
    return plain if len(text) <= _MAX_TEXT and _TYPED_RESIDENCE_CARD.fullmatch(plain) else None


def looks_like(text: str) -> bool:
    """Whether a text holds an identity number of any kind, so that it must neither be stored nor logged as it is."""
    return national_id.looks_like(text) or typed_passport(text) is not None or typed_residence_card(text) is not None


def _country(kind: NumberKind, country: str | None) -> str | None:
    if kind is not NumberKind.PASSPORT:
        if country is not None:
            raise Refusal("identity_number_country")
        return None
    code = (country or "").strip().upper()
    if code not in ISSUERS:
        raise Refusal("identity_number_country")
    return code
