"""Ways to sign in that somebody forbade, and numbers that are somebody else's by now: neither opens anything."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from idp.audit import kinds
from idp.authn.message_code import Channel, CodePurpose
from idp.flows import code_cards, dead_channels, message_codes, notices
from idp.flows.message_codes import Sent, Unreachable
from idp.kernel.secret import Secret
from tests.doors.code_house import EMAIL, PHONE, CodeHouse, open_code_house
from tests.doors.little_browser import Page
from tests.doors.own_authenticators import LIST, add_passkey, enrolled, go, sign_in_by, soft_passkey
from tests.doors.people_house import Citizen
from tests.stand.inbox import Inbox


@pytest.fixture
async def codes(stores: tuple[str, str | None], inbox: Inbox) -> AsyncIterator[CodeHouse]:
    async with open_code_house(*stores, inbox) as opened:
        yield opened


@pytest.fixture
async def town(sqlite_url: str, inbox: Inbox) -> AsyncIterator[CodeHouse]:
    async with open_code_house(sqlite_url, None, inbox) as opened:
        yield opened


async def by_sms(codes: CodeHouse, citizen: Citizen) -> Page:
    """As far as somebody comes who asks for a code by SMS and types whatever arrived."""
    house = codes.house
    house.pass_time(seconds=61)
    browser = house.browser()
    page = await codes.ask_by(browser, await house.ask(browser, await house.register()), citizen.login, "sms")
    return await codes.type_code(browser, page)


async def test_a_forbidden_way_opens_nothing_and_a_helpdesk_cannot_add_it(codes: CodeHouse) -> None:
    house, nga = codes.house, await codes.nga()
    owner = house.browser()
    await codes.switch_on(owner, nga)
    assert (await by_sms(codes, nga)).is_answer
    # A guess at what was left signed in by it elsewhere: it ends.
    house.pass_time(seconds=61)
    elsewhere = house.browser()
    page = await codes.ask_by(elsewhere, await elsewhere.get("/account"), nga.login, "sms")
    assert (await codes.type_code(elsewhere, page)).path == "/account"
    house.pass_time(seconds=61)
    page = await go(house, owner, f"{LIST}/ways", nga)
    page = await owner.submit(await owner.submit(page, "act", act="send"), "otp", otp=await codes.code())
    for way in ("sms_code", "code_card"):
        page = await owner.get(f"{LIST}/ways")
        page = await owner.post(page.path, {"csrf": page.form("csrf").fields["csrf"], "off": way}.items())
        assert page.url.endswith("?done=way_off")
    assert "Không dùng được" in page.text
    assert (await elsewhere.get("/account")).step == "login"
    assert (await by_sms(codes, nga)).step == "sms-code"
    with pytest.raises(code_cards.NoCard):
        await codes.card(nga)
    sending = await message_codes.send(house.hall, nga.person, Channel.SMS, CodePurpose.RECOVERY, "r1", house.now)
    assert sending == Unreachable()
    events = await house.events(kinds.WAY_SWITCHED_OFF)
    assert sorted(event.changed["method"] for event in events) == ["code_card", "sms_code"]
    assert sum(event.changed["sessions"] for event in events) >= 1
    page = await go(house, owner, f"{LIST}/ways", nga)
    page = await owner.post(page.path, {"csrf": page.form("csrf").fields["csrf"], "on": "sms_code"}.items())
    assert page.url.endswith("?done=way_on")
    assert len(await house.events(kinds.WAY_SWITCHED_ON)) == 1
    assert (await by_sms(codes, nga)).is_answer, "what was enrolled before counts again"


async def test_the_last_way_in_stays(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    browser = house.browser()
    page = await go(house, browser, f"{LIST}/ways", nga)
    assert "đây là cách cuối cùng" in page.text
    page = await browser.post(page.path, {"csrf": page.form("csrf").fields["csrf"], "off": "password"}.items())
    assert page.url.endswith("?done=not_done")
    passkey = soft_passkey(house)
    await add_passkey(house, browser, nga, passkey)
    page = await browser.get(f"{LIST}/ways")
    page = await sign_in_by(browser, page, passkey) if page.step == "login" else page
    page = await browser.post(f"{LIST}/ways", {"csrf": page.form("csrf").fields["csrf"], "off": "password"}.items())
    assert page.url.endswith("?done=way_off")
    other = house.browser()
    page = await house.sign_in(other, await other.get("/account"), nga)
    assert "không đúng" in page.text, "the right password is a wrong one now, and nobody is told why"
    assert (await sign_in_by(other, await other.get("/account"), passkey)).path == "/account"


@pytest.mark.parametrize("way", ["face", "", "sms_code\x00", "password password"])
async def test_only_known_ways_are_forbidden(town: CodeHouse, way: str) -> None:
    house, nga = town.house, await town.nga()
    browser = house.browser()
    page = await go(house, browser, f"{LIST}/ways", nga)
    fields = {"csrf": page.form("csrf").fields["csrf"], "off": way}
    if "\x00" in way:
        assert (await browser.post(page.path, fields.items())).status == 400
    else:
        assert (await browser.post(page.path, fields.items())).url.endswith("?done=not_done")
    assert await house.events(kinds.WAY_SWITCHED_OFF) == []


# --- numbers -------------------------------------------------------------------------------------------------------


async def test_a_recycled_number_signs_nobody_in_and_its_person_is_told_elsewhere(codes: CodeHouse) -> None:
    house, nga = codes.house, await codes.nga()
    await codes.switch_on(house.browser(), nga)
    assert (await by_sms(codes, nga)).is_answer
    house.pass_time(seconds=61)
    thief = house.browser()
    page = await codes.ask_by(thief, await thief.get("/account"), nga.login, "sms")
    assert (await codes.type_code(thief, page)).path == "/account"
    await codes.deliver()
    before = len(codes.inbox.messages(PHONE))
    found = await dead_channels.declare(
        house.hall, Channel.SMS, PHONE, dead_channels.RECYCLED, actor="cli:trực ban", now=house.now
    )
    assert found == 1
    await codes.deliver()
    assert "không còn dùng để đăng nhập" in codes.inbox.messages(EMAIL)[0]["subject"]
    assert len(codes.inbox.messages(PHONE)) == before, "its new owner is told nothing"
    (event,) = await house.events(kinds.CONTACT_DEAD)
    assert (event.person_id, event.changed["reason"]) == (nga.person.id, "recycled")
    assert (await thief.get("/account")).step == "login", "whoever has the number now is out"
    assert (await by_sms(codes, nga)).step == "sms-code"
    for purpose in (CodePurpose.SIGN_IN, CodePurpose.RECOVERY):
        sent = await message_codes.send(house.hall, nga.person, Channel.SMS, purpose, "x", house.now)
        assert sent == Unreachable()
    # Whoever changes something is not asked for what is dead; and a code to the number makes it theirs again.
    house.pass_time(hours=1)
    browser = house.browser()
    assert (await codes.switch_on(browser, nga)).url.endswith("?done=added")
    assert (await by_sms(codes, nga)).is_answer
    assert [one.kind for one in await enrolled(house, nga)].count("sms_code") == 1


async def test_what_a_recovery_put_aside_keeps_no_number_from_its_own_person(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    await town.switch_on(house.browser(), nga)
    (kept,) = [one for one in await enrolled(house, nga) if one.kind == "sms_code"]
    async with house.hall.db.unaudited_tx() as tx:
        await tx.authenticators.suspend(kept.id, nga.person.id, "a recovery", house.now)
    house.pass_time(seconds=61)
    assert (await town.switch_on(house.browser(), nga)).url.endswith("?done=added")


async def test_it_is_dead_for_a_whole_family_and_for_those_who_come_later(town: CodeHouse) -> None:
    house, mother = town.house, await town.nga()
    son = await town.nga("051201771104", name="Triệu Văn Rin", email="rin@trieu.example")
    assert await dead_channels.declare(house.hall, Channel.SMS, PHONE, "returned", actor="cli:x", now=house.now) == 0
    for one in (mother, son):
        sent = await message_codes.send(house.hall, one.person, Channel.SMS, CodePurpose.RECOVERY, "x", house.now)
        assert sent == Unreachable()


async def test_a_number_that_was_silent_for_long_proves_nothing_until_it_speaks_again(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    await town.switch_on(house.browser(), nga)
    house.pass_time(days=399)
    assert (await by_sms(town, nga)).is_answer
    house.pass_time(days=399)
    assert (await by_sms(town, nga)).is_answer, "each code begins the silence anew"
    house.pass_time(days=401)
    assert (await by_sms(town, nga)).step == "sms-code"


async def test_what_was_never_proven_here_dates_from_when_we_were_told(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    for days, expected in ((400, Sent), (1, Unreachable)):
        house.pass_time(days=days)
        sent = await message_codes.send(
            house.hall, nga.person, Channel.SMS, CodePurpose.RECOVERY, f"after {days}", house.now
        )
        assert isinstance(sent, expected)


async def test_three_letters_in_a_row_that_come_back_are_enough_and_two_are_not(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga(more_logins=(EMAIL,))
    outcomes = ["refuse", "refuse", "none", "refuse", "refuse", "refuse"]
    for n, fault in enumerate(outcomes):
        town.inbox.fault("email", fault)
        house.pass_time(minutes=11)
        sent = await message_codes.send(house.hall, nga.person, Channel.EMAIL, CodePurpose.RECOVERY, f"r{n}", house.now)
        assert isinstance(sent, Sent), n
        await town.deliver()
    (event,) = await house.events(kinds.CONTACT_DEAD)
    assert event.changed == {"channel": "email", "reason": "undeliverable"}
    await town.deliver()
    assert "Ong/Ba" in town.inbox.messages(PHONE)[0]["text"]
    house.pass_time(minutes=11)
    assert (
        await message_codes.send(house.hall, nga.person, Channel.EMAIL, CodePurpose.RECOVERY, "r9", house.now)
        == Unreachable()
    )


@pytest.mark.slow
async def test_reports_of_the_gateway_kill_a_number_too(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    town.inbox.fault("sms", "undeliverable")
    for n in range(3):
        house.pass_time(minutes=11)
        await message_codes.send(house.hall, nga.person, Channel.SMS, CodePurpose.RECOVERY, f"r{n}", house.now)
        await town.deliver()
    # The gateway reports by a clock of its own, a second later.
    async with asyncio.timeout(20):
        while not await house.events(kinds.CONTACT_DEAD):
            house.now += timedelta(minutes=20)
            await town.deliver()
            await asyncio.sleep(0.25)
    async with house.hall.db.read() as tx:
        reports = await tx.outbox.deliveries(notices.REPORT_RECEIVER)
    assert {report.reason for report in reports} == {"undeliverable"}


async def test_a_pin_that_others_would_guess_is_not_taken(town: CodeHouse) -> None:
    nga = await town.nga()
    for pin in (
        "123456",
        "876543",
        "111111",
        "121212",
        "123123",
        "041177",
        "04111977",
        "12345",
        "1234567890",
        "абвгде",
    ):
        with pytest.raises(code_cards.WeakPin):
            await town.card(nga, pin)
    with pytest.raises(code_cards.NoCard):
        await code_cards.issue(town.house.hall, "nobody", Secret("590418"), actor="x", now=town.house.now)
