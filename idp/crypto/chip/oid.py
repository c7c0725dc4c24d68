"""Object identifiers (ITU-T X.690 §8.19) in the dotted form in which specifications write them."""

from typing import Final

_LONGEST: Final = 32


def dotted(octets: bytes) -> str:
    """Raises ValueError."""
    if not 0 < len(octets) <= _LONGEST or octets[-1] & 0x80:
        raise ValueError("an object identifier that is none")
    arcs: list[int] = []
    value = 0
    for octet in octets:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
