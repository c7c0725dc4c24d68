"""Two statements about one field of a person compared: exact, folded, different or absent. Never "alike enough".

A match that a machine may act on is exact. What agrees only once marks are taken away is for an officer to judge:
Hoà and Hòa are one name spelt twice, Hoa may be another. Lý and Lí are found together, and are different.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from idp.identity import name as names_of_people

_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)


class Match(StrEnum):
    """How one field of two statements agrees; `ABSENT`: the other side knows nothing of it."""

    EXACT = "exact"
    FOLDED = "folded"
    DIFFERENT = "different"
    ABSENT = "absent"


def names(one: str, other: str | None) -> Match:
    """Exact after NFC, single spaces and casefolding; folded when the bare letters agree, else different."""
    if other is None or not names_of_people.normalise(other):
        return Match.ABSENT
    if _as_written(one) == _as_written(other):
        return Match.EXACT
    return Match.FOLDED if names_of_people.search_key(one) and names_of_people.same(one, other) else Match.DIFFERENT


def birthdates(one: str, other: str | None) -> Match:
    """Dates as OpenID Connect Core §5.1 writes them: `1969-04-30`, or `1969` where the day was never recorded.

    A year alone agrees with a date of that year as a bare name does with its marks: folded, and somebody has to judge.
    """
    if not other:
        return Match.ABSENT
    if one == other:
        return Match.EXACT
    parts, others = _parts(one), _parts(other)
    shared = min(len(parts), len(others))
    return Match.FOLDED if shared and parts[:shared] == others[:shared] else Match.DIFFERENT


def words(one: str, other: str | None) -> Match:
    """For values out of a closed list (gender, nationality): there is nothing between the same and another."""
    if not other:
        return Match.ABSENT
    return Match.EXACT if one == other else Match.DIFFERENT


COMPARED: Final[Mapping[str, Callable[[str, str | None], Match]]] = {
    "name": names,
    "birthdate": birthdates,
    "gender": words,
    "nationality": words,
}
"""By OpenID Connect's name of the claim. A field without a line here is compared nowhere."""


def compare(asked: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Match]:
    """Every field that was asked, and no other."""
    return {field: COMPARED[field](value, known.get(field)) for field, value in asked.items()}


def _as_written(text: str) -> str:
    return names_of_people.normalise(names_of_people.normalise(text).casefold())


def _parts(text: str) -> tuple[str, ...]:
    found = _DATE.fullmatch(text)
    return tuple(part for part in found.groups() if part) if found else ()
