"""Officers: persons with dated roles in a unit of the province. Which roles exist, when one counts, and what excludes
another. An officer is identity's, since nothing is known of them but whose power it is and since when.

A power that one hand gave counts for nothing; only the first two officers, who have nobody above them, come by one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What an officer may do. None of them contains another."""

    RECEPTION = "reception"
    VERIFICATION = "verification"
    SUPERVISOR = "supervisor"
    DATA_PROTECTION = "data_protection"
    HOTLINE = "hotline"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


# Whoever gives powers must not decide about citizens, and whoever audits must not have done what they look at.
_EXCLUDING: Final = (
    frozenset({Role.ADMINISTRATOR, Role.VERIFICATION}),
    frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR}),
    frozenset({Role.AUDITOR, Role.VERIFICATION}),
    frozenset({Role.AUDITOR, Role.SUPERVISOR}),
    frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
)
FIRST_OFFICERS: Final = 2
_UNIT: Final = re.compile(r"[0-9A-Z][0-9A-Z.-]{0,11}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """One role of one person in one unit (a commune's code), from `begins_at` until `ends_at` (None: no end is set).

    `approved_by` is the second hand; without it the grant is a proposal.
    """

    id: str
    person_id: str
    role: Role
    unit: str
    begins_at: datetime
    proposed_by: str
    ends_at: datetime | None = None
    approved_by: str | None = None

    def counts(self, now: datetime) -> bool:
        return self.approved_by is not None and self.begins_at <= now and (self.ends_at is None or now < self.ends_at)


class Objection(StrEnum):
    """Why a role is not given, or a proposal not approved."""

    UNKNOWN = "unknown"
    SAME_HAND = "same_hand"
    DONE = "done"
    NOT_VERIFIED = "not_verified"
    EXCLUDED = "excluded"
    HELD = "held"
    UNIT = "unit"
    DATES = "dates"


def roles(grants: Iterable[RoleGrant], now: datetime) -> frozenset[Role]:
    """What counts now."""
    return frozenset(grant.role for grant in grants if grant.counts(now))


def unit_of(grants: Iterable[RoleGrant], role: Role, now: datetime) -> str | None:
    """Where this role is held now; of several units the first in their order."""
    return min((grant.unit for grant in grants if grant.role is role and grant.counts(now)), default=None)


def canonical_unit(text: str) -> str | None:
    """None for what can't be a unit's code. Whether there is such a unit is the list of communes' to say."""
    code = text.strip().upper()
    return code if _UNIT.fullmatch(code) else None


def objection(asked: RoleGrant, held: Iterable[RoleGrant], now: datetime) -> Objection | None:
    """Whether this role may stand beside the others of the same person; dates that never meet exclude nothing."""
    if asked.ends_at is not None and asked.ends_at <= max(asked.begins_at, now):
        return Objection.DATES
    living = [one for one in held if one.id != asked.id and _meet(asked, one)]
    if any(one.role is asked.role and one.unit == asked.unit for one in living):
        return Objection.HELD
    if any({asked.role, one.role} in _EXCLUDING for one in living):
        return Objection.EXCLUDED
    return None


def approval_objection(proposal: RoleGrant | None, hand: str) -> Objection | None:
    """None: this hand may approve. A proposal of its own is not another's."""
    if proposal is None:
        return Objection.UNKNOWN
    if proposal.approved_by is not None:
        return Objection.DONE
    return Objection.SAME_HAND if proposal.proposed_by == hand else None


def _meet(one: RoleGrant, other: RoleGrant) -> bool:
    return (one.ends_at is None or other.begins_at < one.ends_at) and (
        other.ends_at is None or one.begins_at < other.ends_at
    )
