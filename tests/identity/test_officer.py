"""When a role counts, what excludes another, and whose hand approves."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity import officer
from idp.identity.officer import Objection, Role, RoleGrant

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


def grant(role: Role = Role.VERIFICATION, days: tuple[int, int | None] = (0, None), **more: str | None) -> RoleGrant:
    begins, ends = days
    last = None if ends is None else NOW + timedelta(days=ends)
    told = {"id": "g", "unit": "21115", "approved_by": "cli:two", **more}
    return RoleGrant(
        str(told["id"]),
        "p",
        role,
        str(told["unit"]),
        NOW + timedelta(days=begins),
        "cli:one",
        last,
        told["approved_by"],
    )


_days = st.integers(-400, 400)
_grants = st.builds(
    lambda role, begins, ends, by: grant(role, (begins, ends), approved_by=by),
    st.sampled_from(Role),
    _days,
    st.none() | _days,
    st.none() | st.just("cli:two"),
)


@given(st.lists(_grants, max_size=6), _days)
def test_a_role_counts_only_between_its_dates_and_only_by_two_hands(held: list[RoleGrant], day: int) -> None:
    now = NOW + timedelta(days=day)
    counting = officer.roles(held, now)
    for one in held:
        living = one.begins_at <= now and (one.ends_at is None or now < one.ends_at)
        assert one.counts(now) is (living and one.approved_by is not None)
    assert counting == {one.role for one in held if one.counts(now)}
    assert all((officer.unit_of(held, role, now) is not None) is (role in counting) for role in Role)


@given(_grants, st.lists(_grants, max_size=5))
def test_nobody_ever_holds_roles_that_exclude_each_other(asked: RoleGrant, held: list[RoleGrant]) -> None:
    if officer.objection(asked, [one for one in held if one.id != asked.id], NOW) is not None:
        return
    for day in range(-400, 401, 25):
        now = NOW + timedelta(days=day)
        if asked.counts(now):
            both = officer.roles([one for one in held if one.id != asked.id], now)
            assert not (asked.role is Role.ADMINISTRATOR and both & {Role.VERIFICATION, Role.SUPERVISOR, Role.AUDITOR})
            assert not (asked.role is Role.VERIFICATION and both & {Role.ADMINISTRATOR, Role.AUDITOR})


def test_dates_that_never_meet_exclude_nothing() -> None:
    before = grant(Role.ADMINISTRATOR, (-30, -1), id="a")
    assert officer.objection(grant(), [before], NOW) is None
    assert officer.objection(grant(), [grant(Role.ADMINISTRATOR, id="a")], NOW) is Objection.EXCLUDED
    assert officer.objection(grant(), [grant(id="a")], NOW) is Objection.HELD
    assert officer.objection(grant(days=(-3, -1)), [], NOW) is Objection.DATES


def test_whoever_proposed_does_not_approve() -> None:
    proposal = grant(approved_by=None)
    assert officer.approval_objection(proposal, "cli:one") is Objection.SAME_HAND
    assert officer.approval_objection(proposal, "cli:two") is None
    assert officer.approval_objection(grant(), "cli:two") is Objection.DONE
    assert officer.approval_objection(None, "cli:two") is Objection.UNKNOWN


@pytest.mark.parametrize(("typed", "code"), [(" 21115 ", "21115"), ("h48.01", "H48.01"), ("", None), ("a b", None)])
def test_a_unit_is_named_by_its_code(typed: str, code: str | None) -> None:
    assert officer.canonical_unit(typed) == code
