"""What a person decided about one service, and whether that still answers what the service now asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConsentDecision:
    """The latest decision of a person about a client; withdrawn decisions are never passed to the rules.

    `told` maps each item that was decided about (a scope, or `claim:` and a name) to the fingerprint of the terms that
    the person saw; `refused` are those of them that were offered and not ticked; `claims` are the single claims granted
    outside of any scope.
    """

    person_id: str
    client_id: str
    decided_at: datetime
    told: Mapping[str, str] = field(default_factory=dict)
    claims: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
