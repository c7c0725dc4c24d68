"""The test CSCA and what it issues: certificates of document signers, and revocation lists (Doc 9303-12 §7)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.chip import der
from sandbox.chip.signing import Signer

NAME = "CSCA Sandbox (TEST)"
SIGNER_NAME = "Document Signer 0001 (TEST)"
_DIGITAL_SIGNATURE, _KEY_CERT_SIGN_AND_CRL_SIGN = b"\x07\x80", b"\x01\x06"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is written into one. The defaults are a lawful document signer's; a forgery changes one of them."""

    subject: str
    issuer: str
    serial: int
    not_before: datetime
    not_after: datetime
    is_ca: bool = False
    signs: bool = True
    signs_certificates: bool = False
    has_usage: bool = True
    inner_algorithm: bytes | None = field(default=None, repr=False)
    strange_extension: bool = False
    key_identifier: bytes = b"\0" * 20

    def written(self, subject: Signer, issuer: Signer) -> bytes:
        tbs = der.sequence(
            der.tagged(0, der.integer(2)),
            der.integer(self.serial),
            self.inner_algorithm or issuer.algorithm(),
            name(self.issuer),
            der.sequence(der.time(self.not_before), der.time(self.not_after)),
            name(self.subject),
            subject.public_key_info(),
            der.tagged(3, der.sequence(*self._extensions())),
        )
        return der.sequence(tbs, issuer.algorithm(), der.bits(issuer.sign(tbs)))

    def _extensions(self) -> Iterable[bytes]:
        if self.is_ca:
            yield _extension("2.5.29.19", der.sequence(der.boolean(value=True), der.integer(0)), critical=True)
        if self.has_usage:
            usage = _KEY_CERT_SIGN_AND_CRL_SIGN if self.signs_certificates else _DIGITAL_SIGNATURE
            unused, octet = usage if self.signs else b"\x05\x20"
            yield _extension("2.5.29.15", der.bits(bytes([octet]), unused=unused), critical=True)
        yield _extension("2.5.29.14", der.octets(self.key_identifier))
        if self.strange_extension:
            yield _extension("1.3.6.1.4.1.99999.1", der.null(), critical=True)


def authority(now: datetime, *, subject: str = NAME) -> Certificate:
    """Valid for fifteen years, of which two have passed."""
    begins = now.replace(microsecond=0) - timedelta(days=730)
    return Certificate(
        subject,
        subject,
        1,
        begins,
        begins + timedelta(days=15 * 365),
        is_ca=True,
        signs_certificates=True,
        key_identifier=b"\x01" * 20,
    )


def document_signer(now: datetime, *, serial: int = 4660) -> Certificate:
    """Valid for eleven years, of which one has passed."""
    begins = now.replace(microsecond=0) - timedelta(days=365)
    return Certificate(
        SIGNER_NAME, NAME, serial, begins, begins + timedelta(days=11 * 365), key_identifier=b"\x02" * 20
    )


def revocation_list(
    issuer: Signer,
    now: datetime,
    serials: Iterable[int] = (),
    *,
    whose: str = NAME,
    ends: timedelta = timedelta(days=30),
) -> bytes:
    """RFC 5280 §5.1, version 2, made yesterday."""
    made = now.replace(microsecond=0) - timedelta(days=1)
    revoked = [der.sequence(der.integer(serial), der.time(made)) for serial in serials]
    tbs = der.sequence(
        der.integer(1),
        issuer.algorithm(),
        name(whose),
        der.time(made),
        der.time(made + ends),
        *([der.sequence(*revoked)] if revoked else []),
        der.tagged(0, der.sequence(_extension("2.5.29.20", der.integer(7)))),
    )
    return der.sequence(tbs, issuer.algorithm(), der.bits(issuer.sign(tbs)))


def name(common_name: str) -> bytes:
    """C=VN, and a common name that says that it is a test."""
    attributes = (("2.5.4.6", der.printable("VN")), ("2.5.4.3", der.utf8(common_name)))
    return der.sequence(*(der.set_of(der.sequence(der.oid(oid), value)) for oid, value in attributes))


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return der.sequence(der.oid(oid), *([der.boolean(value=True)] if critical else []), der.octets(value))
