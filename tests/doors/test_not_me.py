"""This wasn't me: shown by GET, done by POST, only ever taking access away; and undone by two roots from before."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.audit import kinds
from idp.flows import not_me, not_me_link
from idp.flows.not_me_link import Claim
from idp.kernel.level import Level
from tests.doors.letterbox import Letterbox
from tests.doors.little_browser import Browser, Page
from tests.doors.own_authenticators import (
    GOOD_PASSWORD,
    LIST,
    add_passkey,
    enrolled,
    go,
    make_codes,
    sign_in_by,
    soft_passkey,
)
from tests.doors.people_house import Citizen, PeopleHouse, open_people_house, terms_of
from tests.doors.recovering import NEW_PASSWORD, PHONE, begin, begun, by_message, by_paper, known_for_long
from tests.doors.test_own_authenticators import WAYS


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


async def locked(town: PeopleHouse, browser: Browser, link: str) -> Page:
    """Open the link and press its button."""
    page = await browser.get(link)
    return await browser.submit(page, "transition")


async def test_a_thiefs_work_is_stopped_by_the_e_mails_link_and_undone_by_two_roots(
    people: PeopleHouse, box: Letterbox
) -> None:
    """On both pairs of stores: the passkey that a thief added is gone, the owner's own things are back."""
    lai, home, thief, owner = await known_for_long(people), people.browser(), people.browser(), people.browser()
    codes = await make_codes(people, home, lai)
    people.pass_time(days=1)
    await add_passkey(people, thief, lai, theirs := soft_passkey(people), "Máy lạ")
    link = await box.link(people, "new_device")
    people.pass_time(minutes=20)
    page = await owner.get(link)
    assert "Mọi thiết bị bị đăng xuất" in page.text
    assert lai.name not in page.text
    assert (await thief.get("/account")).path == "/account", "shown is not done: scanners of mail follow links"
    page = await owner.submit(page, "transition")
    assert "Đã khóa tài khoản" in page.text
    assert (await thief.get("/account")).step == "login"
    assert (await sign_in_by(thief, await thief.get("/account"), theirs)).step == "login"
    assert (await people.sign_in(thief, await thief.get("/account"), lai)).step == "login", "nor by the password"
    page = await by_message(people, box, owner, await begin(owner, lai.login), "email")
    assert "Mở khóa tài khoản" in page.text
    page = await by_paper(owner, page, codes[0])
    assert page.step == "undo"
    for words in ("thêm cách đăng nhập", "Giữ lại: Máy lạ"):
        assert words in page.text
    page = await owner.submit(page, "password", password=NEW_PASSWORD)
    assert "Đã mở khóa" in page.text
    assert (await sign_in_by(thief, await thief.get("/account"), theirs)).step == "login"
    page = await owner.submit(await owner.get("/account"), "username", username=lai.login, password=NEW_PASSWORD)
    assert page.path == "/account"
    assert sorted(one.kind for one in await enrolled(people, lai)) == ["password", "recovery_code"]
    (event,) = await people.events(kinds.ACCOUNT_UNLOCKED)
    assert event.changed["roots"] == ["email", "paper"]
    (was,) = await people.events(kinds.ACCOUNT_LOCKED)
    assert was.changed["about"] == "new_device"
    await box.fetch(people)
    assert len(box.of("account_locked")) == len(box.of("account_unlocked")) == 2


