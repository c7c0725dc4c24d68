"""What evidence does to a level, and services hear of it: in the transaction in which it happens."""

from collections.abc import AsyncIterator

import pytest

from idp.flows import verify_identity
from idp.kernel.level import Level
from idp.protocol.security_event import EventType
from tests.doors.people_house import PeopleHouse, open_people_house
from tests.doors.test_security_events import poll, polling, visited
from tests.doors.test_security_events import verified as read
from tests.doors.verified_people import verified


@pytest.fixture
async def town(stores: tuple[str, str | None]) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(*stores) as house:
        yield house


async def test_evidence_that_is_withdrawn_lowers_a_level_and_the_service_hears_of_it(town: PeopleHouse) -> None:
    service = await polling(town)
    lai, [known_as] = await visited(town, service)
    done = await verified(town, lai)
    assert (await poll(town, service))["sets"] == {}
    async with town.hall.db.tx() as tx:
        person = await tx.persons.get(lai.person.id)
        assert person is not None
        gone = frozenset({done.id})
        await verify_identity.withdraw(tx, town.hall, person, gone, "signer_revoked", town.now, actor="system")
    told = [await read(town, one, "secevent+jwt") for one in (await poll(town, service))["sets"].values()]
    [change] = [claims for claims in told if EventType.ASSURANCE_LEVEL_CHANGE in claims["events"]]
    assert change["sub_id"]["sub"] == known_as
    said = change["events"][EventType.ASSURANCE_LEVEL_CHANGE]
    assert said["previous_level"].endswith(Level.SUBSTANTIAL.word)
    assert said["current_level"].endswith(Level.BASIC.word)
    assert said["change_direction"] == "decrease"
