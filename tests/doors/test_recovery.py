"""Getting back into an account: two roots, a day of notices, a new way in; and every way in which it must fail."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from idp.audit import kinds
from idp.flows import code_cards
from idp.flows import people as people_flows
from idp.identity.person import PersonState
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from tests.doors.letterbox import Letterbox
from tests.doors.little_browser import Browser, Page
from tests.doors.own_authenticators import add_passkey, enrolled, go, make_codes, options, sign_in_by, soft_passkey
from tests.doors.people_house import PeopleHouse, open_people_house
from tests.doors.recovering import (
    NEW_PASSWORD,
    begin,
    begun,
    by_message,
    by_paper,
    known_for_long,
    press,
    two_roots,
)

DAY = timedelta(days=1)


@pytest.fixture
def box() -> Letterbox:
    return Letterbox()


@pytest.fixture
async def town(sqlite_url: str, box: Letterbox) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url, channels=box.channels) as house:
        yield house


@pytest.fixture
async def people(stores: tuple[str, str | None], box: Letterbox) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(*stores, channels=box.channels) as house:
        yield house


async def test_two_roots_a_day_and_a_new_password_bring_somebody_back(people: PeopleHouse, box: Letterbox) -> None:
    """On both pairs of stores: everything from before is put aside, everybody is signed out, every channel is told."""
    lai, home, lost = await known_for_long(people, totp=True), people.browser(), people.browser()
    await go(people, home, "/account", lai)
    page = await two_roots(people, box, lost, lai.login)
    assert "hai cách khác nhau" in page.text
    page = await press(lost, page, "begin")
    assert "Đang chờ" in page.text
    await box.fetch(people)
    assert {to for to, _ in box.of("recovery_begun")} == {"+84905990137", "lai.pham@thu.example.vn"}
    assert (await lost.get(f"{page.path}/finish")).path == page.path, "not before the day is over"
    assert (await home.get("/account")).path == "/account", "nobody is signed out before"
    people.now += DAY
    page = await lost.get(page.path)
    assert page.step == "finish"
    page = await lost.submit(page, "password", password="matkhau2026")
    assert "dễ đoán" in page.text
    page = await lost.submit(page, "password", password=NEW_PASSWORD)
    assert "Đã khôi phục" in page.text
    assert (await home.get("/account")).step == "login"
    page = await people.sign_in(home, await home.get("/account"), lai)
    assert page.step == "login", "the old password is put aside"
    page = await home.submit(page, "username", username=lai.login, password=NEW_PASSWORD)
    assert page.path == "/account"
    (kept,) = await enrolled(people, lai)
    assert (kept.kind, kept.level_cap) == ("password", Level.LOW)
    async with people.hall.db.read() as tx:
        assert {one.kind for one in await tx.authenticators.suspended(lai.person.id)} == {"password", "totp"}
    (event,) = await people.events(kinds.RECOVERY_COMPLETED)
    assert len(event.changed["suspended"]) == 2
    assert len(await people.events(kinds.RECOVERY_PROVEN)) == 2
    assert len(await people.events(kinds.RECOVERY_BEGUN)) == 1
    await box.fetch(people)
    assert len(box.of("recovery_completed")) == 2


async def test_a_passkey_from_before_signs_nobody_in_any_more(town: PeopleHouse, box: Letterbox) -> None:
    lai, home, lost = await known_for_long(town, totp=True), town.browser(), town.browser()
    await add_passkey(town, home, lai, old := soft_passkey(town))
    page = await begun(town, box, lost, lai.login)
    town.now += DAY
    page = await lost.get(page.path)
    new = soft_passkey(town)
    page = await lost.submit(page, "credential", credential=new.create(options(page)))
    assert "Đã khôi phục" in page.text
    fresh = town.browser()
    page = await sign_in_by(fresh, await fresh.get("/account"), old)
    assert page.step == "login"
    assert (await sign_in_by(fresh, page, new)).path == "/account"


async def test_a_sheet_of_paper_is_a_root_and_its_code_is_used_up(town: PeopleHouse, box: Letterbox) -> None:
    lai, lost = await known_for_long(town, totp=True), town.browser()
    codes = await make_codes(town, town.browser(), lai)
    page = await by_message(town, box, lost, await begin(lost, lai.login), "sms")
    page = await by_paper(lost, page, "aaaa-bbbb-cccc")
    assert "Mã không đúng" in page.text
    page = await lost.submit(page, "code", code=codes[2].upper())
    assert "hai cách khác nhau" in page.text
    again = town.browser()
    page = await by_paper(again, await begin(again, lai.login), codes[2])
    assert "Mã không đúng" in page.text


async def test_a_printed_card_is_a_root_of_its_own_without_its_pin(town: PeopleHouse, box: Letterbox) -> None:
    lai, lost = await known_for_long(town), town.browser()
    made = await code_cards.issue(town.hall, lai.person.id, Secret("490271"), actor="cli:t", now=town.now)
    page = await by_message(town, box, lost, await begin(lost, made.number), "sms")
    page = await lost.get(page.link("/card"))
    page = await lost.submit(page, "code", code="000000x")
    assert "Mã không đúng" in page.text
    asked = re.search(r"số (\d+)", page.text)
    assert asked is not None
    page = await lost.submit(page, "code", code=made.codes[int(asked[1]) - 1].reveal())
    assert "hai cách khác nhau" in page.text
    again = town.browser()
    other = await again.get((await begin(again, lai.login)).link("/card"))
    assert asked[0] not in other.text, "its code is used up"


async def test_a_way_that_its_owner_forbade_is_no_proof(town: PeopleHouse, box: Letterbox) -> None:
    lai, lost = await known_for_long(town), town.browser()
    async with town.hall.db.unaudited_tx() as tx:
        await tx.switched_off.add(lai.person.id, "sms_code", town.now)
    page = await begin(lost, lai.login)
    page = await press(lost, await lost.get(page.link("/sms")), "send")
    await box.fetch(town)
    assert box.of("one_time_code") == []
    assert "Mã không đúng" in (await lost.submit(page, "code", code="000000")).text


async def test_what_its_owner_forbade_a_recovery_does_not_bring_back(town: PeopleHouse, box: Letterbox) -> None:
    """Not by the page, which offers it no more, and not by a form from before it was forbidden."""
    lai, lost = await known_for_long(town), town.browser()
    page = await begun(town, box, lost, lai.login)
    town.pass_time(days=1, minutes=1)
    before = await lost.get(f"{page.path}/finish")
    async with town.hall.db.unaudited_tx() as tx:
        await tx.switched_off.add(lai.person.id, "password", town.now)
    after = await lost.submit(before, "password", password="cau-thang-may-9917")
    assert after.path == before.path
    assert "chỉ đặt được khóa truy cập" in after.text
    assert 'name="password"' not in after.text
    async with town.hall.db.unaudited_tx() as tx:
        await tx.switched_off.add(lai.person.id, "passkey", town.now)
    assert "Bộ phận Một cửa" in (await lost.get(before.path)).text
    assert await town.events(kinds.RECOVERY_COMPLETED) == []


async def test_an_e_mail_confirmed_this_month_is_no_second_root(town: PeopleHouse, box: Letterbox) -> None:
    lai, lost = await town.citizen(phone_number_verified=True), town.browser()
    page = await two_roots(town, box, lost, lai.login)
    assert "được tính là một" in page.text
    assert (await press_anyway(lost, page, "begin")).path == page.path
    assert await town.events(kinds.RECOVERY_BEGUN) == []


async def press_anyway(browser: Browser, page: Page, act: str) -> Page:
    """A form that the page does not show."""
    return await browser.post(page.path, [("act", act), ("transition", "A" * 43)])


async def test_names_of_nobody_see_the_same_pages_and_prove_nothing(town: PeopleHouse, box: Letterbox) -> None:
    lai = await known_for_long(town)
    for channel in ("sms", "email", "paper"):
        texts = []
        for login in (lai.login, "khong.co@thu.example.vn", "không phải tên", "0905 111 222"):
            browser = town.browser()
            page = await begin(browser, login)
            page = await browser.get(page.link(f"/{channel}"))
            if channel != "paper":
                page = await press(browser, page, "send")
            page = await browser.submit(page, "code", code="000000")
            texts.append(page.text)
        assert len(set(texts)) == 1, channel
    failed = await town.events(kinds.SIGN_IN_FAILED)
    assert len(failed) == 12
    assert [event.person_id for event in failed].count(lai.person.id) == 3


async def test_guesses_are_counted_by_the_person_whatever_is_guessed(town: PeopleHouse, box: Letterbox) -> None:
    lai = await known_for_long(town, totp=True)
    attacker = town.browser("198.51.100.9")
    for _ in range(10):
        page = await by_paper(attacker, await begin(attacker, lai.login), "aaaa-bbbb-cccc")
    page = await by_paper(attacker, await begin(attacker, "+84905990137"), "aaaa-bbbb-cccc")
    assert page.status == 429 or "Mã không đúng" in page.text
    for _ in range(3):
        page = await by_paper(attacker, await begin(attacker, lai.login), "aaaa-bbbb-cccc")
    assert page.status == 429
    assert page.response.headers["retry-after"]


async def test_another_browser_or_an_old_form_goes_nowhere(town: PeopleHouse, box: Letterbox) -> None:
    lai, lost, other = await known_for_long(town), town.browser(), town.browser()
    await other.get("/recover")
    asked = await two_roots(town, box, lost, lai.login)
    assert (await other.get(asked.path)).status == 403
    assert (await other.post(asked.path, {**asked.form("transition").fields, "act": "begin"}.items())).status == 403
    origin = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    fields = {**asked.form("transition").fields, "act": "begin"}
    await lost.post(asked.path, fields.items(), headers=origin)
    assert await town.events(kinds.RECOVERY_BEGUN) == []
    page = await press(lost, asked, "begin")
    assert "Đang chờ" in page.text
    again = await press(lost, asked, "begin")
    assert "Đang chờ" in again.text
    assert len(await town.events(kinds.RECOVERY_BEGUN)) == 1, "sent twice it begins once"
    town.now += DAY
    for way in ("finish", "undo", "sms", "paper"):
        assert (await other.get(f"{page.path}/{way}")).status in (403, 410)


async def test_proofs_lapse_after_an_hour(town: PeopleHouse, box: Letterbox) -> None:
    lai, lost = await known_for_long(town), town.browser()
    page = await by_message(town, box, lost, await begin(lost, lai.login), "sms")
    town.pass_time(minutes=61)
    page = await lost.get(page.path)
    assert "Đã chứng minh" not in page.text
    assert "Chứng minh cách thứ nhất" in page.text


async def test_of_two_at_once_one_begins_and_the_second_joins_it(people: PeopleHouse, box: Letterbox) -> None:
    lai, one, two = await known_for_long(people), people.browser(), people.browser()
    first, second = await two_roots(people, box, one, lai.login), None
    people.pass_time(minutes=2)
    second = await two_roots(people, box, two, lai.login)
    await asyncio.gather(press(one, first, "begin"), press(two, second, "begin"))
    assert len(await people.events(kinds.RECOVERY_BEGUN)) == 1
    async with people.hall.db.read() as tx:
        assert await tx.recoveries.running(lai.person.id) is not None


async def test_in_another_browser_one_root_proven_again_finishes_it(town: PeopleHouse, box: Letterbox) -> None:
    lai, lost, other = await known_for_long(town), town.browser(), town.browser()
    page = await begun(town, box, lost, lai.login)
    town.pass_time(minutes=2)
    early = await by_message(town, box, other, await begin(other, lai.login), "sms")
    assert "đang được khôi phục" in early.text
    assert not any(name == "act" for form in early.forms for name, _ in form.buttons), "and nothing to press"
    town.now += DAY
    late = await by_message(town, box, other, await begin(other, lai.login), "email")
    done = await press(other, late, "bring")
    assert done.step == "finish"
    assert (await lost.get(page.path)).status == 403, "it has moved"
    done = await other.submit(done, "password", password=NEW_PASSWORD)
    assert "Đã khôi phục" in done.text
    assert (await other.get(done.path)).status == 410
    replayed = await other.post(done.path, {"password": NEW_PASSWORD}.items())
    assert replayed.status in (403, 410)


async def test_nobody_who_was_suspended_meanwhile_is_brought_back(town: PeopleHouse, box: Letterbox) -> None:
    lai, lost = await known_for_long(town), town.browser()
    page = await begun(town, box, lost, lai.login)
    town.now += DAY
    finish = await lost.get(page.path)
    state = PersonState.SUSPENDED
    await people_flows.set_state(town.hall, lai.person.id, state, actor="cli:t", reason="thử", now=town.now)
    page = await lost.submit(finish, "password", password=NEW_PASSWORD)
    assert page.status == 410
    assert await town.events(kinds.RECOVERY_COMPLETED) == []


async def test_who_does_not_come_back_within_a_week_begins_again(town: PeopleHouse, box: Letterbox) -> None:
    lai, lost = await known_for_long(town), town.browser()
    page = await begun(town, box, lost, lai.login)
    town.now += timedelta(days=8, seconds=1)
    assert (await lost.get(page.path)).status == 410
    page = await begun(town, box, lost, lai.login)
    assert "Đang chờ" in page.text


# --- who may say no ------------------------------------------------------------------------------------------------


async def test_the_owner_who_is_signed_in_strongly_is_warned_and_cancels_with_one_click(
    people: PeopleHouse, box: Letterbox
) -> None:
    lai, home, thief = await known_for_long(people, totp=True), people.browser(), people.browser()
    page = await begun(people, box, thief, lai.login)
    people.pass_time(minutes=1)
    seen = await people.sign_in(home, await home.get("/account"), lai)
    assert "Có người đang khôi phục" in seen.text
    seen = await home.get("/account/recovery")
    assert not seen.has_form("csrf"), "a password alone is what the recovery replaces"
    seen = await go(people, home, "/account/recovery/prove", lai)
    assert seen.path == "/account/recovery"
    seen = await home.submit(seen, "csrf")
    assert "Đã hủy khôi phục" in seen.text
    people.now += DAY
    assert (await thief.get(page.path)).status == 410
    (ended,) = await people.events(kinds.RECOVERY_ENDED)
    assert ended.changed["reason"] == "own_pages"
    await box.fetch(people)
    assert len(box.of("recovery_cancelled")) == 2


async def test_the_owner_who_signs_in_to_a_service_is_told_before_they_go_on(town: PeopleHouse, box: Letterbox) -> None:
    lai, home = await known_for_long(town), town.browser()
    service = await town.register()
    await begun(town, box, town.browser(), lai.login)
    page = await town.sign_in(home, await town.ask(home, service), lai)
    assert "Có người đang khôi phục" in page.text
    assert page.leads_to("/account/recovery")
    assert (await home.get(page.link("told=1"))).answer["code"]


async def test_whoever_began_it_may_give_it_up(town: PeopleHouse, box: Letterbox) -> None:
    lai, lost = await known_for_long(town), town.browser()
    page = await begun(town, box, lost, lai.login)
    assert "Đã hủy" in (await press(lost, page, "give_up")).text
    assert (await lost.get(page.path)).status == 410


async def test_an_owner_with_two_roots_stops_a_thief_with_two_others(town: PeopleHouse, box: Letterbox) -> None:
    lai, thief, owner = await known_for_long(town, totp=True), town.browser(), town.browser()
    codes = await make_codes(town, town.browser(), lai)
    town.pass_time(minutes=1)
    await begun(town, box, thief, lai.login)
    town.pass_time(minutes=2)
    page = await by_message(town, box, owner, await begin(owner, lai.login), "email")
    assert "đang được khôi phục" in page.text
    page = await by_paper(owner, page, codes[0])
    page = await press(owner, page, "stop")
    assert "Đã dừng và khóa" in page.text
    (ended,) = await town.events(kinds.RECOVERY_ENDED)
    assert ended.changed["reason"] == "not_me"


async def test_the_day_is_a_setting(sqlite_url: str, box: Letterbox) -> None:
    from idp.authn.recovery_rules import RecoveryPolicy

    policy: Any = RecoveryPolicy(cooling=timedelta(seconds=5))
    async with open_people_house(sqlite_url, channels=box.channels, recovery=policy) as town:
        lai, lost = await known_for_long(town), town.browser()
        page = await begun(town, box, lost, lai.login)
        town.pass_time(seconds=5)
        assert (await lost.get(page.path)).step == "finish"
