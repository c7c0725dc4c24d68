"""What somebody could gain by evidence from afar that is not theirs, or while their account is in question."""

from datetime import timedelta
from typing import Any

import pytest

from idp.audit import kinds
from idp.authn.recovery_rules import Recovery, State
from idp.flows import verification_cases
from idp.identity.person import Person, PersonState
from idp.identity.routes import ROUTES
from idp.identity.routes.route import EvidenceRoute
from idp.identity.verification import Framework
from idp.identity.verification_case import CaseState, VerificationCase
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from tests.doors.people_house import PeopleHouse
from tests.flows.test_verification_cases import BY, begin, stored
from tests.flows.test_verify_identity import act, level_of

NUMBER = "051158990137"
CLAIMS = {"name": "Phạm Thị Lài", "birthdate": "1958-03-12", "qn:pin": NUMBER}


@pytest.fixture(autouse=True)
def afar(monkeypatch: pytest.MonkeyPatch) -> None:
    """A route on which nobody stands before an officer."""
    route = EvidenceRoute("afar", Framework.PROVINCE, Level.LOW, "for tests", waits=True)
    monkeypatch.setitem(ROUTES, route.name, route)


async def accept(house: PeopleHouse, person: Person, **claims: str) -> VerificationCase:
    case = await begin(house, person)
    done = act(person, house.now, Level.LOW, route="afar", process=case.id, claims=CLAIMS | claims)
    async with house.hall.db.tx() as tx:
        return await verification_cases.accept(tx, house.hall, case, done, BY, house.now)


async def bearer(house: PeopleHouse) -> str | None:
    async with house.hall.db.read() as tx:
        return await tx.persons.find("national_id", NUMBER)


async def test_a_number_waits_its_day_though_no_level_rises(town: PeopleHouse) -> None:
    """Else whoever is verified already takes a number at once, and nobody is told."""
    lai = (await town.citizen(level=Level.LOW)).person
    standing = await accept(town, lai)
    assert standing.state is CaseState.STANDS
    assert await bearer(town) is None
    assert [one.changed["notice"] for one in await town.events(kinds.NOTICE_SENT)] == ["raise_waits"]
    town.pass_time(days=1)
    assert await verification_cases.settle_due(town.hall, town.now) == 1
    assert await bearer(town) == lai.id


@pytest.mark.parametrize("claims", [{"name": "Trần Văn Trộm"}, {"birthdate": "1990-01-01"}])
async def test_whoever_was_verified_as_one_person_is_not_verified_as_another(
    town: PeopleHouse, claims: dict[str, Any]
) -> None:
    lai = (await town.citizen(level=Level.LOW)).person
    refused = await accept(town, lai, **claims)
    assert (refused.state, refused.reason) == (CaseState.REFUSED, "data_differs")
    async with town.hall.db.read() as tx:
        kept = await tx.persons.get(lai.id)
    assert kept is not None
    assert kept.facts["name"].value == "Phạm Thị Lài"
    assert await bearer(town) is None


async def test_nobody_is_another_by_being_verified_as_somebody_in_between(town: PeopleHouse) -> None:
    lai = (await town.citizen(level=Level.BASIC)).person
    standing = await accept(town, lai, name="Trần Văn Trộm")
    assert standing.state is CaseState.STANDS
    async with town.hall.db.unaudited_tx() as tx:
        await tx.persons.set_level(lai.id, Level.LOW, None, town.now)
    town.pass_time(days=1)
    assert await verification_cases.settle_due(town.hall, town.now) == 0
    assert (await stored(town, standing)).reason == "data_differs"
    assert await bearer(town) is None


async def test_the_same_name_in_another_writing_is_the_same_person(town: PeopleHouse) -> None:
    lai = (await town.citizen(level=Level.LOW, birthdate="1958")).person
    assert (await accept(town, lai, name="PHẠM THỊ LÀI")).state is CaseState.STANDS


async def test_what_stands_its_day_does_not_count_for_an_account_that_is_held(town: PeopleHouse) -> None:
    lai = (await town.citizen(level=Level.BASIC)).person
    standing = await accept(town, lai)
    async with town.hall.db.unaudited_tx() as tx:
        await tx.persons.set_state(lai.id, PersonState.SUSPENDED, town.now)
    town.pass_time(days=1)
    assert await verification_cases.settle_due(town.hall, town.now) == 0
    assert await level_of(town, lai) is Level.BASIC
    assert await bearer(town) is None, "a number of the dead is nobody's to take"
    assert (await stored(town, standing)).state is CaseState.STOPPED


async def test_what_stands_its_day_does_not_count_while_the_account_is_recovered(town: PeopleHouse) -> None:
    """Whoever takes the account over would gain a level that somebody else prepared."""
    lai = (await town.citizen(level=Level.BASIC)).person
    standing = await accept(town, lai)
    async with town.hall.db.unaudited_tx() as tx:
        begun = Recovery(
            *(new_id(), lai.id, State.RUNNING, town.now, town.now + timedelta(days=1)),
            *(town.now + timedelta(days=8), b"theirs"),
        )
        assert await tx.recoveries.begin(begun, ("phone", "paper"))
    town.pass_time(days=1)
    assert await verification_cases.settle_due(town.hall, town.now) == 0
    assert await level_of(town, lai) is Level.BASIC
    assert (await stored(town, standing)).reason == "recovery_running"
