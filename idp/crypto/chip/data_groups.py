"""Contents of data groups (Doc 9303-10 §4.7): the MRZ of DG1, and Viet Nam's own text in DG13.

DG13 is walked and never read at fixed offsets: its items are SEQUENCEs of a number and a text, nested as the generation
of the card has it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from idp.crypto.chip import tlv
from idp.crypto.chip.policy import DG1, DG2, DG13, DG14, DG15
from idp.identity.chip_refusal import ChipRefused, Code

TAGS: Final[Mapping[int, int]] = {DG1: 0x61, DG2: 0x75, DG13: 0x6D, DG14: 0x6E, DG15: 0x6F}
_MRZ: Final = 0x5F1F
_DEPTH: Final = 16
_LAST_TYPED: Final = 12
_UTF8, _PRINTABLE = 0x0C, 0x13


def content(groups: Mapping[int, bytes], number: int) -> bytes:
    """What the group's own tag encloses. Raises ChipRefused (`dg_malformed`)."""
    try:
        return tlv.one(groups[number], TAGS[number])
    except tlv.TlvError as error:
        raise _malformed(number, str(error)) from None


def mrz_text(groups: Mapping[int, bytes]) -> str:
    """Raises ChipRefused (`dg_malformed`); what is no MRZ is for the MRZ's reader to say."""
    inner = content(groups, DG1)
    try:
        # Latin-1 takes any octet; characters that no MRZ has are refused with their own code.
        return tlv.one(inner, _MRZ).decode("latin-1")
    except tlv.TlvError as error:
        raise _malformed(DG1, str(error)) from None


def items(groups: Mapping[int, bytes]) -> dict[int, str]:
    """DG13: texts by the number of their item, 1 to 12; what comes after varies from card to card, and is passed over.

    Raises ChipRefused (`dg_malformed`), for a number that stands twice too: nobody could say which counts.
    """
    found: dict[int, str] = {}
    try:
        for number, text in _walk(content(groups, DG13), 0):
            if number in found:
                raise _malformed(DG13, "an item stands twice")
            if 1 <= number <= _LAST_TYPED:
                found[number] = text.decode("utf-8")
    except (tlv.TlvError, UnicodeDecodeError) as error:
        raise _malformed(DG13, type(error).__name__) from None
    return found


def _walk(octets: bytes, depth: int) -> Iterator[tuple[int, bytes]]:
    if depth > _DEPTH:
        raise tlv.TlvError("too deep")
    for element in tlv.elements(octets):
        if not element.constructed:
            continue
        item = _item(element)
        if item is not None:
            yield item
        else:
            yield from _walk(element.value, depth + 1)


def _item(element: tlv.Element) -> tuple[int, bytes] | None:
    if element.tag != tlv.SEQUENCE:
        return None
    parts = list(tlv.elements(element.value))
    if len(parts) < 2 or parts[0].tag != tlv.INTEGER or parts[1].tag not in (_UTF8, _PRINTABLE):
        return None
    return int.from_bytes(parts[0].value[:4], "big"), parts[1].value


def _malformed(number: int, reason: str) -> ChipRefused:
    return ChipRefused(Code.DG_MALFORMED, f"DG{number}: {reason}")
