"""What takes two people: one proposes, another one approves exactly that, and nobody approves their own."""

from enum import StrEnum
from typing import Protocol


class Proposed(Protocol):
    """Something that waits, or was approved. `fingerprint` is over all of it, and is what two people compare."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def proposed_by(self) -> str: ...
    @property
    def approved_by(self) -> str | None: ...


class Objection(StrEnum):
    """Why an approval counts for nothing."""

    UNKNOWN = "unknown"
    SAME_HAND = "same_hand"
    DONE = "done"


class NotApproved(Exception):
    """Nothing changed; `objection` says why."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(objection.value)
        self.objection = objection


def objection(proposal: Proposed | None, fingerprint: str, actor: str) -> Objection | None:
    """None: this hand may approve. Only what was proposed last, by somebody else, to the letter."""
    if proposal is None or proposal.fingerprint != fingerprint:
        return Objection.UNKNOWN
    if proposal.approved_by is not None:
        return Objection.DONE
    return Objection.SAME_HAND if proposal.proposed_by == actor else None


def grouped(digest: str) -> str:
    """80 bits of a hexadecimal digest, in groups that can be read aloud."""
    return "-".join(digest[at : at + 4] for at in range(0, 20, 4))
