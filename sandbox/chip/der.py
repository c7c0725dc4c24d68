"""Writes DER (ITU-T X.690 §10), and BER where a forgery wants it. It does not read."""

from datetime import datetime


def element(tag: int, *parts: bytes) -> bytes:
    value = b"".join(parts)
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length(len(value)) + value


def length(count: int) -> bytes:
    if count < 0x80:
        return bytes([count])
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def sequence(*parts: bytes) -> bytes:
    return element(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """X.690 §11.6: in the order of the encodings."""
    return element(0x31, *sorted(parts))


def tagged(number: int, *parts: bytes, constructed: bool = True) -> bytes:
    return element(0x80 | number | (0x20 if constructed else 0), *parts)


def integer(number: int) -> bytes:
    return element(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def boolean(*, value: bool) -> bytes:
    return element(0x01, b"\xff" if value else b"\0")


def octets(value: bytes) -> bytes:
    return element(0x04, value)


def bits(value: bytes, *, unused: int = 0) -> bytes:
    return element(0x03, bytes([unused]), value)


def utf8(text: str) -> bytes:
    return element(0x0C, text.encode())


def printable(text: str) -> bytes:
    return element(0x13, text.encode("ascii"))


def null() -> bytes:
    return element(0x05)


def time(moment: datetime) -> bytes:
    """RFC 5280 §4.1.2.5: two digits until 2049, four from then on."""
    if moment.year < 2050:
        return element(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return element(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    return element(0x06, *(_base128(arc) for arc in (40 * first + second, *rest)))


def indefinite(encoded: bytes) -> bytes:
    """The same constructed element with an indefinite length: BER, and not DER."""
    begin = 2 + (encoded[1] & 0x7F if encoded[1] & 0x80 else 0)
    return encoded[:1] + b"\x80" + encoded[begin:] + b"\0\0"


def _base128(arc: int) -> bytes:
    octets_ = [arc & 0x7F]
    while arc := arc >> 7:
        octets_.insert(0, 0x80 | arc & 0x7F)
    return bytes(octets_)
