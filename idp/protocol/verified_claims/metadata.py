"""What discovery promises of `verified_claims`: OpenID Connect for Identity Assurance 1.0 §8."""

from typing import Any

from idp.protocol.claim_names import wire
from idp.protocol.verified_claims.shapes import EVIDENCE
from idp.protocol.verified_claims.values import CLAIMS

# Domain: VNeID under decree 69/2024, and the counters of the province; who vouched is never left open.
TRUST_FRAMEWORKS = ("vn_nd69_2024", "qn_counter_2026")
DOCUMENTS = ("idcard", "passport", "residence_card", "identity_certificate")
# OpenID Identity Assurance, predefined values: chip signature, presence with the document, portrait by a person.
CHECK_METHODS = ("vcrypt", "vpip", "pvp")
ELECTRONIC_RECORDS = ("population_register", "vneid")


def document() -> dict[str, Any]:
    """The members of the provider's configuration."""
    return {
        "verified_claims_supported": True,
        "trust_frameworks_supported": list(TRUST_FRAMEWORKS),
        "claims_in_verified_claims_supported": [wire(name) for name in CLAIMS],
        "evidence_supported": list(EVIDENCE),
        "documents_supported": list(DOCUMENTS),
        "documents_check_methods_supported": list(CHECK_METHODS),
        "electronic_records_supported": list(ELECTRONIC_RECORDS),
    }
