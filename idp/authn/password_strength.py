"""What a new password has to be: long, not known to every guesser, and not made of what others know about the person.

NIST SP 800-63B §3.1.1: length and a list of common values; no rule about kinds of characters, no expiry.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from enum import Enum

SHORTEST = 10
LONGEST = 256
_SHORTEST_WORD = 4
_SHORTEST_NUMBER = 6
# "matkhau" is guessed with a year or a few signs around it just as soon.
_DECORATION = 6


class Weakness(Enum):
    """Why a password is not accepted; the value is the end of its key."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    OWN = "own"


def weakness(password: str, about: Iterable[object], is_common: Callable[[str], bool]) -> Weakness | None:
    """The first thing to say about it. `about`: what is known of the person; `is_common` knows folded words."""
    if len(password) < SHORTEST:
        return Weakness.SHORT
    if len(password) > LONGEST:
        return Weakness.LONG
    if _is_about(password, about):
        return Weakness.OWN
    folded = fold(password)
    monotonous = len(set(folded)) < 4 or folded.isdecimal()
    return Weakness.COMMON if monotonous or any(map(is_common, cores(folded))) else None


def fold(text: str) -> str:
    """Without case and without marks: guessers try both."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c) and not c.isspace())


def cores(folded: str) -> frozenset[str]:
    """The forms in which a guesser's list would hold it: whole, undecorated, and with figures read as letters."""
    found = set()
    for form in (folded, folded.translate(_FIGURES)):
        core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", form)
        found.add(form)
        if len(core) >= _SHORTEST_WORD and len(form) - len(core) <= _DECORATION:
            found.add(core)
        half = form[: len(form) // 2]
        if half * 2 == form:
            found.add(half)
    return frozenset(found)


_FIGURES = str.maketrans("01345789@$!", "oieastbgasi")


def _is_about(password: str, about: Iterable[object]) -> bool:
    """One's own name, number, telephone, address or birthday, written in any order of its parts."""
    folded, digits = re.sub(r"\W", "", fold(password)), re.sub(r"\D", "", password)
    for text in _texts(about):
        whole = re.sub(r"\W", "", fold(text))
        if len(whole) >= _SHORTEST_WORD and not whole.isdecimal() and whole in folded:
            return True
        numbers = [re.sub(r"\D", "", text), *_birthday(text)]
        if any(len(number) >= _SHORTEST_NUMBER and number in digits for number in numbers):
            return True
    return False


def _texts(about: Iterable[object]) -> Iterable[str]:
    for value in about:
        if isinstance(value, str):
            yield value
            if "@" in value:
                yield value.partition("@")[0]
            if value.startswith("+84"):
                yield f"0{value[3:]}"


def _birthday(text: str) -> tuple[str, ...]:
    date = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text)
    return (f"{date[3]}{date[2]}{date[1]}",) if date else ()
