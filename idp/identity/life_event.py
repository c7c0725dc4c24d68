"""What happens to people outside of here, what each event does to their account, and whose word is enough for it.

The rule is total and pure: a state is the strictest that what stands asks for, so events may come and be taken back in
any order, and nothing that is given back is ever more than what there was before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from idp.identity.person import PersonState
from idp.kernel.errors import Refusal


class LifeEventKind(StrEnum):
    NEW_CARD = "new_card"
    NAME_CHANGED = "name_changed"
    NUMBER_REVOKED = "number_revoked"
    DEATH = "death"


class Teller(StrEnum):
    """Who says so. A register is the State's own; an officer at a counter has seen a paper; a relative says it."""

    REGISTER = "register"
    COUNTER = "counter"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True)
class Consequence:
    """`state`: the account's while the event stands; None: the event takes nothing.

    `ends_access`: every session, grant and token, at once. `level_falls`: what was verified, was verified of another
    number than the person bears now.
    """

    state: PersonState | None = None
    ends_access: bool = False
    level_falls: bool = False


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """Effective, known and recorded are three dates. `base` is the state that the account has without the events."""

    id: str
    person_id: str
    kind: LifeEventKind
    told_by: Teller
    effective_at: datetime
    known_at: datetime
    recorded_at: datetime
    base: PersonState
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)
    reversed_by: str | None = None
    reversed_at: datetime | None = None

    @property
    def stands(self) -> bool:
        return self.reversed_at is None


_NOTHING: Final = Consequence()
_SUSPENDS: Final = Consequence(PersonState.SUSPENDED, ends_access=True)
_CLOSES: Final = Consequence(PersonState.CLOSED, ends_access=True)
# Who is not named in a row is not believed in it.
RULES: Final[Mapping[LifeEventKind, Mapping[Teller, Consequence]]] = {
    LifeEventKind.NEW_CARD: {Teller.REGISTER: _NOTHING, Teller.COUNTER: _NOTHING},
    LifeEventKind.NAME_CHANGED: {Teller.REGISTER: _NOTHING, Teller.COUNTER: _NOTHING},
    # Decree 69/2024: an account is locked with its card, and opens by itself when the ground has gone.
    LifeEventKind.NUMBER_REVOKED: {Teller.REGISTER: _SUSPENDS, Teller.COUNTER: _SUSPENDS},
    # Death acts on a register's word only: anybody else's suspends, which its living subject can undo at a counter.
    LifeEventKind.DEATH: {Teller.REGISTER: _CLOSES, Teller.COUNTER: _SUSPENDS, Teller.RELATIVE: _SUSPENDS},
}
_STRICTNESS: Final = (PersonState.ACTIVE, PersonState.SUSPENDED, PersonState.CLOSED)


def consequence(kind: LifeEventKind, told_by: Teller, *, new_number: bool = False) -> Consequence:
    """Raises Refusal where this teller is not believed in this. `new_number`: a card that names another number."""
    found = RULES[kind].get(told_by)
    if found is None:
        raise Refusal("life_event_teller")
    if new_number:
        if told_by is not Teller.REGISTER:
            raise Refusal("life_event_teller")
        return Consequence(found.state, ends_access=True, level_falls=True)
    return found


def check_dates(effective_at: datetime, known_at: datetime, now: datetime) -> None:
    """Nothing is recorded that has not happened or is not known yet. Raises Refusal."""
    if effective_at > now or known_at > now:
        raise Refusal("life_event_future")


def check_new(kind: LifeEventKind, told_by: Teller, events: Iterable[LifeEvent]) -> None:
    """Nobody dies twice, by one teller; the second telling changes nothing, so it is refused. Raises Refusal."""
    taking = RULES[kind].get(told_by, _NOTHING).state is not None
    if taking and any(one.kind is kind and one.told_by is told_by for one in events if one.stands):
        raise Refusal("life_event_stands")


def state_of(base: PersonState, events: Iterable[LifeEvent]) -> PersonState:
    """The strictest of the account's own state and of what each standing event asks for."""
    asked = (RULES[one.kind][one.told_by].state for one in events if one.stands)
    return max((base, *(state for state in asked if state is not None)), key=_STRICTNESS.index)


def base_of(state: PersonState, events: Iterable[LifeEvent]) -> PersonState:
    """The account's own state: what an administrator made of it, without what the events did."""
    holding = [one for one in events if one.stands and RULES[one.kind][one.told_by].state is not None]
    return holding[0].base if holding else state


def check_reversal(event: LifeEvent | None, told_by: Teller) -> LifeEvent:
    """A register's word is taken back by a register; a relative's or an officer's by an officer too. Raises Refusal."""
    if event is None or not event.stands:
        raise Refusal("life_event_none")
    if told_by is Teller.RELATIVE or (event.told_by is Teller.REGISTER and told_by is not Teller.REGISTER):
        raise Refusal("life_event_teller")
    return event


def answered_by(card: LifeEvent, events: Iterable[LifeEvent]) -> tuple[LifeEvent, ...]:
    """Revocations whose ground has gone: the register gave a new number."""
    if "number" not in card.details:
        return ()
    return tuple(one for one in events if one.kind is LifeEventKind.NUMBER_REVOKED and one.stands)
