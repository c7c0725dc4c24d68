"""Distinguished names (RFC 5280 §4.1.2.4): what two encodings of one name have in common, and how people read it.

An authority renews its key, and the encoding of its name with it: PrintableString here, UTF8String there.
"""

import hashlib
import unicodedata
from typing import Final, NamedTuple

from idp.crypto.chip import tlv
from idp.crypto.chip.oid import dotted

_SET: Final = 0x31
_LONGEST: Final = 2_000
_ENCODINGS: Final = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1A: "ascii", 0x1E: "utf-16-be"}
_WORDS: Final = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
}


class Name(NamedTuple):
    """`key` is equal for equal names (RFC 5280 §7.1: case and spaces aside); `text` as RFC 4514 writes them."""

    key: str
    text: str


def read(der: bytes) -> Name:
    """Raises ValueError, for a name of a length that no authority has, too."""
    if len(der) > _LONGEST:
        raise tlv.TlvError("a name beyond measure")
    keys: list[str] = []
    texts: list[str] = []
    for group in tlv.elements(tlv.one(der, tlv.SEQUENCE)):
        if group.tag != _SET:
            raise tlv.TlvError("no relative distinguished name")
        told = [_attribute(element) for element in tlv.elements(group.value)]
        keys.append("\x1f".join(sorted(f"{oid}={_folded(value)}" for oid, value in told)))
        texts.append("+".join(f"{_WORDS.get(oid, oid)}={value}" for oid, value in told))
    return Name("\x1e".join(keys), ", ".join(reversed(texts)))


def digest(key: str) -> str:
    """Of a normalised name: of one length, and fit for a column."""
    return hashlib.sha256(key.encode()).hexdigest()


def _attribute(element: tlv.Element) -> tuple[str, str]:
    oid, value = tlv.elements(element.value)
    encoding = _ENCODINGS.get(value.tag)
    return dotted(oid.value), value.value.hex() if encoding is None else value.value.decode(encoding)


def _folded(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
