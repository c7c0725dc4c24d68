"""Tag, length, value (ITU-T X.690, ISO/IEC 7816-4): a reader that trusts no length, and tells DER from BER.

What the values mean is read elsewhere; whatever passed here has bounded depth and a bounded number of elements.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

_DEPTH: Final = 32
# A document signer's chain and a hundred attributes are a tenth of it.
_ELEMENTS: Final = 20_000
_TAG_OCTETS: Final = 3
_LENGTH_OCTETS: Final = 4

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, SEQUENCE = 0x01, 0x02, 0x03, 0x04, 0x30
# Universal types that DER wants in one piece (X.690 §10.2).
_STRINGS: Final = frozenset({0x03, 0x04, 0x0C, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1A, 0x1B, 0x1C, 0x1E})
_CONSTRUCTED: Final = 0x20


class TlvError(ValueError):
    """Not what it says it is: a length that lies, a tag that ends nowhere, too deep, too many."""


class NotDer(TlvError):
    """Well formed, in an encoding that DER excludes (X.690 §10, §11)."""


class Header(NamedTuple):
    """`end` is None for an indefinite length; `minimal`: no shorter form of the length exists."""

    tag: int
    constructed: bool
    start: int
    end: int | None
    minimal: bool


class Element(NamedTuple):
    tag: int
    constructed: bool
    value: bytes


def one(data: bytes, tag: int) -> bytes:
    """The value of the one element that `data` consists of; nothing may follow it."""
    header = _header(data, 0, len(data))
    if header.tag != tag:
        raise TlvError(f"tag {header.tag:x} where {tag:x} is due")
    if header.end != len(data):
        raise TlvError("something follows" if header.end is not None else "no length")
    return data[header.start :]


def elements(data: bytes) -> Iterator[Element]:
    """The elements side by side in `data`, to its very end."""
    at, count = 0, 0
    while at < len(data):
        header = _header(data, at, len(data))
        count += 1
        if header.end is None or count > _ELEMENTS:
            raise TlvError("no length, or too many elements")
        yield Element(header.tag, header.constructed, data[header.start : header.end])
        at = header.end


def check(data: bytes, *, der: bool) -> None:
    """`data` is one element, all that is nested in it is bounded, and with `der` it is DER as far as tags tell.

    Raises TlvError, NotDer. Order within a SET and default values are left to whoever knows the type.
    """
    at, count = 0, 0
    ends: list[int | None] = []
    limits = [len(data)]
    while True:
        while ends and ends[-1] == at:
            ends.pop()
            limits.pop()
        if ends and ends[-1] is None and data[at : at + 2] == b"\0\0":
            at += 2
            ends.pop()
            limits.pop()
        elif ends or count == 0:
            header = _header(data, at, limits[-1])
            count += 1
            if count > _ELEMENTS or len(ends) > _DEPTH:
                raise TlvError("too deep, or too many elements")
            if der:
                _check_der(header, data)
            if header.constructed:
                ends.append(header.end)
                limits.append(limits[-1] if header.end is None else header.end)
                at = header.start
            elif header.end is None:
                raise TlvError("a value without an end")
            else:
                at = header.end
        else:
            break
    if at != len(data):
        raise TlvError("something follows")


def _header(data: bytes, at: int, limit: int) -> Header:
    """X.690 §8.1.2, §8.1.3."""
    begun = at
    if at >= limit:
        raise TlvError("ends before a tag")
    first = data[at]
    at += 1
    if first & 0x1F == 0x1F:
        while at < limit and data[at] & 0x80:
            at += 1
        at += 1
    if at >= limit or at - begun > _TAG_OCTETS:
        raise TlvError("a tag that does not end")
    tag = int.from_bytes(data[begun:at], "big")
    length, minimal = data[at], True
    at += 1
    if length == 0x80:
        return Header(tag, bool(first & _CONSTRUCTED), at, None, minimal=False)
    if length > 0x80:
        octets = length & 0x7F
        if octets > _LENGTH_OCTETS or at + octets > limit:
            raise TlvError("a length that is none")
        length = int.from_bytes(data[at : at + octets], "big")
        minimal = length >= 0x80 and data[at] != 0
        at += octets
    if at + length > limit:
        raise TlvError("ends after its container")
    return Header(tag, bool(first & _CONSTRUCTED), at, at + length, minimal)


def _check_der(header: Header, data: bytes) -> None:
    if header.end is None or not header.minimal:
        raise NotDer("indefinite or padded length")
    if header.constructed:
        if header.tag & ~_CONSTRUCTED in _STRINGS:
            raise NotDer("a string in pieces")
        return
    value = data[header.start : min(header.end, header.start + 2)]
    if header.tag == INTEGER and len(value) == 2 and (value[0], value[1] >> 7) in ((0, 0), (0xFF, 1)):
        raise NotDer("a padded integer")
    if header.tag == BOOLEAN and value not in (b"\0", b"\xff"):
        raise NotDer("neither true nor false")
