"""Revocation lists of country signing authorities (RFC 5280 §5, Doc 9303-12 §7.1.4): whose, signed or not, of whom.

An authority may go through several keys under one name, so a list counts when any of them signed it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto import crl as asn1_crl  # type: ignore[import-untyped]
from cryptography import x509

from idp.crypto.chip import keys, names, signature
from idp.crypto.chip.certificates import UNREADABLE, Certificate, same_algorithm
from idp.identity.chip_refusal import ChipRefused, Code

# Extensions that say nothing about how far the list reaches.
_HARMLESS: Final = frozenset({"2.5.29.20", "2.5.29.35"})


class UnreadableCrl(ValueError):
    """Not a certificate revocation list, or one with a meaning that is not understood here."""


@dataclass(frozen=True, slots=True)
class Crl:
    """`next_update` is None for one that names no end; RFC 5280 wants it, so such a list is never current."""

    issuer: str
    name: str
    this_update: datetime
    next_update: datetime | None
    algorithm: Any = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    _parsed: x509.CertificateRevocationList = field(repr=False)

    @property
    def issuer_sha256(self) -> str:
        return names.digest(self.issuer)

    def revokes(self, serial: int) -> bool:
        """Whatever the reason: a certificate on hold signs nothing either."""
        return self._parsed.get_revoked_certificate_by_serial_number(serial) is not None

    def is_current(self, now: datetime) -> bool:
        return self.next_update is not None and self.this_update <= now <= self.next_update


def read(der: bytes) -> Crl:
    """Raises UnreadableCrl, whatever it is given."""
    try:
        return _read(der)
    except UNREADABLE as error:
        raise UnreadableCrl(str(error)) from None


def check(crls: Iterable[Crl], signer: Certificate, authorities: Iterable[Certificate], now: datetime) -> bool:
    """Whether revocation was checked: False where no list of the signer's issuer is at hand.

    Raises ChipRefused: `crl_invalid`, `dsc_revoked`, and `Stale` where none of the lists is of today.
    """
    ours = [crl for crl in crls if crl.issuer == signer.issuer]
    names = list(authorities)
    if not all(any(is_signed_by(crl, authority) for authority in names) for crl in ours):
        raise ChipRefused(Code.CRL_INVALID, "signature")
    if any(crl.revokes(signer.serial) for crl in ours):
        raise ChipRefused(Code.DSC_REVOKED)
    if ours and not any(crl.is_current(now) for crl in ours):
        raise Stale
    return bool(ours)


def is_signed_by(crl: Crl, authority: Certificate) -> bool:
    """By this key, with a hash that is strong enough."""
    try:
        scheme = signature.scheme_of(crl.algorithm)
        signature.check_hashes(*scheme.hashes)
        return signature.is_valid(scheme, keys.public_key(authority.key), crl.signature, crl.signed)
    except ChipRefused:
        return False


class Stale(Exception):
    """Signed and silent about this signer, but of another time."""


def _read(der: bytes) -> Crl:
    told = asn1_crl.CertificateList.load(der, strict=True)
    inner = told["tbs_cert_list"]
    if not same_algorithm(told["signature_algorithm"], inner["signature"]):
        raise UnreadableCrl("two algorithms")
    for extension in inner["crl_extensions"] or ():
        if extension["critical"].native and extension["extn_id"].dotted not in _HARMLESS:
            raise UnreadableCrl("a critical extension")
    issuer = names.read(inner["issuer"].dump())
    ends = inner["next_update"].native
    parsed = x509.load_der_x509_crl(der)
    return Crl(
        issuer=issuer.key,
        name=issuer.text,
        this_update=_aware(inner["this_update"].native),
        next_update=None if ends is None else _aware(ends),
        algorithm=told["signature_algorithm"],
        signed=parsed.tbs_certlist_bytes,
        signature=bytes(told["signature"]),
        _parsed=parsed,
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
