"""Notices: who is told of what, when nobody is, and what becomes of a message where the other side fails."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import redis

from idp.flows import notices
from idp.flows.courier import Courier, wait_after
from idp.kernel.secret import Secret
from idp.notify.channels import Channels
from idp.storage.outbox import Delivery
from idp.storage.schema import metadata
from idp.storage.url import PostgresUrl, SqliteUrl, parse
from tests.doors.people_house import Citizen, PeopleHouse, open_people_house
from tests.stand.inbox import Inbox

EMAIL, PHONE = "huu.loc@loctrau.example", "+84905660421"
ANDROID = {"user-agent": "Mozilla/5.0 (Linux; Android 14; LocPhone) Chrome/130 Mobile Safari/537"}
PERSONAL = (
    "Võ Hữu Lộc",
    "Hữu",
    "Huu Loc",
    "huu.loc",
    "loctrau",
    "905660421",
    "LocPhone",
    "Chrome tren",
    "Kính gửi",
    "Ong/Ba",
)


@pytest.fixture
async def town(sqlite_url: str, inbox: Inbox) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url, sandbox=True, channels=inbox.channels) as house:
        yield house


@pytest.fixture
async def people(stores: tuple[str, str | None], inbox: Inbox) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(*stores, sandbox=True, channels=inbox.channels) as house:
        yield house


async def citizen(house: PeopleHouse, **facts: Any) -> Citizen:
    told = {"name": "Võ Hữu Lộc", "email": EMAIL, "phone_number": PHONE, "phone_number_verified": True, **facts}
    return await house.citizen("051175660421", totp=True, **told)


async def send(house: PeopleHouse) -> int:
    courier = Courier(house.hall)
    taken = await courier.send_due(house.now)
    await courier.settle()
    return taken


async def record(house: PeopleHouse, receiver: str) -> list[Delivery]:
    async with house.hall.db.read() as tx:
        return await tx.outbox.deliveries(receiver)


async def test_a_sign_in_on_a_new_device_is_told_on_every_verified_channel_and_listed(
    people: PeopleHouse, inbox: Inbox
) -> None:
    service, loc = await people.register(), await citizen(people)
    await people.walk(people.browser(headers=ANDROID), service, loc)
    assert people.hall.outbox_due.is_set(), "the first attempt comes at once"
    assert await send(people) == 2
    [mail], [sms] = inbox.messages(EMAIL), inbox.messages(PHONE)
    [event] = await people.events("notice_sent")
    assert event.person_id == loc.person.id
    assert event.changed["notice"] == "new_device"
    assert event.changed["channels"] == ["email", "sms"]
    for text in (mail["text"], sms["text"]):
        assert event.changed["reference"] in text
    assert "Chrome trên Android" in mail["text"]
    assert [one.status for one in await record(people, notices.EMAIL_RECEIVER)] == [250]
    assert [one.status for one in await record(people, notices.SMS_RECEIVER)] == [202]


async def test_the_same_browser_is_new_once_whatever_is_proven_in_it(town: PeopleHouse) -> None:
    service, loc = await town.register(), await citizen(town)
    browser = town.browser()
    await town.walk(browser, service, loc, acr_values=f"{town.origin}/loa/substantial")
    await town.walk(browser, service, loc, prompt="login")
    assert len(await town.events("notice_sent")) == 1
    await town.walk(town.browser(), service, loc)
    assert len(await town.events("notice_sent")) == 2
    rin = await town.citizen("rin@thu.example.vn", email="rin@thu.example.vn")
    await town.walk(browser, service, rin, prompt="login")
    assert len(await town.events("notice_sent")) == 3, "known to one person is new to another"


async def test_a_double_click_tells_once(town: PeopleHouse) -> None:
    service, loc = await town.register(), await citizen(town)
    browser = town.browser()
    page = await town.ask(browser, service)
    await asyncio.gather(*(town.sign_in(browser, page, loc) for _ in range(3)))
    assert len(await town.events("notice_sent")) == 1


@pytest.mark.parametrize(
    ("facts", "channels"),
    [
        ({"email_verified": False}, ["sms"]),
        ({"phone_number_verified": False}, ["email"]),
        ({"phone_number": "+842553822222"}, ["email"]),
        ({"email_verified": "true", "phone_number_verified": None}, []),
    ],
    ids=["e-mail unproven", "phone unproven", "a fixed line takes no SMS", "only true is true"],
)
async def test_only_what_is_proven_is_written_to(town: PeopleHouse, facts: dict[str, Any], channels: list[str]) -> None:
    service, loc = await town.register(), await citizen(town, **facts)
    await town.walk(town.browser(), service, loc)
    [event] = await town.events("notice_sent")
    assert event.changed["channels"] == channels
    assert await send(town) == len(channels)


async def test_a_person_is_written_to_in_their_language(town: PeopleHouse, inbox: Inbox) -> None:
    service, loc = await town.register(), await citizen(town, locale="en_GB")
    await town.walk(town.browser(), service, loc)
    await send(town)
    assert inbox.messages(EMAIL)[0]["text"].startswith("Dear Võ Hữu Lộc,")


async def test_where_no_channel_is_set_up_nothing_is_sent_and_it_is_listed_all_the_same(sqlite_url: str) -> None:
    async with open_people_house(sqlite_url) as house:
        service, loc = await house.register(), await citizen(house)
        await house.walk(house.browser(), service, loc)
        [event] = await house.events("notice_sent")
        assert event.changed["channels"] == []
        assert await send(house) == 0


async def test_a_thief_of_a_password_cannot_make_a_telephone_ring_all_night(town: PeopleHouse) -> None:
    service, loc = await town.register(), await citizen(town)
    for _ in range(13):
        await town.walk(town.browser(), service, loc)
    assert len(await town.events("notice_sent")) == 10
    town.pass_time(hours=25)
    await town.walk(town.browser(), service, loc)
    assert len(await town.events("notice_sent")) == 11


async def test_a_message_waits_for_a_server_that_fails_and_goes_out_once(town: PeopleHouse, inbox: Inbox) -> None:
    service, loc = await town.register(), await citizen(town, phone_number_verified=False)
    inbox.fault("email", "500")
    await town.walk(town.browser(), service, loc)
    for attempt in (1, 2):
        assert await send(town) == 1
        assert await send(town) == 0, "not before its time"
        town.now += wait_after(attempt)
    [waiting] = await record(town, notices.EMAIL_RECEIVER)
    assert (waiting.reason, waiting.attempts, waiting.delivered_at) == ("status_451", 2, None)
    inbox.fault("email", "none")
    assert await send(town) == 1
    assert len(inbox.messages(EMAIL)) == 1
    [done] = await record(town, notices.EMAIL_RECEIVER)
    assert (done.status, done.attempts) == (250, 3)


async def test_a_lost_lease_sends_the_same_message_again_and_the_other_side_knows_it(
    town: PeopleHouse, inbox: Inbox
) -> None:
    """A node is killed between the gateway's yes and its own mark."""
    service, loc = await town.register(), await citizen(town, email_verified=False)
    await town.walk(town.browser(), service, loc)
    async with town.hall.db.unaudited_tx() as tx:
        [leased] = await tx.outbox.lease(town.now, 10, timedelta(seconds=60))
    assert (await notices.attempt_sms(town.hall, leased, town.now)).status == 202
    town.now += timedelta(seconds=61)
    assert await send(town) == 1
    assert len(inbox.messages(PHONE)) == 1


