"""What a person's acts of verification are worth together: never more than one that still counts, and never late."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from idp.identity.assurance import level_at, standing
from idp.identity.routes import ROUTES
from idp.identity.verification import Framework, Verification
from idp.kernel.level import Level

NOW = datetime(2026, 3, 2, tzinfo=UTC)

moments = st.integers(-50, 50).map(lambda days: NOW + timedelta(days=days))
acts = st.builds(
    Verification,
    id=st.uuids().map(str),
    person_id=st.just("p"),
    route=st.sampled_from(sorted(ROUTES)),
    level=st.sampled_from(Level),
    framework=st.sampled_from(Framework),
    at=st.just(NOW - timedelta(days=60)),
    ends_at=st.none() | moments,
    ended_at=st.none() | moments,
)


@given(st.lists(acts, max_size=6), moments)
def test_a_level_is_that_of_an_act_which_counts(done: list[Verification], now: datetime) -> None:
    found = standing(done, now)
    counting = [one for one in done if one.counts(now)]
    assert found.level is max((one.level for one in counting), default=Level.BASIC)
    assert (found.by is None) == (found.level is Level.BASIC)
    if found.by is not None:
        assert found.by in counting
        assert found.by.ends_at == found.ends_at


@given(st.lists(acts, max_size=6), moments, moments)
def test_what_was_computed_once_is_never_more_than_what_counts_later(
    done: list[Verification], now: datetime, later: datetime
) -> None:
    """Between two computations the stored level and end decide: they never promise what no act gives."""
    if later < now:
        now, later = later, now
    found = standing(done, now)
    assert level_at(found.level, found.ends_at, later) <= standing(done, later).level


def test_of_two_that_give_as_much_the_longer_one_decides_the_end() -> None:
    short = Verification("a", "p", "vneid", Level.LOW, Framework.VNEID, NOW, NOW + timedelta(days=1))
    for other in (None, NOW + timedelta(days=2)):
        longer = Verification("b", "p", "imported", Level.LOW, Framework.PROVINCE, NOW, other)
        assert standing([short, longer], NOW).ends_at == other


def test_nothing_from_afar_is_more_than_low_and_it_waits() -> None:
    """Domain §3: only VNeID, and whoever stands before an officer, come further."""
    assert all(route.doc for route in ROUTES.values())
    assert (ROUTES["vneid"].ceiling, ROUTES["vneid"].framework) == (Level.SUBSTANTIAL, Framework.VNEID)
    for route in ROUTES.values():
        if route.name != "vneid":
            assert route.framework is Framework.PROVINCE
            assert route.in_presence or (route.ceiling is Level.LOW and route.waits)
