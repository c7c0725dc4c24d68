"""What may follow what while somebody is being verified."""

from itertools import product

from idp.identity.verification_case import ENDS, CaseState, may_become


def test_an_end_is_an_end_and_whatever_runs_can_be_stopped_or_refused() -> None:
    for before, after in product(CaseState, CaseState):
        if before in ENDS:
            assert not may_become(before, after)
        elif after in {CaseState.STOPPED, CaseState.REFUSED}:
            assert may_become(before, after)


def test_what_stands_its_day_is_never_gathered_anew() -> None:
    assert {after for after in CaseState if may_become(CaseState.STANDS, after)} == set(ENDS)