async def test_what_is_ticked_stays_and_what_was_there_before_comes_back(town: PeopleHouse, box: Letterbox) -> None:
    lai, home = await known_for_long(town, totp=True), town.browser()
    codes = await make_codes(town, home, lai)
    await add_passkey(town, home, lai, old := soft_passkey(town), "Máy cũ")
    town.pass_time(days=1)
    other = town.browser()
    await add_passkey(town, other, lai, new := soft_passkey(town), "Máy mới của tôi")
    await locked(town, home, await box.link(town, "new_device"))
    page = await sign_in_by(home, await home.get("/account"), old)
    assert "bị khóa thay đổi" in page.text, "what was there before still signs in, and is told"
    page = await by_message(town, box, home, await begin(home, lai.login), "email")
    page = await by_paper(home, page, codes[0])
    ((_, kept),) = [box_ for form in page.forms for box_ in form.boxes]
    fields = {**page.form("password").fields, "keep": kept, "password": NEW_PASSWORD}
    page = await home.post(page.path, fields.items())
    assert "Đã mở khóa" in page.text
    for passkey in (old, new):
        browser = town.browser()
        assert (await sign_in_by(browser, await browser.get("/account"), passkey)).path == "/account"
    caps = {one.kind: one.level_cap for one in await enrolled(town, lai)}
    assert caps["password"] is Level.LOW


async def test_what_a_thief_recovered_comes_back_to_its_owner(town: PeopleHouse, box: Letterbox) -> None:
    """A thief with telephone and mailbox took the account over; the paper at home and the mailbox win it back."""
    lai, thief, owner = await known_for_long(town, totp=True), town.browser(), town.browser()
    codes = await make_codes(town, town.browser(), lai)
    town.pass_time(hours=1)
    page = await begun(town, box, thief, lai.login)
    town.now += timedelta(days=1)
    page = await thief.submit(await thief.get(page.path), "password", password=NEW_PASSWORD)
    assert "Đã khôi phục" in page.text
    town.pass_time(days=5)
    await locked(town, owner, await box.link(town, "recovery_completed"))
    page = await by_message(town, box, owner, await begin(owner, lai.login), "email")
    page = await by_paper(owner, page, codes[3])
    assert page.step == "undo", page.text
    page = await owner.submit(page, "password", password=GOOD_PASSWORD)
    assert "Đã mở khóa" in page.text
    assert sorted(one.kind for one in await enrolled(town, lai)) == ["password", "recovery_code", "totp"]
    page = await thief.submit(await thief.get("/account"), "username", username=lai.login, password=NEW_PASSWORD)
    assert page.step == "login"


async def test_what_came_after_the_event_is_no_root(town: PeopleHouse, box: Letterbox) -> None:
    """A thief who made codes on paper, and has the telephone, can't lift the lock."""
    lai, thief = await known_for_long(town), town.browser()
    town.pass_time(days=1)
    stolen = await make_codes(town, thief, lai)
    await locked(town, town.browser(), await box.link(town, "new_device"))
    page = await by_message(town, box, thief, await begin(thief, lai.login), "sms")
    page = await by_paper(thief, page, stolen[0])
    assert page.step != "undo"
    assert (await thief.get(f"{page.path}/undo")).status in (403, 410) or "Mở khóa tài khoản" in page.text
    assert await town.events(kinds.ACCOUNT_UNLOCKED) == []


async def test_said_twice_it_is_done_once_and_an_old_link_opens_nothing_again(
    town: PeopleHouse, box: Letterbox
) -> None:
    lai, owner = await known_for_long(town), town.browser()
    codes = await make_codes(town, town.browser(), lai)
    link = await box.link(town, "new_device")
    claim = not_me_link.read(town.hall, link.rpartition("/")[2], town.now)
    assert claim is not None
    first = await not_me.act(town.hall, claim, town.now)
    again = await not_me.act(town.hall, claim, town.now)
    assert first.case_id == again.case_id is not None
    assert len(await town.events(kinds.ACCOUNT_LOCKED)) == len(await town.events(kinds.CASE_OPENED)) == 1
    assert "Đã khóa tài khoản" in (await owner.get(link)).text
    # The paper was made in the very visit that is in question: the mailbox and the telephone are left.
    page = await by_paper(owner, await begin(owner, lai.login), codes[0])
    page = await by_message(town, box, owner, await owner.get(page.path), "email")
    page = page if page.step == "undo" else await by_message(town, box, owner, page, "sms")
    page = await owner.submit(page, "password", password=NEW_PASSWORD)
    assert "Đã mở khóa" in page.text
    assert "đã được xử lý" in (await owner.get(link)).text
    assert (await not_me.act(town.hall, claim, town.now)).dealt_with
    async with town.hall.db.read() as tx:
        assert await tx.account_locks.standing(lai.person.id) is None