async def test_what_is_refused_for_good_is_given_up(town: PeopleHouse, inbox: Inbox) -> None:
    service, loc = await town.register(), await citizen(town)
    for channel in ("email", "sms"):
        inbox.fault(channel, "refuse")
    await town.walk(town.browser(), service, loc)
    await send(town)
    assert [one.reason for one in await record(town, notices.EMAIL_RECEIVER)] == ["status_550"]
    assert [one.reason for one in await record(town, notices.SMS_RECEIVER)] == ["status_422"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "told"), [("none", (200, None)), ("undeliverable", (None, "undeliverable"))], ids=["delivered", "lost"]
)
async def test_what_became_of_an_sms_stands_in_the_record(
    town: PeopleHouse, inbox: Inbox, fault: str, told: tuple[int | None, str | None]
) -> None:
    service, loc = await town.register(), await citizen(town, email_verified=False)
    inbox.fault("sms", fault)
    await town.walk(town.browser(), service, loc)
    await send(town)
    # The gateway reports by a clock of its own, a second later.
    async with asyncio.timeout(20):
        while (await record(town, notices.REPORT_RECEIVER))[0].next_attempt_at is not None:
            town.now += timedelta(minutes=20)
            await send(town)
            await asyncio.sleep(0.25)
    [report] = await record(town, notices.REPORT_RECEIVER)
    assert (report.status, report.reason) == told


