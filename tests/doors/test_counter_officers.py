"""Who may have a case at a counter, who may be the second officer, and that nobody is both."""

from collections.abc import AsyncIterator

import pytest

from idp.audit import kinds
from idp.kernel.level import Level
from tests.doors.counter_house import (
    BA_TO,
    DUC_PHO,
    MANG_RI,
    NAME,
    NUMBER,
    CounterHouse,
    open_counter_house,
    two,
)


@pytest.fixture
async def counter(sqlite_url: str) -> AsyncIterator[CounterHouse]:
    async with open_counter_house(sqlite_url) as house:
        yield house


async def test_nobody_is_drawn_who_may_not_be_second(counter: CounterHouse) -> None:
    """The same unit, no such role, not on duty, sharing a telephone or a home with the citizen, the citizen."""
    known = await counter.citizen(
        "0905990137",
        more_logins=(NUMBER,),
        phone_number="+84905990137",
        address={"formatted": "7 Lê Lợi", "street_address": "7 Lê Lợi"},
    )
    first = await counter.seat(BA_TO, "verification")
    unfit = [
        await counter.seat(BA_TO, "verification"),
        await counter.seat(DUC_PHO, "reception"),
        await counter.seat(DUC_PHO, "verification", phone_number="+84905990137"),
        await counter.seat(MANG_RI, "verification", address={"formatted": "7 Lê Lợi", "street_address": "7 Lê Lợi"}),
    ]
    for seat in (first, *unfit):
        page = await counter.enter(seat)
        if page.has_form("duty"):
            await seat.browser.submit(page, "duty", duty="on")
    await counter.give(known.person.id, "verification", DUC_PHO)
    page = await counter.handed_over(first)
    assert "Chưa có ai" in page.text
    case = page.path
    for seat in unfit:
        assert (await counter.enter(seat, case)).status == 404
    fit = await counter.seat(MANG_RI, "verification")
    await counter.ready(fit)
    assert (await counter.enter(fit)).leads_to(case)
    assert len(await counter.events(kinds.SECOND_DRAWN)) == 1


async def test_who_prepared_it_can_not_confirm_it(counter: CounterHouse) -> None:
    first = await counter.seat(BA_TO, "verification")
    await counter.ready(first)
    page = await counter.handed_over(first)
    assert not page.has_form("seen")
    form = page.form("csrf") if page.has_form("csrf") else None
    fields = {**(form.fields if form else {}), "act": "confirm", "seen": "yes"}
    answer = await first.browser.post(page.path, fields.items())
    assert answer.status == 403
    assert await counter.level_of() is Level.LOW


async def test_only_the_one_who_was_drawn_decides_and_once(counter: CounterHouse) -> None:
    first, second = await two(counter)
    page = await counter.handed_over(first)
    case = page.path
    other = await counter.seat(MANG_RI, "verification")
    await counter.ready(other)
    assert (await counter.enter(other, case)).status == 404
    page = await counter.enter(second, case)
    form = page.form("seen")
    sent = {**form.fields, "act": "confirm", "seen": "yes"}
    assert (await second.browser.post(case, {**sent, "csrf": "x"}.items())).status == 403
    unseen = await second.browser.post(case, {**form.fields, "act": "confirm"}.items())
    assert "đã xem từng mục" in unseen.text
    assert (await second.browser.post(case, sent.items())).status == 200
    assert (await second.browser.post(case, sent.items())).status == 403, "the form is for another state now"
    assert len(await counter.events(kinds.IDENTITY_VERIFIED)) == 2


async def test_a_role_that_was_taken_meanwhile_confirms_nothing(counter: CounterHouse) -> None:
    first, second = await two(counter)
    case = (await counter.handed_over(first)).path
    page = await counter.enter(second, case)
    form = page.form("seen")
    async with counter.hall.db.read() as tx:
        (held,) = await tx.officers.of_person(second.id)
    from idp.flows import officers

    await officers.revoke(counter.hall, held.id, "cli:one", counter.now)
    await counter.give(second.id, "reception", DUC_PHO)
    answer = await second.browser.post(case, {**form.fields, "act": "confirm", "seen": "yes"}.items())
    assert answer.status == 403
    assert await counter.level_of() is Level.LOW


async def test_somebody_who_does_not_answer_is_replaced_by_lot(counter: CounterHouse) -> None:
    first, second = await two(counter)
    case = (await counter.handed_over(first)).path
    counter.pass_time(minutes=16)
    other = await counter.seat(MANG_RI, "verification")
    await counter.ready(other)
    assert (await counter.enter(other)).leads_to(case)
    assert (await counter.enter(second, case)).status == 404
    await counter.decide(other, case)
    assert await counter.level_of() is Level.SUBSTANTIAL


async def test_nobody_opens_their_own_case_nor_that_of_their_household(counter: CounterHouse) -> None:
    first = await counter.seat(BA_TO, "verification", name=NAME, birthdate="1958-03-12")
    async with counter.hall.db.unaudited_tx() as tx:
        await tx.persons.set_identifiers(first.id, "national_id", [NUMBER])
    assert "của chính mình" in (await counter.opened(first)).text
    home = {"formatted": "9 Lê Lợi, Xã Ba Tơ", "street_address": "9 Lê Lợi"}
    other = await counter.seat(BA_TO, "reception", address=home)
    page = await counter.opened(other, number="051158990145", address="9 Lê Lợi, Xã Ba Tơ")
    assert "cùng địa chỉ" in page.text
    assert await counter.level_of("051158990145") is None, "taken back with all of it"


async def test_two_desks_have_one_case_of_one_citizen(counter: CounterHouse) -> None:
    first, other = await counter.seat(BA_TO, "reception"), await counter.seat(MANG_RI, "reception")
    case = (await counter.opened(first)).path
    assert (await counter.opened(first)).path == case
    assert "ở bàn khác" in (await counter.opened(other)).text
    assert (await counter.enter(other, case)).status == 404
