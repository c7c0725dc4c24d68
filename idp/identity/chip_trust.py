"""Which country signing authorities count for chips: a set as a whole, proposed by one person, approved by another.

Whoever could add one alone could print citizens. A set replaces the one before, so that taking one out is as visible as
adding one.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from idp.identity import two_hands


@dataclass(frozen=True, slots=True)
class AnchorSet:
    """DER certificates, each once, in the order of their SHA-256."""

    certificates: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def of(cls, certificates: Iterable[bytes]) -> "AnchorSet":
        return cls(tuple(sorted(set(certificates), key=_sha256)))

    @property
    def thumbprints(self) -> tuple[str, ...]:
        return tuple(map(_sha256, self.certificates))

    @property
    def fingerprint(self) -> str:
        """What two people compare: over all of them."""
        return two_hands.grouped(hashlib.sha256("".join(self.thumbprints).encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class AnchorProposal:
    """`approved_by` is empty until a second person has agreed."""

    id: str
    anchors: AnchorSet
    proposed_at: datetime
    proposed_by: str
    approved_at: datetime | None = None
    approved_by: str | None = None

    @property
    def fingerprint(self) -> str:
        return self.anchors.fingerprint


@dataclass(frozen=True, slots=True)
class Difference:
    """SHA-256 of certificates, beside what counts now."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


def difference(approved: AnchorSet | None, proposed: AnchorSet) -> Difference:
    before = () if approved is None else approved.thumbprints
    after = proposed.thumbprints
    return Difference(
        tuple(one for one in after if one not in set(before)), tuple(one for one in before if one not in set(after))
    )


def _sha256(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()
