"""Verifications on their way: one at a time, each step once, a day from afar, and its owner's word against it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from idp.audit import kinds
from idp.flows import not_me, verification_cases
from idp.flows.account_lock import AccountLocked
from idp.flows.not_me_link import Claim
from idp.flows.verification_cases import Overtaken
from idp.flows.verify_identity import Witnessed
from idp.identity.person import Person
from idp.identity.routes import ROUTES
from idp.identity.routes.route import EvidenceRoute
from idp.identity.verification import Framework
from idp.identity.verification_case import CaseState, VerificationCase
from idp.kernel.level import Level
from tests.doors.people_house import PeopleHouse
from tests.flows.test_verify_identity import act, level_of

BY = Witnessed("person:lài")


@pytest.fixture(autouse=True)
def afar(monkeypatch: pytest.MonkeyPatch) -> None:
    """A route on which nobody stands before an officer."""
    route = EvidenceRoute("afar", Framework.PROVINCE, Level.LOW, "for tests", waits=True)
    monkeypatch.setitem(ROUTES, route.name, route)


async def begin(house: PeopleHouse, person: Person, **fields: Any) -> VerificationCase:
    told = {"target": Level.LOW, **fields}
    case = verification_cases.new_case(person, "afar", house.now, actor="person:lài", **told)
    async with house.hall.db.tx() as tx:
        return await verification_cases.begin(tx, case)


async def accept(house: PeopleHouse, case: VerificationCase, person: Person) -> VerificationCase:
    done = act(person, house.now, Level.LOW, route="afar", process=case.id)
    async with house.hall.db.tx() as tx:
        return await verification_cases.accept(tx, house.hall, case, done, BY, house.now)


async def stored(house: PeopleHouse, case: VerificationCase) -> VerificationCase:
    async with house.hall.db.read() as tx:
        found = await tx.verification_cases.get(case.id)
    assert found is not None
    return found


async def test_whoever_begins_twice_goes_on_with_what_runs(people: PeopleHouse) -> None:
    lai = (await people.citizen(level=Level.BASIC)).person
    first = await begin(people, lai, details={"name": "Phạm Thị Lài"}, interaction_id="i1")
    assert await begin(people, lai) == await stored(people, first) == first
    assert len(await people.events(kinds.VERIFICATION_BEGUN)) == 1


async def test_a_raise_from_afar_counts_after_its_day(people: PeopleHouse) -> None:
    lai = (await people.citizen(level=Level.BASIC)).person
    standing = await accept(people, await begin(people, lai), lai)
    assert standing.state is CaseState.STANDS
    assert standing.due_at == people.now + timedelta(days=1)
    people.pass_time(hours=23, minutes=59)
    assert await verification_cases.settle_due(people.hall, people.now) == 0
    assert await level_of(people, lai) is Level.BASIC
    people.pass_time(minutes=1)
    settled = await asyncio.gather(*(verification_cases.settle_due(people.hall, people.now) for _ in range(2)))
    assert sum(settled) == 1
    assert await level_of(people, lai) is Level.LOW
    ended = await stored(people, standing)
    assert (ended.state, ended.due_at, ended.details) == (CaseState.ACCEPTED, None, {})
    told = [one.changed["notice"] for one in await people.events(kinds.NOTICE_SENT)]
    assert sorted(told) == ["level_raised", "raise_waits"]
    async with people.hall.db.read() as tx:
        [counted] = await tx.verifications.of_person(lai.id)
    assert (counted.process, counted.at) == (standing.id, people.now)


async def test_what_raises_nothing_waits_for_nothing(town: PeopleHouse) -> None:
    lai = (await town.citizen(level=Level.SUBSTANTIAL)).person
    assert (await accept(town, await begin(town, lai), lai)).state is CaseState.ACCEPTED
    assert await level_of(town, lai) is Level.SUBSTANTIAL


async def test_the_owners_word_stops_it_and_nothing_new_begins(people: PeopleHouse) -> None:
    lai = (await people.citizen(level=Level.BASIC)).person
    standing = await accept(people, await begin(people, lai), lai)
    await not_me.act(people.hall, Claim(lai.id, "raise_waits", people.now), people.now)
    assert (await stored(people, standing)).reason == "not_me"
    people.pass_time(days=2)
    assert await verification_cases.settle_due(people.hall, people.now) == 0
    assert await level_of(people, lai) is Level.BASIC
    with pytest.raises(AccountLocked):
        await begin(people, lai)


async def test_a_refusal_has_a_code_and_somebody_else_looks_at_it(people: PeopleHouse) -> None:
    lai = (await people.citizen(level=Level.BASIC)).person
    case = await begin(people, lai)
    async with people.hall.db.tx() as tx:
        refused = await verification_cases.refuse(tx, case, "register_mismatch", people.now, actor="system")
    assert (refused.state, refused.reason) == (CaseState.REFUSED, "register_mismatch")
    async with people.hall.db.read() as tx:
        [review] = await tx.cases.of_person(lai.id)
    assert review.details == {"case": case.id, "route": "afar", "code": "register_mismatch"}
    moved = [one.changed["state"] for one in await people.events(kinds.VERIFICATION_MOVED)]
    assert moved == ["refused"]


async def test_of_two_steps_at_once_one_is_taken(people: PeopleHouse) -> None:
    lai = (await people.citizen(level=Level.BASIC)).person
    case = await begin(people, lai)

    async def take(state: CaseState) -> bool:
        try:
            async with people.hall.db.tx() as tx:
                await verification_cases.move(tx, case, state, people.now, actor="system")
        except Overtaken:
            return False
        return True

    taken = await asyncio.gather(take(CaseState.WAITS_FOR_REGISTER), take(CaseState.STOPPED))
    assert sorted(taken) == [False, True]
    ended = await stored(people, case)
    with pytest.raises(Overtaken):
        async with people.hall.db.tx() as tx:
            await verification_cases.move(tx, replace(ended, version=9), CaseState.OPEN, people.now, actor="system")
