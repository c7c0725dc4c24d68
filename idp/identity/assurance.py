"""The level of a person's identity at a moment: what evidence gives, until it lapses. How they sign in is in authn/."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from idp.identity.person import Person, PersonState
from idp.identity.verification import Verification
from idp.kernel.level import Level


@dataclass(frozen=True, slots=True)
class Standing:
    """The level that counts, how long (None: no end is known), and the act that gives it."""

    level: Level = Level.BASIC
    ends_at: datetime | None = None
    by: Verification | None = None


def standing(verifications: Iterable[Verification], now: datetime) -> Standing:
    """The best of what still counts; of several that give as much, the one that lasts longest.

    When its end comes, what is left is asked again: until then the level below is not looked at.
    """
    counting = [one for one in verifications if one.counts(now) and one.level > Level.BASIC]
    if not counting:
        return Standing()
    best = max(counting, key=_rank)
    return Standing(best.level, best.ends_at, best)


def _rank(one: Verification) -> tuple[Level, bool, float]:
    return one.level, one.ends_at is None, one.ends_at.timestamp() if one.ends_at is not None else 0.0


def level_at(level: Level, ends_at: datetime | None, now: datetime) -> Level:
    """A level whose end has come falls to the ladder's foot: what was verified once is no evidence of today."""
    return Level.BASIC if ends_at is not None and ends_at <= now else level


def person_level(person: Person, now: datetime) -> Level:
    return level_at(person.level, person.level_ends_at, now)


def may_sign_in(person: Person) -> bool:
    """Only an active person; a suspended or closed one gets the same answer as somebody unknown."""
    return person.state is PersonState.ACTIVE
