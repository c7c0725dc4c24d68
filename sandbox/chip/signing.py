"""Keys of the test authority and its signers: RSA, RSA-PSS, NIST and brainpool curves, named or written out.

No key is kept: elliptic ones are derived from a word, so that a run can be repeated; RSA ones are made anew.
"""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.crypto.chip.ec_params import domain_of
from sandbox.chip import der

HASHES: Final[dict[str, tuple[hashes.HashAlgorithm, str]]] = {
    "md5": (hashes.MD5(), "1.2.840.113549.2.5"),  # noqa: S303 - a forgery
    "sha1": (hashes.SHA1(), "1.3.14.3.2.26"),  # noqa: S303 - a forgery
    "sha224": (hashes.SHA224(), "2.16.840.1.101.3.4.2.4"),
    "sha256": (hashes.SHA256(), "2.16.840.1.101.3.4.2.1"),
    "sha384": (hashes.SHA384(), "2.16.840.1.101.3.4.2.2"),
    "sha512": (hashes.SHA512(), "2.16.840.1.101.3.4.2.3"),
}
_PKCS1: Final = {"md5": 4, "sha1": 5, "sha224": 14, "sha256": 11, "sha384": 12, "sha512": 13}
_ECDSA: Final = {"sha1": "1", "sha224": "3.1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}
_CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "p192": ec.SECP192R1(),
    "p224": ec.SECP224R1(),
    "p256": ec.SECP256R1(),
    "p384": ec.SECP384R1(),
    "p521": ec.SECP521R1(),
    "bp256": ec.BrainpoolP256R1(),
    "bp384": ec.BrainpoolP384R1(),
    "bp512": ec.BrainpoolP512R1(),
    "k256": ec.SECP256K1(),
}
_EXPONENT: Final = 65537


@dataclass(frozen=True, slots=True)
class Signer:
    """`curve_form`: named, explicit, or bent: written out with another generator (CVE-2020-0601)."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(repr=False)
    hash: str
    pss: bool = False
    curve_form: str = "named"

    def public_key_info(self) -> bytes:
        """SubjectPublicKeyInfo."""
        public = self.key.public_key()
        info = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if isinstance(public, rsa.RSAPublicKey) or self.curve_form == "named":
            return info
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        written = _written_out(public.curve, bent=self.curve_form == "bent")
        return der.sequence(der.sequence(der.oid("1.2.840.10045.2.1"), written), der.bits(point))

    def algorithm(self) -> bytes:
        """AlgorithmIdentifier of the signatures."""
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return der.sequence(der.oid(f"1.2.840.10045.4.{_ECDSA[self.hash]}"))
        if not self.pss:
            return der.sequence(der.oid(f"1.2.840.113549.1.1.{_PKCS1[self.hash]}"), der.null())
        algorithm, _ = HASHES[self.hash]
        hashed = digest_algorithm(self.hash)
        mask = der.sequence(der.oid("1.2.840.113549.1.1.8"), hashed)
        salt = der.tagged(2, der.integer(algorithm.digest_size))
        return der.sequence(
            der.oid("1.2.840.113549.1.1.10"), der.sequence(der.tagged(0, hashed), der.tagged(1, mask), salt)
        )

    def sign(self, octets: bytes) -> bytes:
        algorithm, _ = HASHES[self.hash]
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(octets, ec.ECDSA(algorithm))
        if self.pss:
            return self.key.sign(octets, padding.PSS(padding.MGF1(algorithm), algorithm.digest_size), algorithm)
        return self.key.sign(octets, padding.PKCS1v15(), algorithm)

    def hashing(self, name: str) -> "Signer":
        return replace(self, hash=name)


def digest_algorithm(name: str) -> bytes:
    return der.sequence(der.oid(HASHES[name][1]), der.null())


def digest(name: str, octets: bytes) -> bytes:
    return hashlib.new(name, octets, usedforsecurity=False).digest()


# What a card may be signed with, by name: kind of key, hash, padding, and how a curve is said.
ALGORITHMS: Final[dict[str, tuple[str, str, bool, str]]] = {
    "rsa": ("rsa2048", "sha256", False, "named"),
    "rsa-3072-sha512": ("rsa3072", "sha512", False, "named"),
    "rsa-pss": ("rsa2048", "sha256", True, "named"),
    "rsa-pss-sha512": ("rsa3072", "sha512", True, "named"),
    "p256": ("p256", "sha256", False, "named"),
    "p384": ("p384", "sha384", False, "named"),
    "p521": ("p521", "sha512", False, "named"),
    "p256-explicit": ("p256", "sha256", False, "explicit"),
    "p384-explicit": ("p384", "sha384", False, "explicit"),
    "bp256": ("bp256", "sha256", False, "named"),
    "bp256-explicit": ("bp256", "sha256", False, "explicit"),
    "bp384-explicit": ("bp384", "sha384", False, "explicit"),
    "bp512-explicit": ("bp512", "sha512", False, "explicit"),
}


def signer(algorithm: str, whose: str) -> Signer:
    """`whose` tells several keys of one algorithm apart."""
    kind, hashed, pss, form = ALGORITHMS[algorithm]
    return Signer(key(kind, whose), hashed, pss, form)


@cache
def key(kind: str, whose: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """`rsa2048`, `bp256`, …: the same throughout a run."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(_EXPONENT, int(kind.removeprefix("rsa")))
    # Below the order of every curve here but the two small ones, whose keys nobody should use.
    seed = hashlib.sha512(f"{kind}:{whose}".encode()).digest()
    curve = _CURVES[kind]
    return ec.derive_private_key(int.from_bytes(seed, "big") % 2 ** min(curve.key_size - 1, 512) or 1, curve)


def kind_of(key_: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    if isinstance(key_, rsa.RSAPrivateKey):
        return f"rsa{key_.key_size}"
    return next(kind for kind, curve in _CURVES.items() if curve.name == key_.curve.name)


def _written_out(curve: ec.EllipticCurve, *, bent: bool) -> bytes:
    """SEC 1 §C.2 ECParameters."""
    domain = domain_of(curve)
    size = (domain.p.bit_length() + 7) // 8
    x, y = domain.generator
    if bent:
        y = domain.p - y  # also a point of the curve, also of its order
    base = b"\x04" + x.to_bytes(size, "big") + y.to_bytes(size, "big")
    return der.sequence(
        der.integer(1),
        der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(domain.p)),
        der.sequence(der.octets(domain.a.to_bytes(size, "big")), der.octets(domain.b.to_bytes(size, "big"))),
        der.octets(base),
        der.integer(domain.n),
        der.integer(domain.h),
    )
