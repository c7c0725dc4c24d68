"""Whose account VNeID's word opens: laws over everything that the stores could know."""

from hypothesis import given
from hypothesis import strategies as st

from idp.identity.upstream_link import (
    Asserted,
    Change,
    Disagrees,
    FirstLink,
    Known,
    Link,
    NeedsLevelTwo,
    NeedsOwnProof,
    NewPerson,
    judge,
)
from idp.kernel.level import Level

people = st.sampled_from(["lai", "rin"])
links = st.builds(Link, st.just("l1"), people, st.sampled_from([Level.LOW, Level.SUBSTANTIAL]))
assertions = st.builds(
    Asserted,
    st.sampled_from([Level.LOW, Level.SUBSTANTIAL]),
    st.none() | links,
    st.none() | people,
    st.none() | links,
    st.booleans(),
    st.booleans(),
)


@given(assertions)
def test_nobody_is_opened_but_the_bearer_of_the_number(asserted: Asserted) -> None:
    match judge(asserted):
        case Known(link):
            assert link == asserted.by_subject
            assert link.person_id == asserted.by_number
        case FirstLink(person_id) | NeedsOwnProof(person_id):
            assert person_id == asserted.by_number
        case NewPerson():
            assert asserted.by_number is None
        case NeedsLevelTwo() | Disagrees():
            pass


@given(assertions)
def test_a_link_is_made_once_and_never_moves(asserted: Asserted) -> None:
    verdict = judge(asserted)
    if asserted.by_subject is not None or asserted.of_bearer is not None:
        assert not isinstance(verdict, FirstLink) or asserted.of_bearer is None
        assert asserted.by_subject is None or isinstance(verdict, Known | Disagrees)


@given(assertions)
def test_an_account_in_use_is_never_linked_without_level_two_and_its_own_word(asserted: Asserted) -> None:
    if isinstance(judge(asserted), FirstLink) and asserted.has_own:
        assert asserted.level >= Level.SUBSTANTIAL
        assert asserted.own_proven


def test_what_changed_is_named() -> None:
    link = Link("l1", "lai", Level.LOW)
    assert judge(Asserted(Level.LOW, link, "rin", None)) == Disagrees(Change.NUMBER, "lai")
    assert judge(Asserted(Level.LOW, link, None, None)) == Disagrees(Change.NUMBER, "lai")
    assert judge(Asserted(Level.LOW, None, "lai", link)) == Disagrees(Change.SUBJECT, "lai")
