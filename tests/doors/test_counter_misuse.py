"""What one officer, an old card or an old session could gain at a counter, and does not."""

from collections.abc import AsyncIterator

import pytest

from idp.audit import kinds
from idp.flows import counter_refusal, identity_numbers, not_me, officers
from idp.flows.not_me_link import Claim
from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.person import PersonState
from idp.kernel.level import Level
from tests.doors.counter_house import (
    BA_TO,
    NUMBER,
    CounterHouse,
    choose_pin,
    open_counter_house,
    printed,
    two,
)

RENEWED = "051158990145"


@pytest.fixture
async def counter(sqlite_url: str) -> AsyncIterator[CounterHouse]:
    async with open_counter_house(sqlite_url) as house:
        yield house


async def test_an_officer_can_not_make_a_card_when_the_citizen_has_gone_home(counter: CounterHouse) -> None:
    """Whoever keeps the case's number could else choose a PIN, print a card and be the citizen, by one hand."""
    first, second = await two(counter)
    case = (await counter.handed_over(first)).path
    await counter.decide(second, case)
    page = await counter.enter(first, case)
    form = page.form("csrf")
    counter.pass_time(days=1)
    page = await counter.enter(first, case)
    assert not page.has_form("csrf")
    assert (await first.browser.post(case, {**form.fields, "act": "pad"}.items())).status == 403


async def test_one_case_is_one_card(counter: CounterHouse) -> None:
    first, second = await two(counter)
    case = (await counter.handed_over(first)).path
    form = (await counter.enter(first, case)).form("csrf")
    await choose_pin(counter, first, case)
    await printed(counter, first, case)
    assert (await first.browser.post(case, {**form.fields, "act": "pad"}.items())).status == 403
    await counter.decide(second, case)
    assert not (await counter.enter(first, case)).has_form("csrf")
    assert len(await counter.events(kinds.CODE_CARD_ISSUED)) == 1


async def test_whoever_is_no_officer_of_a_desk_any_more_makes_no_card(counter: CounterHouse) -> None:
    first, _ = await two(counter)
    case = (await counter.handed_over(first)).path
    form = (await counter.enter(first, case)).form("csrf")
    async with counter.hall.db.read() as tx:
        (held,) = await tx.officers.of_person(first.id)
    await officers.revoke(counter.hall, held.id, "cli:one", counter.now)
    await counter.give(first.id, "hotline", BA_TO)
    assert (await first.browser.post(case, {**form.fields, "act": "pad"}.items())).status == 403


async def test_a_card_that_was_replaced_gives_nothing_not_even_for_some_days(counter: CounterHouse) -> None:
    """Its bearer has another number today; whoever found the old card has their name and their day of birth."""
    lai = await counter.citizen("0905990137", more_logins=(NUMBER,), level=Level.BASIC)
    async with counter.hall.db.unaudited_tx() as tx:
        for number in (NUMBER, RENEWED):
            told = IdentityNumber(NumberKind.PIN, number)
            await identity_numbers.replace(tx, lai.person.id, told, source="register", now=counter.now)
    first, _ = await two(counter)
    page = await counter.opened(first)
    assert not page.has_form("helper")
    assert "khiếu nại" in page.text.lower()
    assert await counter.level_of(RENEWED) is Level.BASIC
    [moved] = await counter.events(kinds.VERIFICATION_MOVED)
    assert moved.changed["reason"] == "data_differs"


async def test_what_the_citizen_does_not_recognise_has_no_session_left_even_where_no_level_rises(
    counter: CounterHouse,
) -> None:
    known = await counter.citizen("lai.pham@thu.example.vn", more_logins=(NUMBER,), totp=True)
    thief = counter.browser()
    await counter.sign_in(thief, await thief.get("/account"), known)
    first, second = await two(counter)
    case = (await counter.handed_over(first)).path
    await counter.decide(second, case)
    assert await counter.level_of() is Level.SUBSTANTIAL
    assert (await thief.get("/account")).step == "login"


@pytest.mark.parametrize("state", [PersonState.SUSPENDED, PersonState.CLOSED])
async def test_nobody_is_verified_as_somebody_whose_account_is_held(counter: CounterHouse, state: PersonState) -> None:
    """A card of somebody who died is still a card."""
    await counter.citizen("0905990137", more_logins=(NUMBER,), level=Level.BASIC, state=state)
    first, _ = await two(counter)
    page = await counter.opened(first)
    assert "tạm ngưng hoặc đã đóng" in page.text
    assert await counter.events(kinds.VERIFICATION_BEGUN) == []


async def test_an_account_that_is_held_meanwhile_is_not_confirmed(counter: CounterHouse) -> None:
    lai = await counter.citizen("0905990137", more_logins=(NUMBER,), level=Level.LOW)
    first, second = await two(counter)
    case = (await counter.handed_over(first)).path
    async with counter.hall.db.unaudited_tx() as tx:
        await tx.persons.set_state(lai.person.id, PersonState.SUSPENDED, counter.now)
    assert "tạm ngưng hoặc đã đóng" in (await counter.decide(second, case)).text
    assert await counter.level_of() is Level.LOW


async def test_the_owners_word_takes_what_stood_on_one_officers_word(counter: CounterHouse) -> None:
    lai = await counter.citizen("0905990137", more_logins=(NUMBER,), level=Level.BASIC)
    first, _ = await two(counter)
    await counter.handed_over(first)
    assert await counter.level_of() is Level.LOW
    await not_me.act(counter.hall, Claim(lai.person.id, "level_raised", counter.now), counter.now)
    assert await counter.level_of() is Level.BASIC


async def test_a_case_that_its_officer_left_reserves_no_number_for_ever(counter: CounterHouse) -> None:
    """Nobody but its first officer could move it, and their role may have ended."""
    first, other = await counter.seat(BA_TO, "reception"), await counter.seat(BA_TO, "reception")
    case = (await counter.opened(first)).path
    async with counter.hall.db.read() as tx:
        (held,) = await tx.officers.of_person(first.id)
    await officers.revoke(counter.hall, held.id, "cli:one", counter.now)
    assert "ở bàn khác" in (await counter.opened(other)).text
    counter.pass_time(days=1, minutes=1)
    ended = [await counter_refusal.end_abandoned(counter.hall, counter.now) for _ in range(2)]
    assert ended == [1, 0]
    assert await counter.level_of() is None
    page = await counter.opened(other)
    assert page.path != case
    assert page.has_form("helper")
    assert await counter_refusal.end_abandoned(counter.hall, counter.now) == 0


async def test_a_second_refusal_is_found_by_the_case_that_is_open_already(counter: CounterHouse) -> None:
    await counter.citizen("0905990137", more_logins=(NUMBER,), level=Level.BASIC)
    first, _ = await two(counter)
    for reason in ("consent_missing", "portrait_differs"):
        page = await counter.opened(first)
        page = await first.browser.submit(page, "helper", act="refuse", reason=reason)
        [review] = await counter.events(kinds.CASE_OPENED)
        assert review.changed["case_id"] in page.text, reason
