"""Signature algorithms of certificates, CRLs and security objects: which hash, which padding, and whether it verifies.

Doc 9303-12 §4.4: RSASSA-PSS, RSASSA-PKCS1-v1_5, ECDSA. Whether a hash is strong enough is asked apart, since a weak one
must be told from a forged signature.
"""

from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from idp.crypto.chip.certificates import UNREADABLE
from idp.crypto.chip.keys import PublicKey
from idp.identity.chip_refusal import ChipRefused, Code

HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "1.2.840.113549.2.5": hashes.MD5,
    "1.3.14.3.2.26": hashes.SHA1,
    "2.16.840.1.101.3.4.2.4": hashes.SHA224,
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
}
_STRONG: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_PKCS1: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "1.2.840.113549.1.1.4": hashes.MD5,
    "1.2.840.113549.1.1.5": hashes.SHA1,
    "1.2.840.113549.1.1.14": hashes.SHA224,
    "1.2.840.113549.1.1.11": hashes.SHA256,
    "1.2.840.113549.1.1.12": hashes.SHA384,
    "1.2.840.113549.1.1.13": hashes.SHA512,
}
ECDSA: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "1.2.840.10045.4.1": hashes.SHA1,
    "1.2.840.10045.4.3.1": hashes.SHA224,
    "1.2.840.10045.4.3.2": hashes.SHA256,
    "1.2.840.10045.4.3.3": hashes.SHA384,
    "1.2.840.10045.4.3.4": hashes.SHA512,
}
# In a SignerInfo the hash may stand in digestAlgorithm alone (RFC 3370 §3.2).
_RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
_PSS: Final = "1.2.840.113549.1.1.10"
_MGF1: Final = "1.2.840.113549.1.1.8"
_LONGEST_SALT: Final = 512


@dataclass(frozen=True, slots=True)
class Scheme:
    """`padding` is None for ECDSA."""

    hash: hashes.HashAlgorithm
    padding: padding.AsymmetricPadding | None
    mask_hash: hashes.HashAlgorithm | None = None

    @property
    def hashes(self) -> tuple[hashes.HashAlgorithm, ...]:
        return (self.hash,) if self.mask_hash is None else (self.hash, self.mask_hash)


def hash_of(identifier: Any) -> hashes.HashAlgorithm:  # noqa: ANN401 - asn1crypto has no types
    """Of an AlgorithmIdentifier. Raises ChipRefused (`key_unsupported`)."""
    return hash_named(identifier["algorithm"].dotted)


def hash_named(oid: str) -> hashes.HashAlgorithm:
    found = HASHES.get(oid)
    if found is None:
        raise ChipRefused(Code.KEY_UNSUPPORTED, f"hash {oid}")
    return found()


def scheme_of(identifier: Any, digest: hashes.HashAlgorithm | None = None) -> Scheme:  # noqa: ANN401
    """Of an AlgorithmIdentifier; `digest` is what a SignerInfo names beside it.

    Raises ChipRefused: `key_unsupported`; `algorithm_mismatch` where the two name different hashes.
    """
    try:
        scheme = _scheme(identifier, digest)
    except UNREADABLE:
        raise ChipRefused(Code.KEY_UNSUPPORTED, "unreadable signature algorithm") from None
    if digest is not None and digest.name != scheme.hash.name:
        raise ChipRefused(Code.ALGORITHM_MISMATCH, "digestAlgorithm and signatureAlgorithm")
    return scheme


def check_hashes(*used: hashes.HashAlgorithm) -> None:
    """Whoever can find collisions can have one card signed and show another. Raises ChipRefused (`weak_hash`)."""
    for one in used:
        if not isinstance(one, _STRONG):
            raise ChipRefused(Code.WEAK_HASH, one.name)


def fits(scheme: Scheme, key: PublicKey) -> bool:
    return isinstance(key, rsa.RSAPublicKey) is (scheme.padding is not None)


def is_valid(scheme: Scheme, key: PublicKey, signature: bytes, signed: bytes) -> bool:
    """Total: any octets are a signature, mostly a wrong one."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if scheme.padding is None:
                return False
            key.verify(signature, signed, scheme.padding, scheme.hash)
        else:
            if scheme.padding is not None:
                return False
            key.verify(signature, signed, ec.ECDSA(scheme.hash))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def digest(algorithm: hashes.HashAlgorithm, octets: bytes) -> bytes:
    running = hashes.Hash(algorithm)
    running.update(octets)
    return running.finalize()


def _scheme(identifier: Any, digest: hashes.HashAlgorithm | None) -> Scheme:  # noqa: ANN401
    oid = identifier["algorithm"].dotted
    if oid == _RSA_ENCRYPTION and digest is not None:
        return Scheme(digest, padding.PKCS1v15())
    if oid == _PSS:
        return _pss(identifier["parameters"])
    if oid in _PKCS1:
        return Scheme(_PKCS1[oid](), padding.PKCS1v15())
    if oid in ECDSA:
        return Scheme(ECDSA[oid](), None)
    raise ChipRefused(Code.KEY_UNSUPPORTED, f"signature algorithm {oid}")


def _pss(parameters: Any) -> Scheme:  # noqa: ANN401
    """RFC 4055 §3.1; what is left out is SHA-1."""
    mask, salt = parameters["mask_gen_algorithm"], parameters["salt_length"].native
    if mask["algorithm"].dotted != _MGF1 or not isinstance(salt, int) or not 0 <= salt <= _LONGEST_SALT:
        raise ChipRefused(Code.KEY_UNSUPPORTED, "RSASSA-PSS parameters")
    hashed, masked = hash_of(parameters["hash_algorithm"]), hash_of(mask["parameters"])
    return Scheme(hashed, padding.PSS(padding.MGF1(masked), salt), masked)
