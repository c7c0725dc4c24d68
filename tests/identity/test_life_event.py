"""Events of lives: whose word is enough, what each takes, and that reversals give back exactly that, in any order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.life_event import (
    RULES,
    LifeEvent,
    LifeEventKind,
    Teller,
    answered_by,
    base_of,
    check_dates,
    check_new,
    check_reversal,
    consequence,
    state_of,
)
from idp.identity.person import PersonState
from idp.kernel.errors import Refusal

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
ACTIVE, SUSPENDED, CLOSED = PersonState.ACTIVE, PersonState.SUSPENDED, PersonState.CLOSED
DEATH, REVOKED, CARD = LifeEventKind.DEATH, LifeEventKind.NUMBER_REVOKED, LifeEventKind.NEW_CARD
TOLD = [(kind, teller) for kind, tellers in RULES.items() for teller in tellers]


def happened(kind: LifeEventKind, teller: Teller, base: PersonState = ACTIVE, *, id_: str = "e") -> LifeEvent:
    return LifeEvent(id_, "p", kind, teller, datetime(1969, 7, 1, tzinfo=UTC), NOW, NOW, base)


def test_a_death_acts_on_a_registers_word_only_and_a_relatives_suspends() -> None:
    assert consequence(DEATH, Teller.REGISTER).state is CLOSED
    assert consequence(DEATH, Teller.RELATIVE).state is SUSPENDED
    assert consequence(DEATH, Teller.COUNTER).state is SUSPENDED
    assert all(consequence(DEATH, teller).ends_access for teller in Teller)


@pytest.mark.parametrize(("kind", "teller"), [pair for pair in product(LifeEventKind, Teller) if pair not in TOLD])
def test_whoever_is_not_named_in_the_rules_is_not_believed(kind: LifeEventKind, teller: Teller) -> None:
    with pytest.raises(Refusal) as refused:
        consequence(kind, teller)
    assert refused.value.key == "life_event_teller"


def test_another_number_comes_from_the_register_alone_and_takes_the_level() -> None:
    follows = consequence(CARD, Teller.REGISTER, new_number=True)
    assert (follows.state, follows.ends_access, follows.level_falls) == (None, True, True)
    with pytest.raises(Refusal):
        consequence(CARD, Teller.COUNTER, new_number=True)
    assert consequence(CARD, Teller.COUNTER) == consequence(LifeEventKind.NAME_CHANGED, Teller.REGISTER)


def test_nothing_is_recorded_before_it_happened_or_is_known() -> None:
    check_dates(datetime(1945, 9, 2, tzinfo=UTC), NOW, NOW)
    for effective, known in ((NOW + timedelta(seconds=1), NOW), (NOW, NOW + timedelta(seconds=1))):
        with pytest.raises(Refusal):
            check_dates(effective, known, NOW)


def test_the_same_teller_reports_it_once_and_another_one_may() -> None:
    relatives = happened(DEATH, Teller.RELATIVE)
    with pytest.raises(Refusal):
        check_new(DEATH, Teller.RELATIVE, [relatives])
    check_new(DEATH, Teller.REGISTER, [relatives])
    check_new(DEATH, Teller.RELATIVE, [replace(relatives, reversed_at=NOW)])
    check_new(CARD, Teller.REGISTER, [happened(CARD, Teller.REGISTER)])


def test_a_registers_word_is_taken_back_by_a_register() -> None:
    for taker in (Teller.REGISTER, Teller.COUNTER):
        assert check_reversal(happened(DEATH, Teller.RELATIVE), taker).kind is DEATH
    assert check_reversal(happened(DEATH, Teller.REGISTER), Teller.REGISTER).kind is DEATH
    gone = replace(happened(DEATH, Teller.REGISTER), reversed_at=NOW)
    for event, taker in (
        (happened(DEATH, Teller.REGISTER), Teller.COUNTER),
        (happened(DEATH, Teller.RELATIVE), Teller.RELATIVE),
        (gone, Teller.REGISTER),
        (None, Teller.REGISTER),
    ):
        with pytest.raises(Refusal):
            check_reversal(event, taker)


def test_a_new_number_answers_the_revocation_of_the_old_one() -> None:
    revoked, card = happened(REVOKED, Teller.REGISTER, id_="r"), happened(CARD, Teller.REGISTER, id_="c")
    assert answered_by(card, [revoked]) == ()
    renumbered = replace(card, details={"number": {}})
    assert answered_by(renumbered, [revoked, happened(DEATH, Teller.RELATIVE)]) == (revoked,)
    assert answered_by(renumbered, [replace(revoked, reversed_at=NOW)]) == ()


@given(
    st.sampled_from(PersonState),
    st.lists(st.tuples(st.sampled_from(TOLD), st.booleans()), max_size=6),
    st.randoms(use_true_random=False),
)
def test_whatever_comes_and_goes_the_last_reversal_gives_back_what_there_was(
    base: PersonState, told: list[tuple[tuple[LifeEventKind, Teller], bool]], chance: Random
) -> None:
    events: list[LifeEvent] = []
    state = base
    for n, ((kind, teller), gone) in enumerate(told):
        events.append(happened(kind, teller, base_of(state, events), id_=str(n)))
        if gone:
            events[-1] = replace(events[-1], reversed_at=NOW)
        state = state_of(events[-1].base, events)
        assert state_of(base, events) is state, "never more than what there was, never less than what stands"
    chance.shuffle(events)
    while standing := [one for one in events if one.stands]:
        one = standing[0]
        events[events.index(one)] = replace(one, reversed_at=NOW)
        state = state_of(one.base, events)
    assert state is base
