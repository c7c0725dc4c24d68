"""One-time codes by message: who gets one, how often, and for what it counts."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from idp.authn.message_code import Channel, CodePurpose
from idp.flows import message_codes
from idp.flows.courier import Courier
from idp.flows.message_codes import Sending, Sent, Unreachable, Wait
from idp.identity.person import Person
from tests.doors.people_house import PeopleHouse, open_people_house
from tests.stand.inbox import Inbox

EMAIL, PHONE = "thi.nga@trieu.example", "+84905771104"
SIGN_IN, RECOVERY = CodePurpose.SIGN_IN, CodePurpose.RECOVERY


@pytest.fixture
async def people(stores: tuple[str, str | None], inbox: Inbox) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(*stores, sandbox=True, channels=inbox.channels) as house:
        yield house


@pytest.fixture
async def town(sqlite_url: str, inbox: Inbox) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url, sandbox=True, channels=inbox.channels) as house:
        yield house


async def nga(house: PeopleHouse, **facts: Any) -> Person:
    told = {"name": "Triệu Thị Nga", "email": EMAIL, "phone_number": PHONE, "phone_number_verified": True, **facts}
    return (await house.citizen("051177771104", **told)).person


async def sms(house: PeopleHouse, person: Person, bound_to: str = "a1", asker: str = "") -> Sending:
    return await message_codes.send(house.hall, person, Channel.SMS, SIGN_IN, bound_to, house.now, asker=asker)


async def deliver(house: PeopleHouse) -> None:
    courier = Courier(house.hall)
    await courier.send_due(house.now)
    await courier.settle()


async def code_in(house: PeopleHouse, inbox: Inbox, to: str) -> str:
    """The newest one that arrived there."""
    await deliver(house)
    found = re.search(r"\b(\d{6})\b", inbox.messages(to)[0]["text"])
    assert found is not None
    return found[1]


async def is_right(house: PeopleHouse, person_id: str, code: str, bound_to: str = "a1", **changed: Any) -> bool:
    asked = {"channel": Channel.SMS, "purpose": SIGN_IN, **changed}
    return await message_codes.check(house.hall, person_id, bound_to=bound_to, code=code, now=house.now, **asked)


async def test_a_code_arrives_where_a_person_is_surely_reached_and_counts_once_for_what_asked(
    people: PeopleHouse, inbox: Inbox
) -> None:
    person = await nga(people)
    assert await sms(people, person) == Sent("090•••••04", 60)
    code = await code_in(people, inbox, PHONE)
    for other in ({"bound_to": "b2"}, {"purpose": RECOVERY}, {"channel": Channel.EMAIL}):
        assert not await is_right(people, person.id, code, **other), other
    assert not await is_right(people, "somebody else", code)
    clicks = await asyncio.gather(*(is_right(people, person.id, f"{code[:3]} {code[3:]}") for _ in range(5)))
    assert sorted(clicks) == [False] * 4 + [True]
    (sent,) = await people.events("code_sent")
    assert (sent.person_id, sent.changed["channel"], sent.purpose) == (person.id, "sms", "sign_in")
    assert code not in str(sent)
    assert sent.changed["reference"] in inbox.messages(PHONE)[0]["text"]


async def test_an_e_mail_bears_it_too(town: PeopleHouse, inbox: Inbox) -> None:
    person = await nga(town)
    sent = await message_codes.send(town.hall, person, Channel.EMAIL, RECOVERY, "r1", town.now)
    assert sent == Sent("t•••••a@trieu.example", 60)
    code = await code_in(town, inbox, EMAIL)
    assert await is_right(town, person.id, code, "r1", channel=Channel.EMAIL, purpose=RECOVERY)


async def test_five_guesses_at_once_or_one_by_one_void_it(people: PeopleHouse, inbox: Inbox) -> None:
    person = await nga(people)
    await sms(people, person)
    code = await code_in(people, inbox, PHONE)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert not any(await asyncio.gather(*(is_right(people, person.id, wrong) for _ in range(20))))
    assert not await is_right(people, person.id, code)


async def test_it_lapses_and_a_new_one_voids_the_old(town: PeopleHouse, inbox: Inbox) -> None:
    person = await nga(town)
    await sms(town, person)
    old = await code_in(town, inbox, PHONE)
    town.pass_time(seconds=61)
    await sms(town, person)
    new = await code_in(town, inbox, PHONE)
    assert old == new or not await is_right(town, person.id, old)
    town.pass_time(minutes=10)
    assert not await is_right(town, person.id, new)


async def test_nobodys_telephone_rings_without_end(town: PeopleHouse) -> None:
    person = await nga(town)
    assert isinstance(await sms(town, person), Sent)
    waiting = await sms(town, person)
    assert isinstance(waiting, Wait)
    assert 0 < waiting.seconds <= 60
    for n in range(5):
        assert isinstance(await sms(town, person, f"page {n}"), Sent)
    town.pass_time(seconds=61)
    full = await sms(town, person)
    assert isinstance(full, Wait)
    assert full.seconds > 60, "six in an hour"
    assert isinstance(await sms(town, person, asker="her own browser"), Sent), "strangers hold up each other alone"
    for _ in range(9):
        town.pass_time(hours=1)
        assert isinstance(await sms(town, person), Sent)
    town.pass_time(hours=1)
    spent = await sms(town, person)
    assert isinstance(spent, Wait)
    assert spent.seconds > 3600, "fifteen in a day"


async def test_one_telephone_of_a_family_rings_no_more_than_one_of_one_person(town: PeopleHouse) -> None:
    mother = await nga(town)
    son = await town.citizen("051201771104", phone_number=PHONE, phone_number_verified=True)
    for n in range(6):
        assert isinstance(await sms(town, (mother, son.person)[n % 2]), Sent)
        town.pass_time(seconds=61)
    assert isinstance(await sms(town, mother), Wait)


@pytest.mark.parametrize(
    "facts",
    [{"phone_number_verified": False}, {"phone_number": "+842553822222"}, {"phone_number": None}],
    ids=["unproven", "a fixed line", "none"],
)
async def test_what_was_never_proven_gets_none(town: PeopleHouse, facts: dict[str, Any]) -> None:
    assert await sms(town, await nga(town, **facts)) == Unreachable()
    assert await town.events("code_sent") == []


async def test_a_name_that_nobody_bears_gets_the_same_answers_and_no_message(town: PeopleHouse, inbox: Inbox) -> None:
    async def nobody() -> Sent | Wait:
        return await message_codes.send_to_nobody(town.hall, "051999999999", Channel.SMS, SIGN_IN, "a1", town.now)

    assert await nobody() == Sent("", 60)
    assert isinstance(await nobody(), Wait)
    assert not await is_right(town, "051999999999", "123456")
    await deliver(town)
    async with town.hall.db.read() as tx:
        (dropped,) = await tx.outbox.deliveries(message_codes.SMS_RECEIVER)
    assert dropped.reason == "nobody"
    assert [event.person_id for event in await town.events("code_sent")] == [None]
    assert inbox.messages() == []


async def test_a_code_that_lapsed_on_its_way_is_not_sent(town: PeopleHouse, inbox: Inbox) -> None:
    person = await nga(town)
    inbox.fault("sms", "500")
    await sms(town, person)
    await deliver(town)
    inbox.fault("sms", "none")
    town.pass_time(minutes=11)
    await deliver(town)
    async with town.hall.db.read() as tx:
        (record,) = await tx.outbox.deliveries(message_codes.SMS_RECEIVER)
    assert record.reason == "lapsed"
    assert inbox.messages(PHONE) == []


@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "12345x", "\ud800" * 6, "0" * 5000])
async def test_odd_codes_are_no_guesses(town: PeopleHouse, inbox: Inbox, code: str) -> None:
    person = await nga(town)
    await sms(town, person)
    right = await code_in(town, inbox, PHONE)
    for _ in range(6):
        assert not await is_right(town, person.id, code)
    assert await is_right(town, person.id, right)
