"""X.509 certificates of signers (Doc 9303-12 §7), read with asn1crypto, which also reads curves that are written out.

Nothing is judged here: what is required of a document signer or of a country's authority stands in `chain`.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Final

from asn1crypto import x509  # type: ignore[import-untyped]

from idp.crypto.chip import names, tlv
from idp.crypto.chip.oid import dotted

# Whatever a lazy reader may raise at first sight of a value.
UNREADABLE: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)

_BASIC_CONSTRAINTS: Final = "2.5.29.19"
_KEY_USAGE: Final = "2.5.29.15"
_SUBJECT_KEY_IDENTIFIER: Final = "2.5.29.14"
# RFC 5280 §4.1.2.2: twenty octets; some authorities take a few more.
_LONGEST_SERIAL: Final = 8 * 40
_UNDERSTOOD: Final = frozenset({_BASIC_CONSTRAINTS, _KEY_USAGE, _SUBJECT_KEY_IDENTIFIER})


class Usage(IntEnum):
    """RFC 5280 §4.2.1.3: bits of keyUsage that matter here."""

    DIGITAL_SIGNATURE = 0
    KEY_CERT_SIGN = 5


class UnreadableCertificate(ValueError):
    """Not an X.509 certificate, or one that contradicts itself."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """`subject` and `issuer` are normalised for comparison (RFC 5280 §7.1); `name` is for people.

    `key_usage` is None where nothing is said; `is_restricted`: it has a critical extension that is not understood here.
    """

    der: bytes = field(repr=False)
    subject: str
    issuer: str
    name: str
    serial: int
    key_identifier: bytes | None
    not_before: datetime
    not_after: datetime
    is_ca: bool
    key_usage: frozenset[Usage] | None
    is_restricted: bool
    key: Any = field(repr=False)
    signature_algorithm: Any = field(repr=False)
    # Outside and inside of what is signed (RFC 5280 §4.1.1.2).
    algorithms_agree: bool
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def is_authority(self) -> bool:
        """May certify others, and list those that no longer count."""
        return self.is_ca and (self.key_usage is None or Usage.KEY_CERT_SIGN in self.key_usage)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.der).hexdigest()


def read(der: bytes) -> Certificate:
    """Raises UnreadableCertificate, whatever it is given."""
    try:
        tlv.check(der, der=False)
        return _read(der)
    except UNREADABLE as error:
        raise UnreadableCertificate(str(error)) from None


def _read(der: bytes) -> Certificate:
    certificate = x509.Certificate.load(der, strict=True)
    inner = certificate["tbs_certificate"]
    extensions = _extensions(inner)
    serial = inner["serial_number"].native
    if serial.bit_length() > _LONGEST_SERIAL:
        raise UnreadableCertificate("a serial number beyond measure")
    subject = names.read(inner["subject"].dump())
    outside, inside = certificate["signature_algorithm"], inner["signature"]
    return Certificate(
        der=der,
        subject=subject.key,
        issuer=names.read(inner["issuer"].dump()).key,
        name=subject.text,
        serial=serial,
        key_identifier=_key_identifier(extensions),
        not_before=inner["validity"]["not_before"].native,
        not_after=inner["validity"]["not_after"].native,
        is_ca=_is_ca(extensions),
        key_usage=_key_usage(extensions),
        is_restricted=any(critical and oid not in _UNDERSTOOD for oid, (critical, _) in extensions.items()),
        key=inner["subject_public_key_info"],
        signature_algorithm=outside,
        algorithms_agree=same_algorithm(outside, inside),
        signed=inner.dump(),
        signature=bytes(certificate["signature_value"]),
    )


def same_algorithm(one: Any, other: Any) -> bool:  # noqa: ANN401 - asn1crypto has no types
    """Absent parameters and NULL are the same to every signer that there is."""
    names = (one["algorithm"].dotted, other["algorithm"].dotted)
    return names[0] == names[1] and bool(one["parameters"].native == other["parameters"].native)


def _extensions(inner: Any) -> dict[str, tuple[bool, bytes]]:  # noqa: ANN401
    """By their OID: whether critical, and the value (RFC 5280 §4.2)."""
    found: dict[str, tuple[bool, bytes]] = {}
    if not inner["extensions"]:
        return found
    for extension in tlv.elements(inner["extensions"].contents):
        identifier, *flag, value = tlv.elements(extension.value)
        oid = dotted(identifier.value)
        if oid in found or len(flag) > 1 or value.tag != tlv.OCTET_STRING:
            raise UnreadableCertificate("an extension that is none, or stands twice")
        found[oid] = (bool(flag) and flag[0].value != b"\0", value.value)
    return found


def _is_ca(extensions: dict[str, tuple[bool, bytes]]) -> bool:
    """§4.2.1.9: `cA` comes first and is false where it is left out."""
    if _BASIC_CONSTRAINTS not in extensions:
        return False
    first = next(tlv.elements(tlv.one(extensions[_BASIC_CONSTRAINTS][1], tlv.SEQUENCE)), None)
    return first is not None and first.tag == tlv.BOOLEAN and first.value != b"\0"


def _key_usage(extensions: dict[str, tuple[bool, bytes]]) -> frozenset[Usage] | None:
    """§4.2.1.3: a string of bits, the first one first."""
    if _KEY_USAGE not in extensions:
        return None
    octets = tlv.one(extensions[_KEY_USAGE][1], tlv.BIT_STRING)[1:]
    return frozenset(usage for usage in Usage if octets and octets[0] & 0x80 >> usage)


def _key_identifier(extensions: dict[str, tuple[bool, bytes]]) -> bytes | None:
    """Some authorities leave out the OCTET STRING around it; it helps to find a certificate, and proves nothing."""
    if _SUBJECT_KEY_IDENTIFIER not in extensions:
        return None
    value = extensions[_SUBJECT_KEY_IDENTIFIER][1]
    try:
        return tlv.one(value, tlv.OCTET_STRING)
    except tlv.TlvError:
        return value
