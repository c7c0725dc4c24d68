"""One audit event: who did what, on whose behalf, for which purpose, and what changed. Appended, never altered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` is an entry of the registry; ids are pseudonymous; `changed` holds names of fields and ids, never personal data."""

    kind: str
    at: datetime
    actor: str
    person_id: str | None = None
    client_id: str | None = None
    on_behalf_of: str | None = None
    purpose: str | None = None
    grant_id: str | None = None
    changed: Mapping[str, Any] = field(default_factory=dict)
