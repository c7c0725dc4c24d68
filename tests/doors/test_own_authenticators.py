"""People look after their own authenticators: every change by fresh proof of the strongest kind, on every endpoint."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pyotp
import pytest

from idp.audit import kinds
from idp.crypto.totp import new_totp_secret
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from tests.doors.little_browser import Browser, Page
from tests.doors.own_authenticators import (
    GOOD_PASSWORD,
    LIST,
    add_app,
    add_passkey,
    enrolled,
    go,
    make_codes,
    options,
    sign_in_by,
    soft_passkey,
)
from tests.doors.people_house import PASSWORD, Citizen, PeopleHouse, open_people_house
from tests.stand.inbox import Inbox

WAYS = ("app", "passkey", "recovery-codes", "password", "sms-code", "email-code", "ways", "one/{id}")
# What any of their forms would take.
EVERYTHING = {
    "act": "remove",
    "label": "x",
    "password": GOOD_PASSWORD,
    "otp": "123456",
    "off": "recovery_code",
    "on": "x",
}


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    """With an inbox that nothing reaches: what is put into the outbox stays there."""
    async with open_people_house(sqlite_url, channels=Inbox(9, 9).channels) as opened:
        yield opened


@pytest.fixture
async def lai(town: PeopleHouse) -> Citizen:
    return await town.citizen(totp=True)


async def _paths(town: PeopleHouse, citizen: Citizen) -> list[str]:
    totp = next(one for one in await enrolled(town, citizen) if one.kind == "totp")
    return [f"{LIST}/{way.format(id=totp.id)}" for way in WAYS]


async def test_the_list_shows_what_there_is_and_asks_for_no_more_than_a_sign_in(
    town: PeopleHouse, lai: Citizen
) -> None:
    browser = town.browser()
    page = await browser.get(LIST)
    page = await town.sign_in(browser, page, lai)
    assert page.path == LIST
    for words in ("Mật khẩu", "Ứng dụng xác thực", "Chưa dùng"):
        assert words in page.text


async def test_each_authenticator_is_added_used_renamed_and_removed(people: PeopleHouse) -> None:
    """On both pairs of stores, from the first device to the last."""
    lai, browser, passkey = await people.citizen(totp=True), people.browser(), soft_passkey(people, counts=True)
    secret = await add_app(people, browser, lai, "  Điện\tthoại  của Lài\u202e ")
    assert (await add_passkey(people, browser, lai, passkey, "Máy ở nhà")).url.endswith("?done=added")
    codes = await make_codes(people, browser, lai)
    assert len(set(codes)) == 10
    page = await go(people, browser, LIST, lai)
    for words in ("Điện thoại của Lài", "Máy ở nhà", "10 mã"):
        assert words in page.text
    assert not any(code in page.response.text for code in codes), "shown once"
    elsewhere = people.browser()
    page = await people.ask(elsewhere, await people.register(), acr_values=f"{people.origin}/loa/substantial")
    page = await people.sign_in(elsewhere, page, lai)
    page = page if page.step == "otp" else await elsewhere.get(page.link("/otp"))
    assert (await elsewhere.submit(page, "otp", otp=pyotp.TOTP(secret).at(people.now))).is_answer
    old, new, *_ = (one for one in await enrolled(people, lai) if one.kind == "totp")
    page = await go(people, browser, f"{LIST}/one/{new.id}", lai)
    page = await browser.submit(page, "label", label="Máy mới", act="rename")
    assert "Máy mới" in page.text
    for gone in (old, new):
        page = await go(people, browser, f"{LIST}/one/{gone.id}", lai)
        if page.step == "passkey":
            page = await sign_in_by(browser, page, passkey)
        page = await browser.post(page.url, {**page.form("csrf").fields, "act": "remove"}.items())
        assert page.url.endswith("?done=removed")
    assert [one.kind for one in await enrolled(people, lai)] == ["password", "passkey", "recovery_code"]
    added = [event.changed["method"] for event in await people.events(kinds.AUTHENTICATOR_ADDED)]
    assert sorted(added) == ["passkey", "recovery_code", "totp"]
    assert len(await people.events(kinds.AUTHENTICATOR_REMOVED)) == 2
    (renamed,) = await people.events(kinds.AUTHENTICATOR_RENAMED)
    assert "Máy" not in str(renamed), "a name that people give is theirs"


# --- the matrix: endpoint × level × freshness ---------------------------------------------------------------------


async def _nothing(town: PeopleHouse, browser: Browser, citizen: Citizen) -> None:
    """Nobody is signed in."""


async def _password_alone(town: PeopleHouse, browser: Browser, citizen: Citizen) -> None:
    await town.sign_in(browser, await browser.get("/account"), citizen)


async def _both_but_stale(town: PeopleHouse, browser: Browser, citizen: Citizen) -> None:
    await go(town, browser, f"{LIST}/password", citizen)
    town.pass_time(minutes=5, seconds=1)


async def _code_fresh_but_password_stale(town: PeopleHouse, browser: Browser, citizen: Citizen) -> None:
    await town.sign_in(browser, await browser.get("/account"), citizen)
    town.pass_time(minutes=6)
    service = await town.register()
    page = await town.ask(browser, service, acr_values=f"{town.origin}/loa/substantial")
    await town.step_up(browser, page, citizen)


Weak = Callable[[PeopleHouse, Browser, Citizen], Awaitable[None]]


@pytest.mark.parametrize("way", range(len(WAYS)), ids=WAYS)
@pytest.mark.parametrize("weak", [_nothing, _password_alone, _both_but_stale, _code_fresh_but_password_stale])
async def test_no_endpoint_changes_anything_without_fresh_and_strongest_proof(
    town: PeopleHouse, lai: Citizen, way: int, weak: Weak
) -> None:
    path, browser, before = (await _paths(town, lai))[way], town.browser(), await enrolled(town, lai)
    # The form as a thief would have it: genuine, from the very session, but too early or too late.
    honest = await go(town, browser, path, lai)
    fields = {**honest.form("csrf").fields, **EVERYTHING}
    if weak is _both_but_stale:
        town.pass_time(minutes=5, seconds=1)
        asked, cookie_keeper = await browser.get(path), browser
    else:
        cookie_keeper = town.browser()
        await weak(town, cookie_keeper, lai)
        asked = await cookie_keeper.get(path)
    assert asked.step in ("login", "otp"), "a page that changes something is not even shown"
    answered = await cookie_keeper.post(path, fields.items())
    assert answered.step in ("login", "otp")
    after = await enrolled(town, lai)
    assert [(one.id, one.secret, one.label) for one in after] == [(one.id, one.secret, one.label) for one in before]
    assert await town.events(kinds.PASSWORD_CHANGED) == []
    assert await town.events(kinds.WAY_SWITCHED_OFF) == []


@pytest.mark.parametrize("way", range(len(WAYS)), ids=WAYS)
async def test_no_endpoint_listens_to_another_site_or_to_a_form_of_another_session(
    town: PeopleHouse, lai: Citizen, way: int
) -> None:
    path, browser, before = (await _paths(town, lai))[way], town.browser(), await enrolled(town, lai)
    page = await go(town, browser, path, lai)
    fields = {**page.form("csrf").fields, **EVERYTHING}
    forged = {**fields, "csrf": "A" * 43}
    assert (await browser.post(path, forged.items())).status == 403
    origin = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert (await browser.post(path, fields.items(), headers=origin)).status == 403
    other = town.browser()
    await go(town, other, path, lai)
    assert (await other.post(path, fields.items())).status == 403
    assert [one.id for one in await enrolled(town, lai)] == [one.id for one in before]
    assert await town.events(kinds.PASSWORD_CHANGED) == []
    assert await town.events(kinds.WAY_SWITCHED_OFF) == []


async def test_nobody_reaches_the_authenticator_of_somebody_else(town: PeopleHouse, lai: Citizen) -> None:
    rin, browser = await town.citizen("rin@thu.example.vn", totp=True), town.browser()
    theirs = await _paths(town, rin)
    mine = await go(town, browser, (await _paths(town, lai))[-1], lai)
    page = await browser.get(theirs[-1])
    assert page.url.endswith("?done=not_done")
    for act in ("remove", "rename"):
        page = await browser.post(theirs[-1], {**mine.form("csrf").fields, "act": act, "label": "x"}.items())
        assert page.status == 403
    assert [one.label for one in await enrolled(town, rin)] == ["", ""]


async def test_the_last_strong_one_and_the_password_stay(town: PeopleHouse, lai: Citizen) -> None:
    browser = town.browser()
    password, totp = sorted(await enrolled(town, lai), key=lambda one: one.kind)
    page = await go(town, browser, f"{LIST}/one/{totp.id}", lai)
    assert "Hãy thêm một cách khác trước" in page.text
    page = await browser.post(page.url, {**page.form("csrf").fields, "act": "remove"}.items())
    assert page.url.endswith("?done=not_done")
    assert (await browser.get(f"{LIST}/one/{password.id}")).url.endswith("?done=not_done")
    assert len(await enrolled(town, lai)) == 2


async def test_an_authenticator_never_exceeds_the_session_that_enrolled_it(town: PeopleHouse) -> None:
    """Whoever stole a password can add an app to it, and is worth no more than the password by that."""
    poor, service, browser = await town.citizen(), await town.register(), town.browser()
    secret = await add_app(town, browser, poor)
    passkey = soft_passkey(town)
    poor = replace(poor, totp=Secret(secret))
    page = await go(town, browser, f"{LIST}/passkey", poor)
    await browser.submit(page, "credential", credential=passkey.create(options(page)))
    assert {one.kind: one.level_cap for one in await enrolled(town, poor) if one.kind != "password"} == {
        "totp": Level.LOW,
        "passkey": Level.LOW,
    }
    fresh = town.browser()
    page = await town.ask(fresh, service, acr_values=f"{town.origin}/loa/substantial")
    page = await sign_in_by(fresh, page, passkey)
    assert page.answer["error"] == "unmet_authentication_requirements"
    rich, home = await town.citizen("rin@thu.example.vn", totp=True), town.browser()
    await add_passkey(town, home, rich, other := soft_passkey(town))
    made = next(one for one in await enrolled(town, rich) if one.kind == "passkey")
    assert made.level_cap is Level.SUBSTANTIAL
    assert (await sign_in_by(home, await town.ask(home, service, prompt="login"), other)).answer["code"]


async def test_a_thief_with_the_password_cannot_take_away_a_weak_second_factor(town: PeopleHouse) -> None:
    poor, thief = await town.citizen(), town.browser()
    await add_app(town, town.browser(), poor)
    totp = next(one for one in await enrolled(town, poor) if one.kind == "totp")
    town.pass_time(seconds=31)
    page = await town.sign_in(thief, await thief.get(f"{LIST}/one/{totp.id}"), poor)
    assert page.step == "otp"


# --- the password -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("ngắn", "ít nhất 10"),
        ("matkhau2026", "dễ đoán"),
        ("P@ssw0rd123!", "dễ đoán"),
        ("aaaaaaaaaaaa", "dễ đoán"),
        ("Phạm Thị Lài xyz", "tên hoặc số của bạn"),
        ("mua xuan 0905990137", "tên hoặc số của bạn"),
        ("sinh ngay 12031958", "tên hoặc số của bạn"),
    ],
)
async def test_a_password_that_is_guessed_is_not_taken(
    town: PeopleHouse, lai: Citizen, password: str, said: str
) -> None:
    browser = town.browser()
    page = await go(town, browser, f"{LIST}/password", lai)
    page = await browser.submit(page, "password", password=password)
    assert said in page.text
    assert password not in page.response.text
    assert await town.events(kinds.PASSWORD_CHANGED) == []


async def test_a_new_password_signs_everybody_else_out_and_counts_from_now_on(people: PeopleHouse) -> None:
    lai, phone, desk = await people.citizen(totp=True), people.browser(), people.browser()
    await people.sign_in(phone, await phone.get("/account"), lai)
    page = await go(people, desk, f"{LIST}/password", lai)
    page = await desk.submit(page, "password", password=GOOD_PASSWORD)
    assert page.url.endswith("?done=password")
    assert (await phone.get("/account")).step == "login"
    assert (await desk.get("/account")).path == "/account"
    (changed,) = await people.events(kinds.PASSWORD_CHANGED)
    assert changed.changed["sessions"] == 1
    other = people.browser()
    page = await other.submit(await other.get("/account"), "username", username=lai.login, password=PASSWORD)
    assert page.step == "login"
    page = await other.submit(page, "username", username=lai.login, password=GOOD_PASSWORD)
    assert page.path == "/account"


async def test_other_devices_stay_where_one_says_so(town: PeopleHouse, lai: Citizen) -> None:
    phone, desk = town.browser(), town.browser()
    await town.sign_in(phone, await phone.get("/account"), lai)
    page = await go(town, desk, f"{LIST}/password", lai)
    fields = {**page.form("password").fields, "password": GOOD_PASSWORD, "keep": "yes"}
    assert (await desk.post(page.path, fields.items())).url.endswith("?done=password")
    assert (await phone.get("/account")).path == "/account"


# --- adding -------------------------------------------------------------------------------------------------------


async def test_an_app_is_added_by_its_first_code_only_and_that_code_is_used_up(town: PeopleHouse, lai: Citizen) -> None:
    browser = town.browser()
    page = await go(town, browser, f"{LIST}/app", lai)
    assert "<svg" in page.response.text
    assert "img-src 'self'" in page.response.headers["content-security-policy"]
    for wrong in ("", "000000", "không"):
        page = await browser.submit(page, "otp", otp=wrong)
        assert page.has_form("pending")
    assert len(await enrolled(town, lai)) == 2
    guessing: Page = page
    for _ in range(4):
        guessing = await browser.submit(page, "otp", otp="000000")
    assert guessing.url.endswith("?done=not_done"), "five tries and no more"


async def test_what_was_asked_is_answered_once_and_in_its_own_session(town: PeopleHouse, lai: Citizen) -> None:
    browser, passkey = town.browser(), soft_passkey(town)
    page = await go(town, browser, f"{LIST}/passkey", lai)
    answer, form = passkey.create(options(page)), page.form("credential")
    rin, other = await town.citizen("rin@thu.example.vn"), town.browser()
    theirs = await go(town, other, f"{LIST}/passkey", rin)
    stolen = await other.submit(theirs, "credential", credential=answer)
    assert stolen.url.endswith("?done=not_done")
    page = await go(town, browser, f"{LIST}/passkey", lai)
    answer = passkey.create(options(page))
    assert (await browser.submit(page, "credential", credential=answer)).url.endswith("?done=added")
    again = await browser.post(form.action, {**form.fields, "credential": answer}.items())
    assert again.url.endswith("?done=not_done")
    assert [one.kind for one in await enrolled(town, rin)] == ["password"]


async def test_a_removed_device_is_signed_out(town: PeopleHouse, lai: Citizen) -> None:
    home, phone, passkey = town.browser(), town.browser(), soft_passkey(town)
    await add_passkey(town, home, lai, passkey)
    page = await sign_in_by(phone, await phone.get("/account"), passkey)
    assert page.path == "/account"
    made = next(one for one in await enrolled(town, lai) if one.kind == "passkey")
    page = await go(town, home, f"{LIST}/one/{made.id}", lai)
    await home.post(page.url, {**page.form("csrf").fields, "act": "remove"}.items())
    page = await phone.get("/account")
    assert page.step == "login"
    assert (await sign_in_by(phone, page, passkey)).step == "login"


async def test_there_is_an_end_to_a_list(town: PeopleHouse, lai: Citizen) -> None:
    async with town.hall.db.unaudited_tx() as tx:
        for _ in range(18):
            await tx.authenticators.add(
                lai.person.id, "totp", new_totp_secret().reveal().encode(), town.now, level_cap=Level.LOW
            )
    page = await go(town, town.browser(), f"{LIST}/app", lai)
    assert page.url.endswith("?done=not_done")
