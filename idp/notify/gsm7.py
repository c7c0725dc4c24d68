"""The alphabet of an SMS that is one segment (3GPP TS 23.038 §6.2.1), and Vietnamese without its marks in it."""

import unicodedata
from typing import Final

SEGMENT: Final = 160

# Of the default alphabet, what Vietnamese and English without marks need; brackets and the like would count twice.
ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 !\"#%&'()*+,-./:;<=>?@$_")
_LETTERS: Final = str.maketrans({"đ": "d", "Đ": "D", "’": "'", "–": "-", "…": "..."})


def unaccented(text: str) -> str:
    """Case stays, marks go, and whatever the alphabet lacks is left out."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    kept = "".join(character for character in decomposed if character in ALPHABET)
    return " ".join(kept.split())


def is_one_segment(text: str) -> bool:
    return len(text) <= SEGMENT and ALPHABET.issuperset(text)
