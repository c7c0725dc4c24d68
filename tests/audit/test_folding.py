"""A person's events as lines: nothing is lost, what repeats in a day is one line, a code stands behind its tokens."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from idp.audit import kinds
from idp.audit.event import Event
from idp.audit.folding import fold

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = datetime.date

_kinds = st.sampled_from(
    [
        kinds.SIGN_IN,
        kinds.SIGN_IN_FAILED,
        kinds.CODE_ISSUED,
        kinds.TOKENS_ISSUED,
        kinds.TOKENS_REFRESHED,
        kinds.USERINFO_RELEASED,
    ]
)


@st.composite
def _histories(draw: st.DrawFn) -> list[tuple[int, Event]]:
    """Newest first, as the store gives them."""
    size = draw(st.integers(0, 30))
    at, found = NOON, []
    for n in range(size):
        at -= timedelta(minutes=draw(st.integers(0, 600)))
        service, grant = draw(st.sampled_from("abc")), draw(st.sampled_from([None, "g", "h"]))
        purpose = draw(st.sampled_from([None, "profile=task"]))
        event = Event(draw(_kinds), at, "x", person_id="p", client_id=service, grant_id=grant, purpose=purpose)
        found.append((size - n, event))
    return found


@given(_histories())
def test_every_event_is_in_exactly_one_line_but_a_code_that_became_tokens(history: list[tuple[int, Event]]) -> None:
    lines = fold(history, DAY)
    codes = sum(event.kind == kinds.CODE_ISSUED for _, event in history)
    assert len(history) - codes <= sum(line.count for line in lines) <= len(history)
    assert [line.id for line in lines] == sorted((line.id for line in lines), reverse=True)
    for line in lines:
        assert line.since <= line.event.at
        assert line.since.date() == line.event.at.date()


@given(_histories())
def test_a_single_line_is_the_event_itself(history: list[tuple[int, Event]]) -> None:
    known = dict(history)
    for line in fold(history, DAY):
        assert (line.event.kind, line.event.at, line.event.client_id) == (
            known[line.id].kind,
            known[line.id].at,
            known[line.id].client_id,
        )


def test_twelve_renewals_of_a_day_are_one_line_from_the_first_to_the_last() -> None:
    def renewed(n: int) -> Event:
        return Event(kinds.TOKENS_REFRESHED, NOON - timedelta(minutes=5 * n), "client:a", "p", "a", grant_id="g")

    [line] = fold([(100 - n, renewed(n)) for n in range(12)], DAY)
    assert (line.id, line.count) == (100, 12)
    assert (line.event.at, line.since) == (NOON, NOON - timedelta(minutes=55))


def test_yesterday_another_service_and_other_claims_have_lines_of_their_own() -> None:
    def released(client: str, claim: str, at: datetime) -> Event:
        changed = {"claims": [claim]}
        return Event(kinds.USERINFO_RELEASED, at, "x", "p", client, changed=changed)

    events = [
        released("a", "name", NOON),
        released("a", "email", NOON),
        released("b", "name", NOON),
        released("a", "name", NOON - timedelta(days=1)),
    ]
    assert len(fold(list(enumerate(reversed(events)))[::-1], DAY)) == 4


def test_a_code_says_nothing_beside_the_tokens_that_it_became() -> None:
    issued = Event(kinds.TOKENS_ISSUED, NOON, "client:a", "p", "a", grant_id="g")
    code = Event(kinds.CODE_ISSUED, NOON, "person:p", "p", "a", purpose="profile=task", grant_id="g")
    [line] = fold([(2, issued), (1, code)], DAY)
    assert line.event == issued
    [alone] = fold([(1, code)], DAY)
    assert alone.event == code
