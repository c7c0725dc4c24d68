"""A verification on its way: which route, for which level, in which state, and what may come next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from idp.kernel.level import Level


class CaseState(StrEnum):
    """OPEN: evidence is gathered. WAITS_FOR_REGISTER, WAITS_FOR_SECOND: for another's word. STANDS: accepted, and
    waits its day in which the owner may say no. The others are ends.
    """

    OPEN = "open"
    WAITS_FOR_REGISTER = "waits_for_register"
    WAITS_FOR_SECOND = "waits_for_second"
    STANDS = "stands"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    STOPPED = "stopped"


ENDS: Final = frozenset({CaseState.ACCEPTED, CaseState.REFUSED, CaseState.STOPPED})
_RUNNING: Final = frozenset(CaseState) - ENDS
# Whatever runs may be refused or stopped; only what was decided, or stood its day, is accepted.
_NEXT: Final[Mapping[CaseState, frozenset[CaseState]]] = {
    CaseState.OPEN: _RUNNING | ENDS,
    CaseState.WAITS_FOR_REGISTER: _RUNNING | ENDS,
    CaseState.WAITS_FOR_SECOND: frozenset({CaseState.OPEN, CaseState.WAITS_FOR_REGISTER}) | ENDS,
    CaseState.STANDS: ENDS,
    **{end: frozenset() for end in ENDS},
}


@dataclass(frozen=True, slots=True)
class CasePolicy:
    """`standing`: how long a raise from afar waits, with notices to every channel (domain §3); a setting.

    `routes`: those of `idp/identity/routes` that this deployment switched on beside VNeID.
    """

    standing: timedelta = timedelta(hours=24)
    routes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class VerificationCase:
    """`id` is the number that a person is told. `version` grows with each change: of two at once one wins.

    `client_id` and `interaction_id`: which service waits for the level, and in which sign-in. `details` is what the
    route gathered so far; it is personal.
    """

    id: str
    person_id: str
    route: str
    target: Level
    state: CaseState
    opened_at: datetime
    opened_by: str
    updated_at: datetime
    version: int = 0
    # When it goes on by itself.
    due_at: datetime | None = None
    # The stable refusal code, or the word for why it was stopped.
    reason: str | None = None
    client_id: str | None = None
    interaction_id: str | None = None
    # The unit that is competent now: a commune's code, or None on the routes without officers.
    unit: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def runs(self) -> bool:
        return self.state not in ENDS


def may_become(before: CaseState, after: CaseState) -> bool:
    return after in _NEXT[before]