async def test_a_link_is_good_for_ten_days(town: PeopleHouse, box: Letterbox) -> None:
    await go(town, town.browser(), "/account", await known_for_long(town))
    link, browser = await box.link(town, "new_device"), town.browser()
    town.pass_time(days=9, hours=23)
    assert "Khóa tài khoản ngay" in (await browser.get(link)).response.text
    town.pass_time(hours=2)
    page = await browser.get(link)
    assert "không còn dùng được" in page.text
    assert page.has_form("reference")


async def test_no_link_can_be_made_up_or_changed(town: PeopleHouse) -> None:
    lai = await town.citizen()
    good = not_me_link.seal(town.hall, Claim(lai.person.id, "new_device", town.now), town.now)
    for bad in (good[:-1], good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1], good + "A", "x", "é", "A" * 700):
        page = await town.browser().get(f"/not-me/{bad}")
        assert page.has_form("reference")
    assert lai.person.id not in good


@given(text=st.text(max_size=80))
def test_reading_a_link_is_total(text: str) -> None:
    from idp.crypto.field_encryption import Vault

    class Hall:
        vault = Vault({"k1": b"k" * 32}, "k1")

    from datetime import UTC, datetime

    assert not_me_link.read(Hall(), text, datetime(2026, 11, 28, tzinfo=UTC)) is None  # type: ignore[arg-type]


async def test_the_button_needs_the_page_that_was_shown_here(town: PeopleHouse, box: Letterbox) -> None:
    await go(town, town.browser(), "/account", await known_for_long(town))
    link, one, other = await box.link(town, "new_device"), town.browser(), town.browser()
    shown = await one.get(link)
    await other.get(link)
    for browser, headers in ((other, None), (one, {"origin": "https://evil.example", "sec-fetch-site": "cross-site"})):
        page = await browser.post(link, shown.form("transition").fields.items(), headers=headers)
        assert "Khóa tài khoản ngay" in page.response.text
    assert await town.events(kinds.ACCOUNT_LOCKED) == []


async def test_the_number_of_an_sms_leads_to_the_same_page(town: PeopleHouse, box: Letterbox) -> None:
    lai, browser = await known_for_long(town), town.browser()
    await go(town, town.browser(), "/account", lai)
    await box.fetch(town)
    reference = next(notice.reference for to, notice in box.of("new_device") if to.startswith("+84"))
    asked = await browser.get("/not-me")
    for name, number in ((lai.login, "AAAA-BBBB"), ("khong.co@thu.example.vn", reference), ("", "")):
        page = await browser.submit(asked, "reference", username=name, reference=number)
        assert page.path == "/not-me"
    page = await browser.submit(asked, "reference", username=lai.login, reference=reference.lower().replace("-", " "))
    assert page.path.startswith("/not-me/")
    assert "Lần đăng nhập trên thiết bị mới" in page.text
    guesser = town.browser("198.51.100.77")
    asked = await guesser.get("/not-me")
    for _ in range(11):
        page = await guesser.submit(asked, "reference", username=lai.login, reference="AAAA-BBBB")
    assert page.status == 429


async def test_a_link_works_for_a_signed_in_person_too_and_signs_them_out(town: PeopleHouse, box: Letterbox) -> None:
    lai, browser = await known_for_long(town), town.browser()
    await go(town, browser, "/account", lai)
    await locked(town, browser, await box.link(town, "new_device"))
    assert (await browser.get("/account")).step == "login"


