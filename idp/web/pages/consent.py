"""The page that asks a person what a service may receive: what it needs, what may be added, why, on what basis."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: a label (`claim.<claim>` in the catalogue unless given), and the value as people read it."""

    claim: str
    value: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentItem:
    """What a person decides about as one: `name` (a scope or claim) is the value of the ticked box `optional`."""

    name: str
    facts: tuple[Fact, ...] = ()
    label: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """`decision` = allow | deny; `optional` boxes are never ticked beforehand (PDPL 91/2025: nothing pre-ticked)."""

    template: ClassVar[str] = "consent.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    person: str
    purpose: str
    legal_basis: str | None = None
    necessary: tuple[ConsentItem, ...] = ()
    optional: tuple[ConsentItem, ...] = ()
    task: tuple[ConsentItem, ...] = ()
    """Released for a task the law gives the agency: shown, not asked (Art. 19)."""
    offline_access: bool = False
    offline_reason: str | None = None
    """What lasting access is for, where that is not the purpose on top of the page."""
    changed: bool = False
    """The person agreed before, and purpose, text, claims or agency changed since."""
    switch_uri: str | None = None

    @property
    def is_notice(self) -> bool:
        """Nothing is asked: all of it is released for a task, and the person has to see that once."""
        return bool(self.task) and not (self.necessary or self.optional or self.offline_access)