async def test_a_channel_that_was_taken_away_gives_up_its_messages(town: PeopleHouse) -> None:
    service, loc = await town.register(), await citizen(town)
    await town.walk(town.browser(), service, loc)
    courier = Courier(replace(town.hall, channels=Channels()))
    assert await courier.send_due(town.now) == 2
    await courier.settle()
    assert [one.reason for one in await record(town, notices.EMAIL_RECEIVER)] == ["channel_off"]


@pytest.mark.slow
async def test_a_dead_mail_server_delays_no_sign_out(sqlite_url: str, inbox: Inbox) -> None:
    """It hangs with many messages waiting; a service is told of a sign-out all the same, at once."""
    told = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        told.set()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    uri = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/logout"
    inbox.fault("email", "slow")
    async with open_people_house(sqlite_url, sandbox=True, channels=lambda _: Channels(inbox.email(3))) as house:
        service, loc = await house.register(backchannel_logout_uri=uri), await citizen(house)
        for _ in range(9):
            await house.walk(house.browser(), service, loc)
        courier = Courier(house.hall)
        assert await courier.send_due(house.now) <= 2, "a dead receiver holds no more than its share"
        browser = house.browser()
        tokens = await house.tokens_of(browser, service, loc)
        await browser.get("/logout", id_token_hint=tokens["id_token"])
        await courier.send_due(house.now)
        async with asyncio.timeout(2):
            await told.wait()
        await courier.settle()
    server.close()


async def test_no_text_and_no_address_stands_in_clear_anywhere(
    stores: tuple[str, str | None], inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="idp")
    inbox.fault("email", "500")
    inbox.fault("sms", "500")
    async with open_people_house(*stores, sandbox=True, channels=inbox.channels) as house:
        service, loc = await house.register(), await citizen(house)
        await house.walk(house.browser(headers=ANDROID), service, loc)
        assert await send(house) == 2
        kept = await _everything(*stores)
        assert len(await record(house, notices.EMAIL_RECEIVER)) == 1
    assert "new_device" in kept, "the search looks where it is"
    readable = kept + caplog.text
    assert [word for word in PERSONAL if word.casefold() in readable.casefold()] == []
    assert json.dumps("Võ Hữu Lộc") not in readable


async def test_an_unknown_kind_in_the_outbox_is_given_up_by_this_release(town: PeopleHouse) -> None:
    async with town.hall.db.unaudited_tx() as tx:
        await tx.outbox.put("carrier_pigeon", "loft", b"coo", town.now)
    await send(town)
    assert [one.reason for one in await record(town, "loft")] == ["kind_unknown"]


async def test_a_known_browser_cannot_be_recognised_across_persons(town: PeopleHouse) -> None:
    service, loc = await town.register(), await citizen(town)
    rin = await town.citizen("rin@thu.example.vn", email="rin@thu.example.vn")
    browser = town.browser()
    for one in (loc, rin):
        await town.walk(browser, service, one, prompt="login")
    cookie = Secret(browser.cookie("cuachung_browser") or "")
    async with town.hall.db.read() as tx:
        index = tx.known_browsers
        assert await index.methods(loc.person.id, cookie) == {"password"}
        assert index._digest(loc.person.id, cookie) != index._digest(rin.person.id, cookie)


async def _everything(database_url: str, redis_url: str | None) -> str:
    found: list[object] = []
    wanted = [f'SELECT * FROM "{name}"' for name in metadata.tables]  # noqa: S608
    match parse(database_url):
        case PostgresUrl(dsn):
            connection = await asyncpg.connect(dsn)
            found += [tuple(row) for sql in wanted for row in await connection.fetch(sql)]
            await connection.close()
        case SqliteUrl(path):
            with sqlite3.connect(path) as file:
                found += [row for sql in wanted for row in file.execute(sql).fetchall()]
    if redis_url is not None:
        with redis.Redis.from_url(redis_url) as client:
            found += [(key, client.dump(key)) for key in client.scan_iter()]
    return "\n".join(
        value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        for row in found
        for value in (row if isinstance(row, tuple) else (row,))
    )
