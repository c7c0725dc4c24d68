"""The QR code printed on a citizen card: plain text that anybody can print, so it fills in a form and proves nothing.

Fields parted by `|`: number, old nine-digit number or nothing, name, birth, sex, residence, day of issue. Newer cards
append fields, which are passed over.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from idp.identity import name, national_id

_LONGEST = 1000
_FEWEST_FIELDS = 7
_OLD_NUMBER = re.compile(r"[0-9]{9}", re.ASCII)
_DAY = re.compile(r"[0-9]{8}", re.ASCII)
_GENDERS = {"nam": "male", "nu": "female"}


@dataclass(frozen=True, slots=True)
class CardQr:
    """What the code says; None for what it leaves open or says unreadably."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    old_number: str | None = field(repr=False)
    birthdate: date | None = field(repr=False)
    gender: str | None
    residence: str | None = field(repr=False)
    issued: date | None


def parse(text: str) -> CardQr | None:
    """Total: None for whatever is no citizen card's code. Number and name are what makes it one."""
    if len(text) > _LONGEST:
        return None
    fields = [name.normalise(part) for part in text.strip().split("|")]
    if len(fields) < _FEWEST_FIELDS:
        return None
    number, old, called, birth, sex, residence, issued = fields[:_FEWEST_FIELDS]
    if national_id.canonical(number) != number or not called:
        return None
    return CardQr(
        number=number,
        name=called,
        old_number=old if _OLD_NUMBER.fullmatch(old) else None,
        birthdate=_day(birth),
        gender=_GENDERS.get(name.search_key(sex)),
        residence=residence or None,
        issued=_day(issued),
    )


def _day(text: str) -> date | None:
    """Eight digits: day, month, year."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%d%m%Y").date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        return None
