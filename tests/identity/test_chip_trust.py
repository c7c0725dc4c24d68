"""A set of authorities is one thing, with one fingerprint, and no hand changes it alone."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from idp.identity.chip_trust import AnchorProposal, AnchorSet, difference
from idp.identity.two_hands import Objection, objection

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
certificates = st.lists(st.binary(min_size=1, max_size=6), max_size=5)
hands = st.sampled_from(["cli:an", "cli:binh"])


@given(certificates, certificates)
def test_a_set_is_the_same_in_any_order_and_no_other_has_its_fingerprint(one: list[bytes], other: list[bytes]) -> None:
    assert AnchorSet.of(one) == AnchorSet.of(reversed([*one, *one]))
    same = set(one) == set(other)
    assert (AnchorSet.of(one).fingerprint == AnchorSet.of(other).fingerprint) is same


@given(certificates, certificates)
def test_what_differs_is_named(before: list[bytes], after: list[bytes]) -> None:
    approved, proposed = AnchorSet.of(before), AnchorSet.of(after)
    told = difference(approved, proposed)
    assert set(told.added) == set(proposed.thumbprints) - set(approved.thumbprints)
    assert set(told.removed) == set(approved.thumbprints) - set(proposed.thumbprints)
    assert difference(None, proposed).added == proposed.thumbprints


@given(certificates, hands, hands, st.booleans())
def test_the_proposing_hand_never_approves(given_: list[bytes], one: str, other: str, done: bool) -> None:
    proposal = AnchorProposal("1", AnchorSet.of(given_), NOW, one, NOW if done else None, "cli:cuc" if done else None)
    said = objection(proposal, proposal.fingerprint, other)
    assert (said is None) is (one != other and not done)
    assert objection(proposal, proposal.fingerprint + "0", other) is Objection.UNKNOWN
