"""What two administrators approved of an upstream: its endpoints and keys. Whatever else it publishes is not used.

They decide who people are: whoever could change them alone could be anybody. Here stand only the rules.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.identity import two_hands


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
        return two_hands.grouped(hashlib.sha256(json.dumps(to_json(self), sort_keys=True).encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Proposal:
    """`approved_by` is empty until a second person has agreed."""

    id: str
    pin: Pin
    proposed_at: datetime
    proposed_by: str
    approved_at: datetime | None = None
    approved_by: str | None = None

    @property
    def fingerprint(self) -> str:
        return self.pin.fingerprint


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
