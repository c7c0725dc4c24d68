"""The officers' console over HTTP: who comes in, who finds nothing, and that a power ends when it is taken."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from idp.audit import kinds
from idp.flows import officers
from idp.identity.officer import Objection, Role, RoleGrant
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from tests.doors.counter_house import BA_TO, DUC_PHO, CounterHouse, open_counter_house
from tests.doors.people_house import PeopleHouse


@pytest.fixture
async def counter(sqlite_url: str) -> AsyncIterator[CounterHouse]:
    async with open_counter_house(sqlite_url) as house:
        yield house


async def test_an_officer_comes_in_by_a_passkey_and_sees_their_unit_and_roles(counter: CounterHouse) -> None:
    seat = await counter.seat(BA_TO, "verification")
    page = await counter.enter(seat)
    assert page.path == "/admin"
    assert page.status == 200
    assert f"Đơn vị {BA_TO}" in page.text
    assert "Xác minh" in page.text
    assert page.response.headers["cache-control"] == "no-store"
    assert "'unsafe-inline'" not in page.response.headers["content-security-policy"]


async def test_a_password_with_a_code_does_not_open_it(counter: CounterHouse) -> None:
    seat = await counter.seat(BA_TO, "verification")
    page = await seat.browser.get("/admin")
    page = await counter.sign_in(seat.browser, page, seat.citizen)
    if page.step == "otp":
        page = await counter.step_up(seat.browser, page, seat.citizen)
    assert page.path != "/admin"
    assert page.has_form("credential"), "the passkey is asked for in any case"


async def test_whoever_has_no_passkey_learns_where_to_get_one(counter: CounterHouse) -> None:
    citizen = await counter.citizen("trang@thu.example.vn", totp=True)
    await counter.give(citizen.person.id, "reception", BA_TO)
    browser = counter.browser()
    page = await counter.sign_in(browser, await browser.get("/admin"), citizen)
    page = await counter.step_up(browser, page, citizen) if page.step == "otp" else page
    assert page.status == 403
    assert page.leads_to("/account/security/passkey")


@pytest.mark.parametrize("path", ["/admin", "/admin/open/counter", "/admin/cases/abc", "/admin/cases/abc/receipt"])
async def test_who_has_no_power_finds_nothing_at_all(counter: CounterHouse, path: str) -> None:
    nobody = await counter.seat(BA_TO)
    page = await counter.enter(nobody, path)
    elsewhere = await nobody.browser.get("/no/such/page")
    assert page.status == elsewhere.status == 404
    assert page.text == elsewhere.text


async def test_without_a_route_that_is_on_there_is_no_console(town: PeopleHouse) -> None:
    assert (await town.browser().get("/admin")).status == 404
    assert (await town.browser().get("/pad")).status == 404


async def test_a_role_ends_at_its_date_and_when_it_is_taken(counter: CounterHouse) -> None:
    seat = await counter.seat(BA_TO)
    await counter.give(seat.id, "reception", BA_TO, ends_at=counter.now + timedelta(minutes=20))
    given = await counter.give(seat.id, "hotline", BA_TO)
    page = await counter.enter(seat)
    assert "Tiếp nhận" in page.text
    counter.pass_time(minutes=14)
    await seat.browser.get("/admin")
    counter.pass_time(minutes=10)
    page = await seat.browser.get("/admin")
    assert "Tiếp nhận" not in page.text
    assert "Đường dây hỗ trợ" in page.text
    assert await officers.revoke(counter.hall, given.id, "cli:one", counter.now)
    assert (await seat.browser.get("/admin")).status == 404
    assert [event.changed["role"] for event in await counter.events(kinds.OFFICER_ROLE_TAKEN)] == ["hotline"]


async def test_fifteen_minutes_away_ask_for_the_passkey_again(counter: CounterHouse) -> None:
    seat = await counter.seat(BA_TO, "verification")
    await counter.enter(seat)
    counter.pass_time(minutes=14, seconds=59)
    assert (await seat.browser.get("/admin")).path == "/admin"
    counter.pass_time(minutes=15, seconds=1)
    assert (await seat.browser.get("/admin")).path != "/admin"
    assert (await counter.enter(seat)).path == "/admin"


async def test_duty_is_said_in_a_form_of_ones_own_session(counter: CounterHouse) -> None:
    seat, other = await counter.seat(BA_TO, "verification"), await counter.seat(DUC_PHO, "verification")
    page, theirs = await counter.enter(seat), await counter.enter(other)
    form = page.form("duty")
    stolen = {**form.fields, "csrf": theirs.form("duty").fields["csrf"], "duty": "on"}
    assert (await seat.browser.post(form.action, stolen.items())).status == 403
    cross = await seat.browser.post(
        form.action, {**form.fields, "duty": "on"}.items(), headers={"sec-fetch-site": "cross-site"}
    )
    assert cross.status == 403
    assert await counter.events(kinds.OFFICER_DUTY) == []
    page = await seat.browser.submit(page, "duty", duty="on")
    assert "Đang sẵn sàng" in page.text
    await seat.browser.submit(page, "duty", duty="off")
    assert [event.changed["state"] for event in reversed(await counter.events(kinds.OFFICER_DUTY))] == ["on", "off"]


async def test_the_first_two_officers_need_one_hand_and_the_third_two(counter: CounterHouse) -> None:
    people = [await counter.citizen(f"p{n}@thu.example.vn") for n in range(3)]

    def asked(n: int, role: Role = Role.RECEPTION) -> RoleGrant:
        return RoleGrant(new_id(), people[n].person.id, role, BA_TO, counter.now, "cli:one")

    assert (await officers.propose(counter.hall, asked(0), counter.now)).approved_by == "cli:one"
    assert (await officers.propose(counter.hall, asked(1), counter.now)).approved_by == "cli:one"
    third = await officers.propose(counter.hall, asked(2), counter.now)
    assert third.approved_by is None
    assert await counter.events(kinds.OFFICER_ROLE_PROPOSED)
    with pytest.raises(officers.NotGiven) as refused:
        await officers.approve(counter.hall, third.id, "cli:one", counter.now)
    assert refused.value.objection is Objection.SAME_HAND
    await officers.approve(counter.hall, third.id, "cli:two", counter.now)
    assert len(await counter.events(kinds.OFFICER_ROLE_GIVEN)) == 3


@pytest.mark.parametrize("level", [Level.BASIC, Level.LOW])
async def test_nobody_unverified_becomes_an_officer(counter: CounterHouse, level: Level) -> None:
    citizen = await counter.citizen(level=level)
    with pytest.raises(officers.NotGiven) as refused:
        await counter.give(citizen.person.id, "verification", BA_TO)
    assert refused.value.objection is Objection.NOT_VERIFIED


async def test_nobody_gives_powers_and_decides_about_citizens(counter: CounterHouse) -> None:
    citizen = await counter.citizen()
    await counter.give(citizen.person.id, "administrator", BA_TO)
    with pytest.raises(officers.NotGiven) as refused:
        await counter.give(citizen.person.id, "verification", DUC_PHO)
    assert refused.value.objection is Objection.EXCLUDED
