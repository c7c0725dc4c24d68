"""Notices of changes to an account: each one is told, and nothing less important uses up its place."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from idp.flows import notices
from idp.notify import notice
from tests.doors.own_authenticators import GOOD_PASSWORD, LIST, add_app, enrolled, go, make_codes
from tests.doors.people_house import PeopleHouse, open_people_house, terms_of
from tests.flows.test_notices import EMAIL, citizen, send
from tests.stand.inbox import Inbox


@pytest.fixture
async def town(sqlite_url: str, inbox: Inbox) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url, sandbox=True, channels=inbox.channels) as house:
        yield house


async def test_changes_are_told_though_a_thief_used_up_the_days_messages(town: PeopleHouse, inbox: Inbox) -> None:
    service, loc = await town.register(), await citizen(town)
    for _ in range(11):
        await town.walk(town.browser(), service, loc)
    await make_codes(town, town.browser(), loc)
    told = [event.changed["notice"] for event in await town.events("notice_sent")]
    assert (told.count("new_device"), told.count("recovery_codes_made")) == (10, 1)


async def test_changes_are_counted_too(town: PeopleHouse) -> None:
    loc = await citizen(town)
    async with town.hall.db.tx() as tx:
        told = [
            await notices.tell(tx, town.hall, loc.person, notice.PASSWORD_CHANGED, town.now, at=1) for _ in range(22)
        ]
        first = await notices.tell(tx, town.hall, loc.person, notice.CONSENT_WITHDRAWN, town.now, at=1)
    assert [one is not None for one in told] == [True] * 20 + [False] * 2
    assert first is not None
    assert first.channels == ("email",), "not worth an SMS"


async def test_each_change_of_ones_authenticators_is_told(town: PeopleHouse, inbox: Inbox) -> None:
    loc, browser = await citizen(town), town.browser()
    await add_app(town, browser, loc)
    await make_codes(town, browser, loc)
    page = await go(town, browser, f"{LIST}/password", loc)
    await browser.submit(page, "password", password=GOOD_PASSWORD)
    loc = replace(loc, password=GOOD_PASSWORD)
    sheet = next(one for one in await enrolled(town, loc) if one.kind == "recovery_code")
    page = await go(town, browser, f"{LIST}/one/{sheet.id}", loc)
    await browser.submit(page, "act", act="remove")
    assert town.hall.outbox_due.is_set()
    told = [event.changed["notice"] for event in await town.events("notice_sent")]
    assert sorted(told) == sorted(
        ["new_device", "authenticator_added", "recovery_codes_made", "password_changed", "authenticator_removed"]
    )
    while await send(town):
        pass
    text = " ".join(one["text"] for one in inbox.messages(EMAIL))
    for said in ("ứng dụng xác thực", "Mật khẩu tài khoản", "mã khôi phục", "vừa bị xóa"):
        assert said in text


async def test_a_withdrawn_consent_is_told_without_the_name_of_the_service(town: PeopleHouse, inbox: Inbox) -> None:
    service, loc = await town.register(terms=terms_of(profile="consent")), await citizen(town)
    browser = town.browser()
    await town.walk(browser, service, loc, scope="openid profile")
    page = await browser.get("/account/services")
    await browser.submit(page, "withdraw", withdraw=service.client.client_id)
    while await send(town):
        pass
    [mail] = [one for one in inbox.messages(EMAIL) if "rút lại" in one["text"]]
    assert "Một cửa" not in mail["text"]
