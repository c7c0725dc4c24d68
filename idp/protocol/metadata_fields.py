"""Fields of a registration document by their JSON type: RFC 7591 §2, §3.2.2; their meaning is in registration.py."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from idp.kernel.errors import InvalidClientMetadata

_MAX_ITEMS = 20
_MAX_TEXT = 2048
_MAX_NAME = 200
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
# Controls, surrogates, private use and bidirectional overrides: a name is shown to citizens and must not play tricks.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn"})
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def text(document: Mapping[str, Any], name: str) -> str | None:
    """A string of sensible length without control characters; null and the empty string count as absent."""
    value = document.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _MAX_TEXT or not is_plain(value):
        raise InvalidClientMetadata(f"{name} must be a string")
    return value


def texts(document: Mapping[str, Any], name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """An array of strings, duplicates dropped."""
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, list) or len(value) > _MAX_ITEMS:
        raise InvalidClientMetadata(f"{name} must be an array of at most {_MAX_ITEMS} strings")
    if not all(isinstance(item, str) and 0 < len(item) <= _MAX_TEXT and is_plain(item) for item in value):
        raise InvalidClientMetadata(f"{name} must be an array of strings")
    return tuple(dict.fromkeys(value))


def flag(document: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise InvalidClientMetadata(f"{name} must be true or false")
    return value


def number(document: Mapping[str, Any], name: str, *, most: int) -> int | None:
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise InvalidClientMetadata(f"{name} must be a whole number from 0 to {most}")
    return value


def localised(document: Mapping[str, Any], name: str) -> dict[str, str]:
    """RFC 7591 §2.2: `client_name` and `client_name#vi`. Pages need vi and en: a missing one is filled."""
    found: dict[str, str] = {}
    for key in document:
        base, _, tag = key.partition("#")
        language = tag.lower().partition("-")[0]
        if base == name and tag and _LANGUAGE.fullmatch(language):
            value = text(document, key)
            if value is not None:
                found[language] = _name(value, name)
    untagged = text(document, name)
    default = _name(untagged, name) if untagged is not None else next(iter(found.values()), None)
    return found if default is None else {"vi": default, "en": default, **found}


def is_plain(value: str) -> bool:
    """No control characters, no lone surrogates, nothing that reorders text."""
    return not any(unicodedata.category(c) in _FORBIDDEN_CATEGORIES or c in _BIDI for c in value)


def _name(value: str, field: str) -> str:
    if len(value) > _MAX_NAME:
        raise InvalidClientMetadata(f"{field} is too long")
    return unicodedata.normalize("NFC", value).strip() or "-"
