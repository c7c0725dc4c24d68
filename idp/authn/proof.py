"""A proof: one successful use of one authenticator by the person in this browser."""

from dataclasses import dataclass
from datetime import datetime

from idp.kernel.level import Level


@dataclass(frozen=True, slots=True)
class Proof:
    """`method` names an entry of the authenticator registry.

    `outage`: accepted in VNeID's place while VNeID was away; it bears nothing once VNeID is back. `cap`: the level of
    the session that enrolled the authenticator.
    """

    method: str
    at: datetime
    authenticator_id: str
    outage: bool = False
    cap: Level = Level.HIGH
