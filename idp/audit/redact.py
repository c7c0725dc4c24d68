"""The last look at what an event is about to hold: an officer's free text may carry what no field should.

Fields are named and chosen in kinds.py; this only catches a number, an address or a token that was typed into a reason.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

MARK = "[redacted]"

_MAX_TEXT = 500
# Somebody who builds a text that never settles has nothing to say that has to be kept.
_MOST_PASSES = 5
_PATTERNS = (
    # A JWT, and any random value of ours: 43 characters of base64url are 256 bits.
    re.compile(r"eyJ[A-Za-z0-9_\-]{5,}(?:\.[A-Za-z0-9_\-]*){0,4}", re.ASCII),
    re.compile(r"(?<![A-Za-z0-9_\-])[A-Za-z0-9_\-]{43,}", re.ASCII),
    re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,255}"),
    # Identity and phone numbers, with the separators that people type; ids of ours hold letters in between.
    re.compile(r"(?<![0-9A-Za-z])\+?[0-9](?:[ .\-]?[0-9]){8,14}(?![0-9A-Za-z])", re.ASCII),
)


# Nearly every value is a scope, a resource or a word of ours that came a moment ago already.
@lru_cache(maxsize=1024)
def text(value: str) -> str:
    """The text without what looks secret or personal, and not longer than a reason has to be."""
    for _ in range(_MOST_PASSES):
        shorter = _once(value)
        if shorter == value:
            return value
        value = shorter
    return MARK


def _once(value: str) -> str:
    """A mark in the middle of a text, and the cut at its end, may leave something that looks like a number again."""
    for pattern in _PATTERNS:
        value = pattern.sub(MARK, value)
    return value[:_MAX_TEXT]


def value(held: object) -> object:
    """Any value of an event's field, to any depth."""
    match held:
        case str():
            return text(held)
        case list() | tuple() | set() | frozenset():
            return [value(item) for item in held]
        case Mapping():
            return {name: value(item) for name, item in held.items()}
        case _:
            return held
