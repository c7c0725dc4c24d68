"""What this deployment trusts for chips: country signing authorities (anchors) and their revocation lists.

Anchors are few or many hundreds, and come from elsewhere: whatever can't be used is named and passed over, so that one
strange certificate does not shut out all others.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from idp.crypto.chip import certificates, crl, keys
from idp.crypto.chip.certificates import Certificate, UnreadableCertificate
from idp.crypto.chip.crl import Crl, UnreadableCrl
from idp.crypto.chip.keys import PublicKey
from idp.crypto.chip.policy import TrustFiles
from idp.identity.chip_refusal import ChipRefused

_PEM: Final = re.compile(rb"-----BEGIN (?:X509 )?(?:CERTIFICATE|CRL)-----(.+?)-----END", re.DOTALL)
# A year's revocations of the largest country are a tenth of it.
LARGEST_FILE: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Anchor:
    """`key` is what can be verified with, or why it can't."""

    certificate: Certificate
    key: PublicKey | ChipRefused = field(repr=False)

    @property
    def is_usable(self) -> bool:
        return not isinstance(self.key, ChipRefused)


@dataclass(frozen=True, slots=True)
class Unusable:
    """`name`: the certificate's subject, or the file where not even that could be read."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Trust:
    """`anchors` by normalised name: several authorities, or several keys of one, may share it."""

    anchors: Mapping[str, tuple[Anchor, ...]]
    crls: tuple[Crl, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    unreadable_crls: tuple[str, ...] = ()

    @property
    def usable(self) -> int:
        return sum(one.is_usable for group in self.anchors.values() for one in group)

    def authorities(self) -> tuple[Certificate, ...]:
        """Those that can be used and may certify others."""
        every = (one for group in self.anchors.values() for one in group)
        return tuple(one.certificate for one in every if one.is_usable and one.certificate.is_authority)


def load(files: TrustFiles) -> Trust:
    """Total: what can't be read is listed."""
    found: dict[str, dict[bytes, Anchor]] = {}
    unusable: list[Unusable] = []
    for name, der in _each(files.anchors):
        try:
            certificate = certificates.read(der)
        except UnreadableCertificate as error:
            unusable.append(Unusable(name, str(error)))
            continue
        key = _key(certificate)
        if isinstance(key, ChipRefused):
            unusable.append(Unusable(certificate.name, f"{key.code}: {key.reason}"))
        found.setdefault(certificate.subject, {})[der] = Anchor(certificate, key)
    crls, unreadable = _crls(files.crls)
    anchors = {subject: tuple(group.values()) for subject, group in found.items()}
    return Trust(anchors, crls, tuple(unusable), unreadable)


def _key(certificate: Certificate) -> PublicKey | ChipRefused:
    try:
        return keys.public_key(certificate.key)
    except ChipRefused as refused:
        return refused


def _crls(files: Iterable[tuple[str, bytes]]) -> tuple[tuple[Crl, ...], tuple[str, ...]]:
    found: list[Crl] = []
    unreadable: list[str] = []
    for name, der in _each(files):
        try:
            found.append(crl.read(der))
        except UnreadableCrl:
            unreadable.append(name)
    return tuple(found), tuple(unreadable)


def _each(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """A PEM file as its parts; what is broken in it stays one, to be named."""
    for name, content in files:
        parts = _PEM.findall(content) if content.lstrip().startswith(b"-----BEGIN") else None
        if not parts:
            yield name, content
        for part in parts or ():
            try:
                yield name, base64.b64decode(b"".join(part.split()), validate=True)
            except (ValueError, binascii.Error):
                yield name, part
