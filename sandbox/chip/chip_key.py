"""The chip's own key: its answer to a challenge (Doc 9303-11 §6.1), and DG14 and DG15, by which it is checked."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sandbox.chip import der, signing
from sandbox.chip.signing import HASHES, Signer, digest

KINDS: Final = ("ec", "rsa", "rsa-sha256")
_PLAIN_ECDSA: Final = {"sha1": 1, "sha224": 2, "sha256": 3, "sha384": 4, "sha512": 5}
_TRAILERS: Final = {"sha1": b"\xbc", "sha224": b"\x38\xcc", "sha256": b"\x34\xcc", "sha384": b"\x36\xcc"}


@dataclass(frozen=True, slots=True)
class ChipKey:
    """`hash` is what it signs with: DG14 says so of an elliptic key, the trailer of a signature by an RSA key."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(repr=False)
    hash: str

    def dg14(self) -> bytes | None:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return None
        algorithm = der.oid(f"0.4.0.127.0.7.1.1.4.1.{_PLAIN_ECDSA[self.hash]}")
        return der.element(0x6E, der.set_of(der.sequence(der.oid("2.23.136.1.1.5"), der.integer(1), algorithm)))

    def dg15(self) -> bytes:
        return der.element(0x6F, Signer(self.key, self.hash).public_key_info())

    def answer(self, challenge: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self._recoverable(self.key, challenge)
        size = (self.key.curve.key_size + 7) // 8
        r, s = decode_dss_signature(self.key.sign(challenge, ec.ECDSA(HASHES[self.hash][0])))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def _recoverable(self, key: rsa.RSAPrivateKey, challenge: bytes) -> bytes:
        """ISO/IEC 9796-2 scheme 1: as many octets of the chip's own choice as fit, then the hash over them and ours."""
        size, trailer = key.key_size // 8, _TRAILERS[self.hash]
        room = size - 1 - HASHES[self.hash][0].digest_size - len(trailer)
        own = secrets.token_bytes(room)
        block = b"\x6a" + own + digest(self.hash, own + challenge) + trailer
        numbers = key.private_numbers()
        signed = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
        return signed.to_bytes(size, "big")


def chip_key(kind: str, whose: str = "chip") -> ChipKey:
    """`rsa` is the oldest form, with SHA-1 and a short trailer."""
    match kind:
        case "ec":
            return ChipKey(signing.key("bp256", whose), "sha256")
        case "rsa":
            return ChipKey(signing.key("rsa1024", whose), "sha1")
        case "rsa-sha256":
            return ChipKey(signing.key("rsa2048", whose), "sha256")
        case _:
            raise KeyError(kind)
