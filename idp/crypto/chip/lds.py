"""The LDS security object (Doc 9303-10 §4.6.2.3): which data groups the chip has, and the hash of each."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives import hashes

from idp.crypto.chip import signature, tlv
from idp.crypto.chip.oid import dotted
from idp.identity.chip_refusal import ChipRefused, Code

_OBJECT_IDENTIFIER: Final = 0x06
_HIGHEST: Final = 16


@dataclass(frozen=True, slots=True)
class LdsSecurityObject:
    """`listed` in the order of the object, as it stands: the numbers are judged by `groups`."""

    hash: hashes.HashAlgorithm
    listed: tuple[tuple[int, bytes], ...] = field(repr=False)

    def groups(self) -> Mapping[int, bytes]:
        """Raises ChipRefused (`malformed`): a number twice, or none of 1 to 16."""
        found = dict(self.listed)
        if len(found) != len(self.listed) or not found or not all(1 <= number <= _HIGHEST for number in found):
            raise ChipRefused(Code.MALFORMED, "numbers of data groups")
        return found


def read(content: bytes) -> LdsSecurityObject:
    """Raises ChipRefused: `malformed`, `key_unsupported` for a hash that nobody knows."""
    try:
        version, algorithm, hashed, *_ = tlv.elements(tlv.one(content, tlv.SEQUENCE))
        if (version.tag, algorithm.tag, hashed.tag) != (tlv.INTEGER, tlv.SEQUENCE, tlv.SEQUENCE):
            raise tlv.TlvError("no LDS security object")
        oid, *_ = tlv.elements(algorithm.value)
        if oid.tag != _OBJECT_IDENTIFIER:
            raise tlv.TlvError("no hash algorithm")
        listed = tuple(_entry(entry) for entry in tlv.elements(hashed.value))
    except ValueError as error:
        raise ChipRefused(Code.MALFORMED, f"LDS security object: {error}") from None
    return LdsSecurityObject(signature.hash_named(dotted(oid.value)), listed)


def check(lds: LdsSecurityObject, uploaded: Mapping[int, bytes]) -> Mapping[int, bytes]:
    """Every uploaded group is listed and hashes equal; returns what is listed, by number.

    Raises ChipRefused: `malformed`, `dg_not_in_sod`, `dg_hash_mismatch`.
    """
    listed = lds.groups()
    for number in sorted(uploaded):
        if number not in listed:
            raise ChipRefused(Code.DG_NOT_IN_SOD, f"DG{number}")
    for number in sorted(uploaded):
        if not hmac.compare_digest(signature.digest(lds.hash, uploaded[number]), listed[number]):
            raise ChipRefused(Code.DG_HASH_MISMATCH, f"DG{number}")
    return listed


def _entry(entry: tlv.Element) -> tuple[int, bytes]:
    number, hashed = tlv.elements(entry.value)
    if (entry.tag, number.tag, hashed.tag) != (tlv.SEQUENCE, tlv.INTEGER, tlv.OCTET_STRING) or not number.value:
        raise tlv.TlvError("no hash of a data group")
    return int.from_bytes(number.value, "big", signed=True), hashed.value
