"""What the house must know of one route by which people are verified."""

from dataclasses import dataclass

from idp.identity.verification import Framework
from idp.kernel.level import Level


@dataclass(frozen=True, slots=True)
class EvidenceRoute:
    """`ceiling`: the most that it can give, whatever was looked at. `framework`: who vouches on it.

    `in_presence`: the person stands before an officer, who asks about everything that was enrolled before.
    `waits`: a raise stands a day, with notices to every channel, before it counts.
    """

    name: str
    framework: Framework
    ceiling: Level
    doc: str
    in_presence: bool = False
    waits: bool = False
