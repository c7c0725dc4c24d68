"""The level of a person's identity at a moment: what evidence gave, until it lapses. How they sign in is in authn/."""

from datetime import datetime

from idp.identity.person import Person, PersonState
from idp.kernel.level import Level


def level_at(level: Level, ends_at: datetime | None, now: datetime) -> Level:
    """A level whose end has come falls to the ladder's foot: what was verified once is no evidence of today."""
    return Level.BASIC if ends_at is not None and ends_at <= now else level


def person_level(person: Person, now: datetime) -> Level:
    return level_at(person.level, person.level_ends_at, now)


def may_sign_in(person: Person) -> bool:
    """Only an active person; a suspended or closed one gets the same answer as somebody unknown."""
    return person.state is PersonState.ACTIVE
