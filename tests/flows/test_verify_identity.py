"""Levels rise by recorded evidence, fall with it, and nothing from before a raise gains by it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from idp.audit import kinds
from idp.flows import levels, verify_identity
from idp.flows.verify_identity import Witnessed
from idp.identity.person import Person
from idp.identity.verification import Check, Framework, Piece, PieceKind, Verification
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from tests.doors.people_house import Citizen, PeopleHouse, terms_of

OFFLINE = "openid offline_access"


def act(person: Person, now: datetime, level: Level = Level.SUBSTANTIAL, **changes: Any) -> Verification:
    read = Check("vcrypt", now, by="UBND xã Ba Tơ")
    card = {"document_details": {"type": "idcard", "document_number": "051158990137"}}
    told = {"name": "Phạm Thị Lài", "birthdate": "1958-03-12"}
    known = {
        "id": new_id(),
        "person_id": person.id,
        "route": "imported",
        "level": level,
        "framework": Framework.PROVINCE,
        "at": now,
        "claims": told,
        "pieces": (Piece(PieceKind.DOCUMENT, card, (read,)),),
    }
    return Verification(**{**known, **changes})


async def record(house: PeopleHouse, person: Person, by: Witnessed | None = None, **changes: Any) -> Verification:
    done = act(person, house.now, **changes)
    async with house.hall.db.tx() as tx:
        current = await tx.persons.get(person.id)
        assert current is not None
        await verify_identity.record(tx, house.hall, current, done, by or Witnessed("cli:test"), house.now)
    return done


async def level_of(house: PeopleHouse, person: Person) -> Level:
    async with house.hall.db.read() as tx:
        found = await tx.persons.get(person.id)
    assert found is not None
    return found.level


async def caps(house: PeopleHouse, citizen: Citizen) -> dict[str, Level]:
    async with house.hall.db.read() as tx:
        return {one.kind: one.level_cap for one in await tx.authenticators.of_person(citizen.person.id)}


async def test_what_was_seen_is_kept_and_read_again(people: PeopleHouse) -> None:
    lai = (await people.citizen(level=Level.BASIC)).person
    done = await record(people, lai, ends_at=people.now + timedelta(days=300), process="vu-1")
    async with people.hall.db.read() as tx:
        assert await tx.verifications.of_person(lai.id) == [done]
    assert await level_of(people, lai) is Level.SUBSTANTIAL
    [verified] = await people.events(kinds.IDENTITY_VERIFIED)
    assert verified.changed == {"verification_id": done.id, "source": "imported", "level": "substantial"}
    [raised] = await people.events(kinds.PERSON_LEVEL_RAISED)
    assert raised.changed == {"before": "basic", "after": "substantial", "source": "imported"}


async def test_no_route_gives_more_than_its_ceiling(town: PeopleHouse) -> None:
    lai = (await town.citizen(level=Level.BASIC)).person
    for changes in ({"route": "vneid"}, {"route": "vneid", "framework": Framework.VNEID, "level": Level.HIGH}):
        with pytest.raises(ValueError, match="no such level"):
            await record(town, lai, **changes)
    assert await level_of(town, lai) is Level.BASIC


async def test_a_level_from_before_there_was_a_record_is_taken_over_once(people: PeopleHouse) -> None:
    lai = (await people.citizen(level=Level.SUBSTANTIAL)).person
    await record(people, lai, level=Level.LOW)
    async with people.hall.db.read() as tx:
        rows = await tx.verifications.of_person(lai.id)
    assert sorted((one.route, one.level) for one in rows) == [("imported", Level.LOW), ("imported", Level.SUBSTANTIAL)]
    assert await level_of(people, lai) is Level.SUBSTANTIAL


async def test_a_level_falls_to_what_is_left_when_its_end_comes(people: PeopleHouse) -> None:
    lai = (await people.citizen(level=Level.BASIC)).person
    await record(people, lai, level=Level.LOW)
    await record(people, lai, ends_at=people.now + timedelta(days=1))
    people.pass_time(days=1)
    assert await levels.settle_lapsed(people.hall, people.now) == 1
    assert await levels.settle_lapsed(people.hall, people.now) == 0
    assert await level_of(people, lai) is Level.LOW
    [lowered] = await people.events(kinds.PERSON_LEVEL_LOWERED)
    assert lowered.changed == {"before": "substantial", "after": "low", "source": "imported"}


async def test_evidence_that_ends_beside_better_evidence_holds_nobody_up(people: PeopleHouse) -> None:
    """No level changes by it; its end is recorded all the same, and whoever is next in the list has their turn."""
    lai, rin = [(await people.citizen(login, level=Level.BASIC)).person for login in ("lai@thu.vn", "rin@thu.vn")]
    card = await record(people, lai, level=Level.LOW, ends_at=people.now + timedelta(hours=1))
    await record(people, lai, ends_at=people.now + timedelta(days=40))
    await record(people, rin, ends_at=people.now + timedelta(hours=2))
    people.pass_time(hours=2)
    assert await levels.settle_lapsed(people.hall, people.now) == 2
    assert (await level_of(people, lai), await level_of(people, rin)) == (Level.SUBSTANTIAL, Level.BASIC)
    assert card.id in [one.changed["verification_id"] for one in await people.events(kinds.EVIDENCE_LAPSED)]


async def test_evidence_that_is_withdrawn_takes_its_level_along(people: PeopleHouse) -> None:
    lai = (await people.citizen(level=Level.BASIC)).person
    done = await record(people, lai)
    async with people.hall.db.tx() as tx:
        current = await tx.persons.get(lai.id)
        assert current is not None
        ids = frozenset({done.id, "nobody's"})
        await verify_identity.withdraw(tx, people.hall, current, ids, "dsc_revoked", people.now, actor="cli:test")
    assert await level_of(people, lai) is Level.BASIC
    [withdrawn] = await people.events(kinds.EVIDENCE_WITHDRAWN)
    assert withdrawn.changed == {"verification_id": done.id, "reason": "dsc_revoked"}


async def test_whoever_prepared_the_account_gains_nothing_by_the_raise(people: PeopleHouse) -> None:
    """Sessions and lasting access from before end; a code of an app from before bears no more than it did."""
    service = await people.register(terms=terms_of(offline_access="consent"))
    lai = await people.citizen(totp=True, level=Level.BASIC)
    browser = people.browser()
    before = await people.tokens_of(browser, service, lai, acr_values=f"{people.origin}/loa/basic", scope=OFFLINE)
    await record(people, lai.person)
    assert (await people.refresh(service, before["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await people.userinfo(before["access_token"])).status_code == 401
    assert await caps(people, lai) == {"password": Level.BASIC, "totp": Level.BASIC}
    [held] = await people.events(kinds.EARLIER_WAYS_HELD)
    assert (held.changed["sessions"], held.changed["grants"]) == (1, 1)
    page = await people.ask(people.browser(), service, acr_values=f"{people.origin}/loa/substantial")
    page = await people.sign_in(people.browsers[-1], page, lai)
    assert page.answer["error"] == "unmet_authentication_requirements"


async def test_what_was_proven_in_the_act_stays_worth_what_it_is(people: PeopleHouse) -> None:
    lai = await people.citizen(totp=True, level=Level.BASIC)
    async with people.hall.db.read() as tx:
        totp = next(one for one in await tx.authenticators.of_person(lai.person.id) if one.kind == "totp")
    await record(people, lai.person, Witnessed("cli:test", authenticators=frozenset({totp.id})))
    assert await caps(people, lai) == {"password": Level.BASIC, "totp": Level.HIGH}


async def test_people_are_told_once_for_each_of_the_days_ahead(people: PeopleHouse) -> None:
    lai = (await people.citizen(level=Level.BASIC)).person
    await record(people, lai, ends_at=people.now + timedelta(days=70))
    told = []
    for _ in range(72):
        people.pass_time(days=1)
        told.append(await levels.remind(people.hall, people.now) + await levels.remind(people.hall, people.now))
    assert [days for days, count in enumerate(told, 1) if count] == [10, 40, 63]
    notices = [one.changed["notice"] for one in await people.events(kinds.NOTICE_SENT)]
    assert notices.count("level_ends") == sum(told) == 3


async def test_whoever_is_late_is_told_once(town: PeopleHouse) -> None:
    lai = (await town.citizen(level=Level.BASIC)).person
    await record(town, lai, ends_at=town.now + timedelta(days=5))
    assert await levels.remind(town.hall, town.now) == 1
    assert await levels.remind(town.hall, town.now) == 0
