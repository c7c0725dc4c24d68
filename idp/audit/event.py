"""One audit event: who did what, on whose behalf, for which purpose, and what changed. Appended, never altered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from idp.audit import redact
from idp.audit.kinds import KINDS

# A key's thumbprint is published and as long as a secret; without it nobody could tell which key the event is about.
# Nor, without its fingerprint, which endpoints and keys of an upstream were approved.
_PUBLIC = frozenset({"kid", "fingerprint"})


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` is an entry of the registry; ids are pseudonymous.

    `changed` holds names of fields and ids, never personal data.
    """

    kind: str
    at: datetime
    actor: str
    person_id: str | None = None
    client_id: str | None = None
    on_behalf_of: str | None = None
    purpose: str | None = None
    grant_id: str | None = None
    changed: Mapping[str, Any] = field(default_factory=dict)


def event(
    kind: str,
    *,
    at: datetime,
    actor: str,
    person_id: str | None = None,
    client_id: str | None = None,
    on_behalf_of: str | None = None,
    purpose: str | None = None,
    grant_id: str | None = None,
    **changed: Any,  # noqa: ANN401 - whatever JSON holds; the names are checked
) -> Event:
    """An event that the registry knows. Anything else is a bug of ours, hence ValueError."""
    known = KINDS.get(kind)
    if known is None:
        raise ValueError(f"unknown kind of event: {kind}")
    unknown = set(changed) - known.changed
    if unknown:
        raise ValueError(f"{kind} has no field {', '.join(sorted(unknown))}")
    given = {name: value if name in _PUBLIC else redact.value(value) for name, value in changed.items()}
    kept = {name: value for name, value in given.items() if value is not None}
    return Event(kind, at, actor, person_id, client_id, on_behalf_of, purpose, grant_id, kept)
