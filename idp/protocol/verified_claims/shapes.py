"""What may stand inside `verification`: OpenID Identity Assurance Schema Definition 1.0 §5, the official JSON schemas.

One tree serves three readers: the request is parsed by it, an answer is cut to it, and discovery promises from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Leaf(StrEnum):
    """One value: text, a day (`YYYY-MM-DD`) or an instant (RFC 3339, in UTC)."""

    TEXT = "text"
    DAY = "day"
    INSTANT = "instant"
    # An element of nobody's making: it never has a value here, and what restricts it is never met.
    UNKNOWN = "unknown"
    # OpenID Connect for Identity Assurance §6.2: asking for `assurance_details` filters nothing; we keep none.
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Record:
    """An object. `required`: without these it is no valid answer; `asked`: without these it is no valid request."""

    members: Mapping[str, "Shape"]
    required: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Listed:
    """An array. `kinds`: the entry's shape by the value of its `type`, where it has several."""

    entry: Record
    kinds: Mapping[str, Record] | None = None


Shape: TypeAlias = Leaf | Record | Listed

_PLACE: Mapping[str, Shape] = dict.fromkeys(
    ("formatted", "street_address", "locality", "region", "postal_code", "country", "country_code"), Leaf.TEXT
)
_ISSUER = Record({**_PLACE, "name": Leaf.TEXT, "jurisdiction": Leaf.TEXT})
_CHECKS = Listed(
    Record(
        {"check_method": Leaf.TEXT, "organization": Leaf.TEXT, "check_id": Leaf.TEXT, "time": Leaf.INSTANT},
        required=frozenset({"check_method"}),
        asked=frozenset({"check_method"}),
    )
)
_TYPED = frozenset({"type"})
_DOCUMENT = Record(
    {
        "type": Leaf.TEXT,
        "document_number": Leaf.TEXT,
        "serial_number": Leaf.TEXT,
        "date_of_issuance": Leaf.DAY,
        "date_of_expiry": Leaf.DAY,
        "issuer": _ISSUER,
    },
    _TYPED,
)
_ELECTRONIC_RECORD = Record(
    {"type": Leaf.TEXT, "created_at": Leaf.INSTANT, "date_of_expiry": Leaf.DAY, "source": _ISSUER}, _TYPED
)
_ATTESTATION = Record(
    {
        "type": Leaf.TEXT,
        "reference_number": Leaf.TEXT,
        "date_of_issuance": Leaf.DAY,
        "date_of_expiry": Leaf.DAY,
        "voucher": Record(
            {
                **_PLACE,
                "name": Leaf.TEXT,
                "birthdate": Leaf.DAY,
                "occupation": Leaf.TEXT,
                "organization": Leaf.TEXT,
            }
        ),
    },
    _TYPED,
)


def _evidence(required: frozenset[str] = frozenset(), **members: Shape) -> Record:
    return Record({"type": Leaf.TEXT, **members}, _TYPED | required, _TYPED)


# §5.4.4: the four types of evidence.
EVIDENCE: Mapping[str, Record] = {
    "document": _evidence(document_details=_DOCUMENT, check_details=_CHECKS),
    "electronic_record": _evidence(record=_ELECTRONIC_RECORD, check_details=_CHECKS),
    "vouch": _evidence(attestation=_ATTESTATION, check_details=_CHECKS),
    "electronic_signature": _evidence(
        frozenset({"signature_type", "issuer", "serial_number"}),
        signature_type=Leaf.TEXT,
        issuer=Leaf.TEXT,
        serial_number=Leaf.TEXT,
        created_at=Leaf.INSTANT,
    ),
}
VERIFICATION = Record(
    {
        "trust_framework": Leaf.TEXT,
        "assurance_level": Leaf.TEXT,
        "assurance_process": Record({"policy": Leaf.TEXT, "procedure": Leaf.TEXT, "assurance_details": Leaf.NOTHING}),
        "time": Leaf.INSTANT,
        "verification_process": Leaf.TEXT,
        "evidence": Listed(_evidence(), EVIDENCE),
    },
    required=frozenset({"trust_framework"}),
    asked=frozenset({"trust_framework"}),
)
