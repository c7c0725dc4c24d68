"""EF.SOD of a card: the hashes of its data groups, signed (Doc 9303-10 §4.6.2, RFC 5652 §5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.chip import der
from sandbox.chip.signing import Signer, digest, digest_algorithm

LDS = "2.23.136.1.1.1"
_CONTENT_TYPE, _MESSAGE_DIGEST, _SIGNING_TIME = (f"1.2.840.113549.1.9.{n}" for n in (3, 4, 5))


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """How it is made. The defaults are right; a forgery changes one of them."""

    signing_time: datetime | None
    issuer: bytes = field(repr=False)
    serial: int = 0
    key_identifier: bytes | None = None
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    group_hash: str = "sha256"
    digest: str | None = None
    # More entries than the card's own, and octets instead of the whole object.
    more_entries: tuple[tuple[int, bytes], ...] = ()
    content: bytes | None = field(default=None, repr=False)
    content_type: str = LDS
    attribute_content_type: str | None = LDS
    message_digest: bytes | None = None
    has_attributes: bool = True
    attributes_twice: bool = False
    signers: int = 1
    bent_signature: bool = False
    tag: int = 0x77
    after: bytes = b""
    indefinite: bool = False

    def written(self, groups: Mapping[int, bytes], signer: Signer) -> bytes:
        content = self.content or self.hashes(groups)
        digested = self.digest or signer.hash
        info = self._signer_info(content, signer, digested)
        signed = der.sequence(
            der.integer(3),
            der.set_of(digest_algorithm(digested)),
            der.sequence(der.oid(self.content_type), der.tagged(0, der.octets(content))),
            *([der.tagged(0, *sorted(self.certificates))] if self.certificates else []),
            der.set_of(*([info] * self.signers)),
        )
        outer = der.sequence(der.oid("1.2.840.113549.1.7.2"), der.tagged(0, signed))
        return der.element(self.tag, der.indefinite(outer) if self.indefinite else outer) + self.after

    def hashes(self, groups: Mapping[int, bytes]) -> bytes:
        """LDSSecurityObject, version 0."""
        entries = [(number, digest(self.group_hash, octets)) for number, octets in sorted(groups.items())]
        listed = (der.sequence(der.integer(n), der.octets(hashed)) for n, hashed in (*entries, *self.more_entries))
        return der.sequence(der.integer(0), digest_algorithm(self.group_hash), der.sequence(*listed))

    def _signer_info(self, content: bytes, signer: Signer, digested: str) -> bytes:
        attributes = self._attributes(content, digested)
        signed = der.set_of(*attributes) if self.has_attributes else content
        signature = signer.sign(signed)
        if self.bent_signature:
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        by_issuer = der.sequence(self.issuer, der.integer(self.serial))
        sid = by_issuer if self.key_identifier is None else der.tagged(0, self.key_identifier, constructed=False)
        return der.sequence(
            der.integer(1 if self.key_identifier is None else 3),
            sid,
            digest_algorithm(digested),
            *([der.tagged(0, *sorted(attributes))] if self.has_attributes else []),
            signer.algorithm(),
            der.octets(signature),
        )

    def _attributes(self, content: bytes, digested: str) -> list[bytes]:
        told = [(_MESSAGE_DIGEST, der.octets(self.message_digest or digest(digested, content)))]
        if self.attribute_content_type is not None:
            told.append((_CONTENT_TYPE, der.oid(self.attribute_content_type)))
        if self.signing_time is not None:
            told.append((_SIGNING_TIME, der.time(self.signing_time)))
        if self.attributes_twice:
            told.append(told[0])
        return [der.sequence(der.oid(oid), der.set_of(value)) for oid, value in told]
