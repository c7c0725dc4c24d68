"""What came of one verification: every check with its outcome, whose signatures stood behind it, and what was there.

A refused upload has no identity: nothing of what it claims may be used.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from idp.identity.chip_refusal import Code
from idp.identity.citizen_card import CardIdentity

CHECKED, UNCHECKED = "checked", "unchecked"
# The steps in their order; each is one entry of `checks`.
STEPS: Final = (
    "upload",
    "container",
    "signed_data",
    "document_signer",
    "signing_authority",
    "signer_usage",
    "strength",
    "signed_attributes",
    "signature",
    "validity",
    "revocation",
    "data_groups",
    "mrz",
    "document",
    "details",
    "agreement",
    "number",
    "face",
    "active_authentication",
)


class CloneCheck(StrEnum):
    """`not_supported`: the chip has no key of its own. `not_done`: it has, and did not show it."""

    PASSED = "passed"
    NOT_SUPPORTED = "not_supported"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class Check:
    """`outcome`: passed, refused, or skipped where there was nothing to check. `reason` holds nothing personal."""

    name: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate by what finds it again: a revocation names the serial number under the issuer's name.

    `issuer_sha256` is over the normalised name (`names.digest`).
    """

    subject: str
    issuer_sha256: str
    serial: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Face:
    """The picture as the chip has it, for a person to compare; what is kept of it afterwards is its hash."""

    format: str
    width: int
    height: int
    image: bytes = field(repr=False)
    # The same as a small JPEG, where the policy asked for it: no browser shows JPEG 2000.
    shown: bytes = field(default=b"", repr=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.image).hexdigest()


@dataclass(frozen=True, slots=True)
class ChipResult:
    """`code` is None where the upload is accepted. `hashes` are those that the chip's own object lists.

    `not_uploaded`: groups that the chip has and the upload lacks. `challenge_bound`: the clone check answered a
    challenge that was expected, and not merely the upload's own.
    """

    code: Code | None
    reason: str = ""
    checks: tuple[Check, ...] = ()
    identity: CardIdentity | None = None
    doubts: tuple[str, ...] = ()
    document_signer: Signer | None = None
    authority: Signer | None = None
    signed_at: datetime | None = None
    crl: str = UNCHECKED
    clone_check: CloneCheck = CloneCheck.NOT_DONE
    challenge_bound: bool = False
    sod_sha256: str | None = None
    hash_algorithm: str | None = None
    hashes: Mapping[int, str] = field(default_factory=dict)
    not_uploaded: tuple[int, ...] = ()
    face: Face | None = field(default=None, repr=False)

    @property
    def accepted(self) -> bool:
        return self.code is None


def to_json(result: ChipResult) -> dict[str, Any]:
    """The verdict as `idp evidence chip --json` ends with it. The picture itself is not in it, only its hash."""
    told: dict[str, Any] = {
        "verdict": "accepted" if result.accepted else "refused",
        "code": result.code,
        "reason": result.reason,
        "identity": None if result.identity is None else _identity(result.identity),
        "doubts": list(result.doubts),
        "crl": result.crl,
        "clone_check": result.clone_check,
        "challenge": "bound" if result.challenge_bound else "unbound",
        "document_signer": _signer(result.document_signer),
        "authority": _signer(result.authority),
        "signed_at": None if result.signed_at is None else result.signed_at.isoformat(),
        "sod_sha256": result.sod_sha256,
        "hash_algorithm": result.hash_algorithm,
        "hashes": {f"DG{number}": hashed for number, hashed in result.hashes.items()},
        "not_uploaded": [f"DG{number}" for number in result.not_uploaded],
        "face": None if result.face is None else _face(result.face),
        "checks": [{"name": one.name, "outcome": one.outcome, "reason": one.reason} for one in result.checks],
    }
    return told


def _identity(identity: CardIdentity) -> dict[str, Any]:
    return {
        "number": identity.number,
        "name": identity.name,
        "name_has_diacritics": identity.name_has_diacritics,
        "birthdate": identity.birthdate,
        "gender": identity.gender,
        "expires": None if identity.expires is None else identity.expires.isoformat(),
        "nationality": identity.nationality,
        "origin": identity.origin,
        "residence": identity.residence,
        "issued": None if identity.issued is None else identity.issued.isoformat(),
    }


def _signer(signer: Signer | None) -> dict[str, str] | None:
    if signer is None:
        return None
    return {"subject": signer.subject, "serial": signer.serial, "sha256": signer.sha256}


def _face(face: Face) -> dict[str, Any]:
    return {"format": face.format, "width": face.width, "height": face.height, "sha256": face.sha256}
