"""From a document signer to a country's authority (Doc 9303-12 §7): two certificates, an anchor of ours at the end.

Every rule has its own refusal, and they are asked in the order of `verify`.
"""

from collections.abc import Iterable
from datetime import datetime

from idp.crypto.chip import keys, signature
from idp.crypto.chip.certificates import Certificate, Usage
from idp.crypto.chip.signature import Scheme
from idp.crypto.chip.trust import Anchor, Trust
from idp.identity.chip_refusal import ChipRefused, Code


def authorities(signer: Certificate, trust: Trust) -> tuple[Anchor, ...]:
    """The anchors of the issuer's name that did sign: mostly one, two where a key was certified anew.

    Raises ChipRefused: `csca_unknown`, `algorithm_mismatch`, `dsc_signature_invalid`, `csca_not_ca`, and what keeps the
    only anchor of that name from being used.
    """
    named = trust.anchors.get(signer.issuer, ())
    if not named:
        raise ChipRefused(Code.CSCA_UNKNOWN)
    if not signer.algorithms_agree:
        raise ChipRefused(Code.ALGORITHM_MISMATCH, "signatureAlgorithm inside and outside of the certificate")
    scheme = signature.scheme_of(signer.signature_algorithm)
    signing = tuple(one for one in named if _signed(one, scheme, signer))
    if not signing:
        unusable = [one.key for one in named if isinstance(one.key, ChipRefused)]
        raise unusable[0] if len(unusable) == len(named) else ChipRefused(Code.DSC_SIGNATURE_INVALID)
    allowed = tuple(one for one in signing if one.certificate.is_authority)
    if not allowed:
        raise ChipRefused(Code.CSCA_NOT_CA)
    return allowed


def lawful(named: Iterable[Anchor]) -> tuple[Certificate, ...]:
    """Those of them that may sign certificates and lists of revoked ones."""
    return tuple(one.certificate for one in named if one.certificate.is_authority)


def check_signer(signer: Certificate) -> None:
    """Raises ChipRefused: `dsc_is_ca`, `dsc_key_usage`."""
    if signer.is_ca:
        raise ChipRefused(Code.DSC_IS_CA)
    # Doc 9303-12 §7.1.1 makes keyUsage mandatory; RFC 5280 §4.2 forbids to pass over a critical extension.
    if signer.key_usage is None or Usage.DIGITAL_SIGNATURE not in signer.key_usage or signer.is_restricted:
        raise ChipRefused(Code.DSC_KEY_USAGE)


def check_hashes_of(signer: Certificate) -> Scheme:
    """Raises ChipRefused (`weak_hash`)."""
    scheme = signature.scheme_of(signer.signature_algorithm)
    signature.check_hashes(*scheme.hashes)
    return scheme


def check_keys(signer_key: keys.PublicKey, signing: Iterable[Anchor]) -> None:
    """Raises ChipRefused (`key_too_weak`)."""
    keys.check_strength(signer_key)
    for anchor in signing:
        if not isinstance(anchor.key, ChipRefused):
            keys.check_strength(anchor.key)


def check_signing_time(signer: Certificate, signing_time: datetime | None, now: datetime) -> None:
    """Where it is said. Raises ChipRefused: `signing_time_future`, `dsc_not_yet_valid`, `dsc_expired_at_signing`."""
    if signing_time is None:
        return
    if signing_time > now:
        raise ChipRefused(Code.SIGNING_TIME_FUTURE)
    if signing_time < signer.not_before:
        raise ChipRefused(Code.DSC_NOT_YET_VALID, "when it signed")
    if signing_time > signer.not_after:
        raise ChipRefused(Code.DSC_EXPIRED_AT_SIGNING)


def check_validity(signer: Certificate, signing: Iterable[Anchor], now: datetime) -> Anchor:
    """The signer today, and the authority on the day on which it certified the signer: expired since, it still did.

    Raises ChipRefused: `dsc_not_yet_valid`, `dsc_expired`, `csca_expired_at_issuance`.
    """
    if now < signer.not_before:
        raise ChipRefused(Code.DSC_NOT_YET_VALID)
    if now > signer.not_after:
        raise ChipRefused(Code.DSC_EXPIRED)
    for anchor in signing:
        if anchor.certificate.not_before <= signer.not_before <= anchor.certificate.not_after:
            return anchor
    raise ChipRefused(Code.CSCA_EXPIRED_AT_ISSUANCE)


def _signed(anchor: Anchor, scheme: Scheme, signer: Certificate) -> bool:
    return not isinstance(anchor.key, ChipRefused) and signature.is_valid(
        scheme, anchor.key, signer.signature, signer.signed
    )
