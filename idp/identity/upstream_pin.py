"""What two administrators approved of an upstream: its endpoints and keys. Whatever else it publishes is not used.

They decide who people are: whoever could change them alone could be anybody. Here stand only the rules.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Pin:
    """`thumbprints`: of the keys that may sign (RFC 7638). `names_itself`: RFC 9207 §3.

    A register sends nobody anywhere: it has no `authorization_endpoint`, and `token_endpoint` is where it is asked.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool
    thumbprints: frozenset[str]

    @property
    def fingerprint(self) -> str:
        """What two people compare: 80 bits over everything, in groups that can be read aloud."""
        digest = hashlib.sha256(json.dumps(to_json(self), sort_keys=True).encode()).hexdigest()
        return "-".join(digest[at : at + 4] for at in range(0, 20, 4))


@dataclass(frozen=True, slots=True)
class Proposal:
    """`approved_by` is empty until a second person has agreed."""

    id: str
    pin: Pin
    proposed_at: datetime
    proposed_by: str
    approved_at: datetime | None = None
    approved_by: str | None = None


class Objection(StrEnum):
    """Why an approval counts for nothing."""

    UNKNOWN = "unknown"
    SAME_HAND = "same_hand"
    DONE = "done"


def objection(proposal: Proposal | None, fingerprint: str, actor: str) -> Objection | None:
    """None: this hand may approve. Only what was proposed last, by somebody else, to the letter."""
    if proposal is None or proposal.pin.fingerprint != fingerprint:
        return Objection.UNKNOWN
    if proposal.approved_by is not None:
        return Objection.DONE
    return Objection.SAME_HAND if proposal.proposed_by == actor else None


def differences(approved: Pin | None, published: Pin) -> tuple[str, ...]:
    """The words of what changed, for people who decide about it; empty: nothing."""
    if approved is None:
        return ("everything",)
    before, after = to_json(approved), to_json(published)
    return tuple(name for name in before if before[name] != after[name])


def to_json(pin: Pin) -> dict[str, Any]:
    return {
        "issuer": pin.issuer,
        "authorization_endpoint": pin.authorization_endpoint,
        "token_endpoint": pin.token_endpoint,
        "jwks_uri": pin.jwks_uri,
        "names_itself": pin.names_itself,
        "thumbprints": sorted(pin.thumbprints),
    }


def from_json(document: Mapping[str, Any]) -> Pin:
    return Pin(**{**document, "thumbprints": frozenset(document["thumbprints"])})
