"""A person as the hub knows them: state, level of identity, and facts with their source and date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from idp.kernel.level import Level


class PersonState(StrEnum):
    """Only an active person signs in, refreshes or is spoken of."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Fact:
    """One claim about a person: its JSON value, who said so, and since when we hold it."""

    value: Any
    source: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """`facts` is keyed by claim name (OpenID Connect Core §5.1 and the province's own)."""

    id: str
    state: PersonState
    level: Level
    facts: Mapping[str, Fact]
    created_at: datetime
    updated_at: datetime
    # The level of identity lapses with the card or the policy that gave it; None: no end is known.
    level_ends_at: datetime | None = None
