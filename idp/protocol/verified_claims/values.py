"""Values inside `verified_claims`: which claims there are, and which values the official schemas admit."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from idp.protocol.verified_claims.shapes import Leaf

PIN: Final = "qn:pin"
# Numbers that identify: only under an approved scope, and only in encrypted tokens.
IDENTIFYING: Final = frozenset({PIN})

_COUNTRY = re.compile(r"[A-Za-z]{2,3}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{12}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ADDRESS = frozenset({"formatted", "street_address", "locality", "region", "postal_code", "country", "country_code"})
_PLACE_OF_BIRTH = frozenset({"country", "region", "locality"})


def is_valid(shape: Leaf, value: object) -> bool:
    """A value of this kind as the schemas want it; empty text says nothing. Times are told in UTC (§9)."""
    match shape:
        case Leaf.TEXT:
            return isinstance(value, str) and value != ""
        case Leaf.DAY:
            return isinstance(value, str) and _DAY.fullmatch(value) is not None and _is_date(value)
        case Leaf.INSTANT:
            return isinstance(value, str) and _INSTANT.fullmatch(value) is not None and _is_instant(value)
        case Leaf.UNKNOWN | Leaf.NOTHING:
            return False


def is_deliverable(name: str, value: object) -> bool:
    """Only claims that discovery promises, with a value of their type."""
    return name in CLAIMS and CLAIMS[name](value)


def leaf_of(name: str) -> Leaf:
    """What restrictions of a claim are read by."""
    return Leaf.DAY if name == "birthdate" else Leaf.TEXT


def _text(value: object) -> bool:
    return is_valid(Leaf.TEXT, value)


def _day(value: object) -> bool:
    return is_valid(Leaf.DAY, value)


def _number(value: object) -> bool:
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


def _countries(value: object) -> bool:
    """ICAO 9303: two or three letters, each country once."""
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(one, str) and _COUNTRY.fullmatch(one) for one in value) and len(set(value)) == len(value)


def _place(members: frozenset[str]) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        if not isinstance(value, Mapping) or not value or not value.keys() <= members:
            return False
        return all(map(_text, value.values())) and (
            "country_code" not in value or _COUNTRY.fullmatch(value["country_code"]) is not None
        )

    return check


def _place_of_birth(value: object) -> bool:
    """OpenID Connect for Identity Assurance Claims §4: its `country` is a code."""
    return _place(_PLACE_OF_BIRTH)(value) and (
        not isinstance(value, Mapping) or "country" not in value or _COUNTRY.fullmatch(value["country"]) is not None
    )


# What may be delivered at all: `claims_in_verified_claims_supported` (§8).
CLAIMS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "name": _text,
    "family_name": _text,
    "middle_name": _text,
    "given_name": _text,
    "birthdate": _day,
    "gender": _text,
    "nationalities": _countries,
    "place_of_birth": _place_of_birth,
    "address": _place(_ADDRESS),
    PIN: _number,
}


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_instant(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
