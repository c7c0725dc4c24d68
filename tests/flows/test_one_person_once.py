"""One number is one person's for all time, whichever two requests come at once, and whoever comes second has a case."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from idp.audit import kinds
from idp.flows import people as people_flows
from idp.flows.people import IdentifierTaken, UnknownCommune
from idp.flows.person_document import UnusableDocument, read
from tests.doors.people_house import PeopleHouse

PIN = {"kind": "pin", "value": "051158990137"}
PASSPORT = {"kind": "passport", "value": "P1234567", "country": "LAO"}
NAMES = ("Phạm Thị Lài", "Lê Minh Khoa", "Y Hyêm", "A Blum", "Huỳnh Thị Mai", "Kơ̆")


async def add(house: PeopleHouse, name: str, **members: Any) -> str:
    new = read({"name": name, "email": f"n{abs(hash(name))}@thu.example.vn", **members}, house.now.date())
    return await people_flows.add(house.hall, new, actor="cli:test", now=house.now)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"identity_number": PIN}, {"national_id": "051158990137"}),
        ({"identity_number": PIN}, {"identity_number": {**PIN, "kind": "identity_certificate"}}),
        ({"identity_number": PASSPORT}, {"identity_number": {**PASSPORT, "value": "p 123-4567", "country": "lao"}}),
        ({"old_id_numbers": ["212345678"]}, {"old_id_numbers": ["212 345 678"]}),
        ({"old_id_numbers": [PASSPORT]}, {"identity_number": PASSPORT}),
        ({"identity_number": PASSPORT}, {"old_id_numbers": [PASSPORT]}),
    ],
)
async def test_a_number_that_is_or_was_somebodys_is_refused_with_a_case(
    people: PeopleHouse, first: Mapping[str, Any], then: Mapping[str, Any]
) -> None:
    owner = await add(people, NAMES[0], **first)
    cases = set()
    for _ in range(2):
        with pytest.raises(IdentifierTaken) as taken:
            await add(people, NAMES[1], **then)
        cases.add(taken.value.case_id)
    async with people.hall.db.read() as tx:
        [case] = await tx.cases.of_person(owner)
        assert len(await tx.persons.page(None, 10)) == 1
    assert (cases, case.kind) == ({case.id}, "identity_already_bound")
    [opened] = await people.events(kinds.CASE_OPENED)
    assert (opened.person_id, opened.changed["reason"]) == (owner, "identity_already_bound")


async def test_of_six_at_once_one_is_added_whether_the_number_is_current_or_old(people: PeopleHouse) -> None:
    ways: list[dict[str, Any]] = [{"identity_number": PASSPORT}, {"old_id_numbers": [PASSPORT]}]
    tries = (add(people, name, **ways[n % 2]) for n, name in enumerate(NAMES))
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["IdentifierTaken"] * 5 + ["str"]
    async with people.hall.db.read() as tx:
        assert len(await tx.persons.page(None, 10)) == 1


async def test_two_countries_may_number_alike(town: PeopleHouse) -> None:
    await add(town, NAMES[0], identity_number=PASSPORT)
    assert await add(town, NAMES[1], identity_number={**PASSPORT, "country": "THA"})


async def test_an_old_number_signs_nobody_in(town: PeopleHouse) -> None:
    await add(town, NAMES[0], identity_number=PIN, old_id_numbers=["212345678", PASSPORT])
    async with town.hall.db.read() as tx:
        assert await tx.persons.find("national_id", PIN["value"]) is not None
        for kind, value in (("passport", "LAO:P1234567"), ("old_id_card", "212345678")):
            assert await tx.persons.find(kind, value) is None


async def test_former_names_and_the_commune_find_their_person(town: PeopleHouse) -> None:
    former = [{"name": "Phạm Thị Lài Hương", "until": "1969"}, {"name": "Phạm Thị Bé", "until": "1960-01-31"}]
    who = await add(town, NAMES[0], former_names=former)
    found = await people_flows.find(town.hall, "thi be lai")
    assert [person.id for person in found] == [who]
    async with town.hall.db.read() as tx:
        entries = await tx.personal_history.of_person(who)
    assert [(one.valid_from, one.value["name"]) for one in sorted(entries, key=lambda one: one.valid_from or "")] == [
        (None, "Phạm Thị Bé"),
        ("1960-01-31", "Phạm Thị Lài Hương"),
        ("1969", "Phạm Thị Lài"),
    ]
    with pytest.raises(UnknownCommune):
        await add(town, NAMES[1], commune="90001")


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"national_id": "051158990137", "identity_number": PIN}, "exclude"),
        ({"identity_number": "P1234567"}, "identity_number has kind"),
        ({"identity_number": {"kind": "old_id_card", "value": "212345678"}}, "old_id_numbers"),
        ({"identity_number": {**PASSPORT, "country": "ZZZ"}}, "identity_number_country"),
        ({"old_id_numbers": "212345678"}, "old_id_numbers is not a list"),
        ({"old_id_numbers": ["12"]}, "old_id_card_malformed"),
        ({"former_names": [{"name": "Lài"}]}, "former_names lists objects"),
        ({"former_names": [{"name": " ", "until": "1969"}]}, "empty"),
        ({"former_names": [{"name": "Lài", "until": "31/12/1969"}]}, "until of former_names"),
    ],
)
def test_a_member_that_can_t_be_read_is_told_by_its_name(members: dict[str, Any], told: str) -> None:
    with pytest.raises(UnusableDocument) as unusable:
        read({"name": "Phạm Thị Lài", "email": "l@thu.example.vn", **members}, date(2026, 11, 28))
    assert told in str(unusable.value)