async def test_each_entry_of_the_history_has_the_link(town: PeopleHouse) -> None:
    lai, browser = await known_for_long(town), town.browser()
    page = await go(town, browser, "/account/history", lai)
    page = await browser.get(page.link("/not-me/"))
    assert "Khóa tài khoản ngay" in page.response.text
    await browser.submit(page, "transition")
    (event,) = await town.events(kinds.ACCOUNT_LOCKED)
    assert event.changed["about"] in (kinds.SIGN_IN, kinds.NOTICE_SENT)


async def test_a_running_recovery_stops(town: PeopleHouse, box: Letterbox) -> None:
    lai, thief = await known_for_long(town), town.browser()
    page = await begun(town, box, thief, lai.login)
    town.pass_time(hours=3)
    await locked(town, town.browser(), await box.link(town, "recovery_begun"))
    town.now += timedelta(days=1)
    assert (await thief.get(page.path)).status == 410
    assert [event.changed["reason"] for event in await town.events(kinds.RECOVERY_ENDED)] == ["not_me"]


# --- the matrix: nothing changes while the lock stands --------------------------------------------------------------


async def _in_by_passkey(town: PeopleHouse, box: Letterbox) -> tuple[Citizen, Browser]:
    """Signed in, strongly and freshly, by what was there before; the lock was put a moment ago."""
    lai, browser = await known_for_long(town, totp=True), town.browser()
    await add_passkey(town, browser, lai, passkey := soft_passkey(town))
    town.pass_time(days=1)
    claim = Claim(lai.person.id, "sign_in", town.now)
    await not_me.act(town.hall, claim, town.now)
    page = await sign_in_by(browser, await browser.get(f"{LIST}/password"), passkey)
    assert page.path == f"{LIST}/password"
    return lai, browser


@pytest.mark.parametrize("way", WAYS)
async def test_no_endpoint_changes_anything_while_the_account_is_locked(
    town: PeopleHouse, box: Letterbox, way: str
) -> None:
    lai, browser = await _in_by_passkey(town, box)
    before = await enrolled(town, lai)
    totp = next(one for one in before if one.kind == "totp")
    path = f"{LIST}/{way.format(id=totp.id)}"
    page = await browser.get(path)
    fields = {"act": "remove", "label": "x", "password": GOOD_PASSWORD, "otp": town.code_of(lai), "off": "totp"}
    if page.has_form("csrf"):
        fields = {**page.form("csrf").fields, **fields}
    secret = re.search(r"<code>([A-Z2-7 ]{20,})</code>", page.response.text)
    if secret is not None:
        import pyotp

        fields["otp"] = pyotp.TOTP(secret[1].replace(" ", "")).at(town.now)
    if way == "passkey":
        from tests.doors.own_authenticators import options

        fields["credential"] = soft_passkey(town).create(options(page))
    if way in ("sms-code", "email-code"):
        await browser.post(path, {**fields, "act": "send"}.items())
        fields["otp"] = await box.code(town, PHONE if way == "sms-code" else lai.login)
        fields["act"] = "confirm"
    answered = await browser.post(path, fields.items())
    assert answered.status == 403
    assert "bị khóa thay đổi" in answered.text
    assert answered.leads_to("/recover")
    after = await enrolled(town, lai)
    assert [(one.id, one.secret, one.label) for one in after] == [(one.id, one.secret, one.label) for one in before]


async def test_no_consent_is_given_and_no_recovery_finished_while_the_account_is_locked(
    town: PeopleHouse, box: Letterbox
) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    _, browser = await _in_by_passkey(town, box)
    page = await town.ask(browser, service, scope="openid profile")
    assert page.step == "consent"
    answered = await town.allow(browser, page)
    assert answered.status == 403
    assert await town.events(kinds.CONSENT_GIVEN) == []
    assert await town.events(kinds.RECOVERY_COMPLETED) == []
