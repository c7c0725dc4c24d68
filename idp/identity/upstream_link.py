"""Whose account an upstream's word opens: exactly one person by identity number, and never another one later.

The link is issuer, upstream `sub` and number together; whatever of it changes is a case for people to look at.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from idp.kernel.level import Level


class Change(StrEnum):
    """What no longer agrees with the link: the kinds of the cases that it opens."""

    NUMBER = "vneid_number_changed"
    SUBJECT = "vneid_subject_changed"


@dataclass(frozen=True, slots=True)
class Link:
    """Issuer and `sub` of one person at one upstream; `level` is what it vouched for last."""

    id: str
    person_id: str
    level: Level


@dataclass(frozen=True, slots=True)
class Asserted:
    """What the stores know about an assertion. `by_subject` is the link of its issuer and `sub`.

    `by_number` is the person who bears its identity number; `of_bearer` is the link that this person has already.
    """

    level: Level
    by_subject: Link | None
    by_number: str | None
    of_bearer: Link | None
    # Whether the person by number has authenticators of our own, and whether one was proven in this session.
    has_own: bool = False
    own_proven: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    link: Link


@dataclass(frozen=True, slots=True)
class NewPerson:
    pass


@dataclass(frozen=True, slots=True)
class FirstLink:
    person_id: str


@dataclass(frozen=True, slots=True)
class NeedsLevelTwo:
    """Somebody is here already: VNeID's level 1 (a SIM and a photo) does not open what they have."""


@dataclass(frozen=True, slots=True)
class NeedsOwnProof:
    """And level 2 not either, before one of the account's own authenticators agreed in this session."""

    person_id: str


@dataclass(frozen=True, slots=True)
class Disagrees:
    """Refused, and a case: `person_id` is whose link it is about."""

    change: Change
    person_id: str


Verdict: TypeAlias = Known | NewPerson | FirstLink | NeedsLevelTwo | NeedsOwnProof | Disagrees


def judge(asserted: Asserted) -> Verdict:
    """Total: every assertion has exactly one verdict."""
    linked = asserted.by_subject
    if linked is not None:
        return Known(linked) if linked.person_id == asserted.by_number else Disagrees(Change.NUMBER, linked.person_id)
    if asserted.by_number is None:
        return NewPerson()
    if asserted.of_bearer is not None:
        return Disagrees(Change.SUBJECT, asserted.by_number)
    if not asserted.has_own:
        return FirstLink(asserted.by_number)
    if asserted.level < Level.SUBSTANTIAL:
        return NeedsLevelTwo()
    return FirstLink(asserted.by_number) if asserted.own_proven else NeedsOwnProof(asserted.by_number)
