"""The document security object, EF.SOD (Doc 9303-10 §4.6.2): a CMS SignedData (RFC 5652) over hashes of data groups.

Read here, and checked for what it says about itself; what the certificate that it names is worth stands in `chain`.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes

from idp.crypto.chip import certificates, names, signature, tlv
from idp.crypto.chip.certificates import UNREADABLE, Certificate, UnreadableCertificate
from idp.crypto.chip.keys import PublicKey
from idp.identity.chip_refusal import ChipRefused, Code

LDS_SECURITY_OBJECT: Final = "2.23.136.1.1.1"
_WRAPPER: Final = 0x77
_MOST_CERTIFICATES: Final = 10
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"


@dataclass(frozen=True, slots=True)
class SignedData:
    """One signer's SignedData. `content` is the LDS security object; `signer` the one SignerInfo."""

    content: bytes = field(repr=False)
    certificates: tuple[Certificate, ...]
    signer: Any = field(repr=False)
    is_der: bool

    @property
    def digest(self) -> hashes.HashAlgorithm:
        """Raises ChipRefused (`key_unsupported`)."""
        return signature.hash_of(self.signer["digest_algorithm"])

    @property
    def scheme(self) -> signature.Scheme:
        """Raises ChipRefused: `key_unsupported`, `algorithm_mismatch`."""
        return signature.scheme_of(self.signer["signature_algorithm"], self.digest)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What is signed besides the content; `signed` is the SET OF as it is hashed (RFC 5652 §5.4)."""

    signed: bytes = field(repr=False)
    content_type: str
    message_digest: bytes
    signing_time: datetime | None


def unwrap(sod: bytes, *, allow_ber: bool) -> bytes:
    """The ContentInfo within tag 77. Raises ChipRefused: `malformed`, `not_der`."""
    try:
        tlv.check(sod, der=not allow_ber)
        return tlv.one(sod, _WRAPPER)
    except tlv.NotDer as error:
        raise ChipRefused(Code.NOT_DER, str(error)) from None
    except tlv.TlvError as error:
        raise ChipRefused(Code.MALFORMED, f"EF.SOD: {error}") from None


def read(content_info: bytes) -> SignedData:
    """RFC 5652 §5.1. Raises ChipRefused: `malformed`, `content_type_mismatch`."""
    try:
        return _read(content_info)
    except UNREADABLE as error:
        raise ChipRefused(Code.MALFORMED, f"EF.SOD: {type(error).__name__}") from None


def document_signer(signed: SignedData) -> Certificate:
    """The certificate that `sid` names. Raises ChipRefused: `dsc_missing`, `malformed`."""
    sid = signed.signer["sid"]
    try:
        if sid.name == "issuer_and_serial_number":
            wanted = (names.read(sid.chosen["issuer"].dump()).key, sid.chosen["serial_number"].native)
            found = {one.der: one for one in signed.certificates if (one.issuer, one.serial) == wanted}
        else:
            found = {one.der: one for one in signed.certificates if one.key_identifier == bytes(sid.chosen)}
    except UNREADABLE:
        raise ChipRefused(Code.MALFORMED, "signer identifier") from None
    if not found:
        raise ChipRefused(Code.DSC_MISSING)
    if len(found) > 1:
        raise ChipRefused(Code.MALFORMED, "two certificates answer to one signer")
    return next(iter(found.values()))


def attributes(signed: SignedData) -> Attributes:
    """RFC 5652 §5.3, §11: each once, with one value. Raises ChipRefused.

    `malformed`, `content_type_mismatch`, `message_digest_mismatch`.
    """
    try:
        return _attributes(signed)
    except UNREADABLE as error:
        raise ChipRefused(Code.MALFORMED, f"signed attributes: {type(error).__name__}") from None


def check_digest(signed: SignedData, told: Attributes) -> None:
    """Raises ChipRefused (`message_digest_mismatch`)."""
    if not hmac.compare_digest(signature.digest(signed.digest, signed.content), told.message_digest):
        raise ChipRefused(Code.MESSAGE_DIGEST_MISMATCH)


def check_signature(signed: SignedData, told: Attributes, key: PublicKey) -> None:
    """Raises ChipRefused: `sod_signature_invalid`, `algorithm_mismatch`."""
    scheme = signed.scheme
    if not signature.fits(scheme, key):
        raise ChipRefused(Code.ALGORITHM_MISMATCH, "signatureAlgorithm and key")
    if not signature.is_valid(scheme, key, bytes(signed.signer["signature"]), told.signed):
        raise ChipRefused(Code.SOD_SIGNATURE_INVALID)


def _read(content_info: bytes) -> SignedData:
    outer = cms.ContentInfo.load(content_info, strict=True)
    if outer["content_type"].native != "signed_data":
        raise ChipRefused(Code.MALFORMED, "not SignedData")
    inner = outer["content"]
    encapsulated = inner["encap_content_info"]
    if encapsulated["content_type"].dotted != LDS_SECURITY_OBJECT:
        raise ChipRefused(Code.CONTENT_TYPE_MISMATCH, "eContentType")
    if not encapsulated["content"]:
        raise ChipRefused(Code.MALFORMED, "no content")
    signers = list(inner["signer_infos"])
    if len(signers) != 1:
        raise ChipRefused(Code.MALFORMED, f"{len(signers)} signers")
    for member in ("sid", "digest_algorithm", "signature_algorithm", "signature"):
        _ = signers[0][member].native  # asn1crypto reads late: what can't be read has to be found here
    return SignedData(
        bytes(encapsulated["content"]), _certificates(inner["certificates"]), signers[0], _is_der(content_info)
    )


def _certificates(told: Any) -> tuple[Certificate, ...]:  # noqa: ANN401 - asn1crypto has no types
    """Those that can be read: a stranger among them names nobody."""
    found: list[Certificate] = []
    for choice in list(told or [])[:_MOST_CERTIFICATES]:
        try:
            found.append(certificates.read(choice.chosen.dump()))
        except UnreadableCertificate:
            continue
    return tuple(found)


def _attributes(signed: SignedData) -> Attributes:
    told = signed.signer["signed_attrs"]
    if not told:
        raise ChipRefused(Code.MALFORMED, "no signed attributes")
    values: dict[str, Any] = {}
    for attribute in told:
        oid = attribute["type"].dotted
        if oid in values or len(attribute["values"]) != 1:
            raise ChipRefused(Code.MALFORMED, "a signed attribute stands twice")
        values[oid] = attribute["values"][0]
    content_type, message_digest = values.get(_CONTENT_TYPE), values.get(_MESSAGE_DIGEST)
    if content_type is None or content_type.dotted != LDS_SECURITY_OBJECT:
        raise ChipRefused(Code.CONTENT_TYPE_MISMATCH, "contentType attribute")
    if message_digest is None:
        raise ChipRefused(Code.MESSAGE_DIGEST_MISMATCH, "no messageDigest attribute")
    signing_time = values.get(_SIGNING_TIME)
    # RFC 5652 §5.4: what is hashed is the explicit SET OF, always in DER; in the message it wears the tag [0].
    explicit = told.untag()
    return Attributes(
        explicit.dump(force=not signed.is_der),
        content_type.dotted,
        bytes(message_digest),
        None if signing_time is None else signing_time.native,
    )


def _is_der(content_info: bytes) -> bool:
    try:
        tlv.check(content_info, der=True)
    except tlv.TlvError:
        return False
    return True
