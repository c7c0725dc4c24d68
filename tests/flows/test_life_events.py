"""What happens in people's lives acts at once, on whose word it may, and its reversal gives back no session."""

import asyncio
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from idp.audit import kinds
from idp.flows import evidence_binding, find_people, identity_numbers, life_events
from idp.flows import people as people_flows
from idp.flows.life_events import AlreadyBound, Done, NobodyHere, Report
from idp.identity import identity_number, name_search
from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.life_event import LifeEventKind, Teller
from idp.identity.person import Person, PersonState
from idp.identity.personal_history import Kept, current
from idp.kernel.errors import Refusal
from idp.kernel.level import Level
from tests.doors.people_house import Citizen, PeopleHouse
from tests.doors.test_every_disable_acts_at_once import EVERYTHING, TOKENS, Visit, refresh, silent_authorize, visit
from tests.doors.test_history import open_entry

DEATH, REVOKED = LifeEventKind.DEATH, LifeEventKind.NUMBER_REVOKED
NEW_CARD, RENAMED = LifeEventKind.NEW_CARD, LifeEventKind.NAME_CHANGED
REGISTER, COUNTER, RELATIVE = Teller.REGISTER, Teller.COUNTER, Teller.RELATIVE
OLD, NEW = "051158990137", "051158990222"


async def report(
    house: PeopleHouse, citizen: Citizen, kind: LifeEventKind, teller: Teller, number: str | None = None, **name: str
) -> Done:
    house.pass_time(seconds=1)
    borne = None if number is None else IdentityNumber(NumberKind.PIN, number)
    told = Report(kind, teller, datetime(1969, 7, 20, tzinfo=UTC), house.now - timedelta(days=1), name, borne)
    return await life_events.record(house.hall, citizen.person.id, told, actor="cli:test", now=house.now)


async def take_back(house: PeopleHouse, citizen: Citizen, done: Done, teller: Teller = REGISTER) -> Done:
    house.pass_time(seconds=1)
    return await life_events.reverse(
        house.hall, citizen.person.id, done.event_id, teller, actor="cli:test", now=house.now
    )


async def person_of(house: PeopleHouse, citizen: Citizen) -> Person:
    async with house.hall.db.read() as tx:
        found = await tx.persons.get(citizen.person.id)
    assert found is not None
    return found


async def numbered(house: PeopleHouse) -> Citizen:
    """Somebody whose number is known here."""
    lai = await house.citizen()
    async with house.hall.db.unaudited_tx() as tx:
        number = IdentityNumber(NumberKind.PIN, OLD)
        await identity_numbers.bind(tx, lai.person.id, number)
        await identity_numbers.remember(tx, lai.person.id, number, source="counter", now=house.now)
    return lai


@pytest.mark.parametrize(
    ("kind", "teller", "state"),
    [
        (DEATH, REGISTER, PersonState.CLOSED),
        (DEATH, RELATIVE, PersonState.SUSPENDED),
        (REVOKED, REGISTER, PersonState.SUSPENDED),
    ],
)
async def test_a_death_or_a_revoked_number_ends_every_path_at_once(
    people: PeopleHouse, kind: LifeEventKind, teller: Teller, state: PersonState
) -> None:
    at = await visit(people, "openid profile offline_access")
    done = await report(people, at.lai, kind, teller)
    assert (done.state, done.sessions) == (state, 1)
    for column in EVERYTHING:
        assert not await column(at), column.__name__
    assert people.hall.outbox_due.is_set()
    [told] = await people.events(kinds.LIFE_EVENT_RECORDED)
    assert told.changed == {
        "reason": kind.value,
        "event_id": done.event_id,
        "source": teller.value,
        "before": "active",
        "state": state.value,
        "sessions": 1,
    }


async def test_a_wrong_report_gives_back_the_state_and_no_session(people: PeopleHouse) -> None:
    at = await visit(people, "openid profile offline_access")
    dead = await report(people, at.lai, DEATH, REGISTER)
    for teller in (COUNTER, RELATIVE):
        with pytest.raises(Refusal):
            await take_back(people, at.lai, dead, teller)
    assert (await take_back(people, at.lai, dead)).state is PersonState.ACTIVE
    for column in (*TOKENS, silent_authorize):
        assert not await column(at), column.__name__
    assert (await people.walk(at.browser, at.service, at.lai, scope="openid profile")).answer["code"]
    [told] = await people.events(kinds.LIFE_EVENT_REVERSED)
    assert (told.changed["before"], told.changed["state"]) == ("closed", "active")
    with pytest.raises(Refusal):
        await take_back(people, at.lai, dead)


async def test_whoever_lives_is_told_that_somebody_said_otherwise(town: PeopleHouse) -> None:
    lai = await town.citizen()

    async def told() -> list[str]:
        return [str(event.changed["notice"]) for event in reversed(await town.events(kinds.NOTICE_SENT))]

    said = await report(town, lai, DEATH, RELATIVE)
    await report(town, lai, NEW_CARD, COUNTER)
    await take_back(town, lai, said, COUNTER)
    of_a_life = sorted(await told())
    assert of_a_life == ["account_held", "account_released"]
    await report(town, lai, DEATH, REGISTER)
    assert sorted(await told()) == of_a_life, "nobody writes to the dead"


async def test_three_dates_are_kept_apart(town: PeopleHouse) -> None:
    lai = await town.citizen()
    await report(town, lai, NEW_CARD, COUNTER)
    async with town.hall.db.read() as tx:
        [kept] = await tx.life_events.of_person(lai.person.id)
    assert kept.effective_at == datetime(1969, 7, 20, tzinfo=UTC)
    assert (kept.known_at, kept.recorded_at) == (town.now - timedelta(days=1), town.now)
    again = await report(town, lai, NEW_CARD, REGISTER)
    assert again.event_id != kept.id, "a card may be renewed again"


async def test_an_administrators_word_stays_below_the_events(town: PeopleHouse) -> None:
    lai, hall = await town.citizen(), town.hall

    async def decide(state: PersonState) -> bool:
        return await people_flows.set_state(hall, lai.person.id, state, actor="cli:test", reason="test", now=town.now)

    dead = await report(town, lai, DEATH, RELATIVE)
    with pytest.raises(people_flows.EventStands):
        await decide(PersonState.ACTIVE)
    assert await decide(PersonState.SUSPENDED)
    assert (await take_back(town, lai, dead, COUNTER)).state is PersonState.SUSPENDED
    assert await decide(PersonState.ACTIVE)
    again = await report(town, lai, DEATH, REGISTER)
    assert await decide(PersonState.CLOSED)
    assert (await take_back(town, lai, again)).state is PersonState.CLOSED


async def test_a_new_name_is_told_at_once_and_the_old_one_still_finds(people: PeopleHouse) -> None:
    at = await visit(people)
    new = {"name": unicodedata.normalize("NFD", "Phạm Thị  Lài Hương"), "given_name": "Hương"}
    renamed = await report(people, at.lai, RENAMED, REGISTER, **new)
    assert renamed.state is PersonState.ACTIVE
    assert await refresh(at), "a name takes no session"
    told = (await people.userinfo(at.tokens["access_token"])).json()
    assert (told["name"], told["given_name"], "family_name" in told) == ("Phạm Thị Lài Hương", "Hương", False)
    assert await found(people, "pham huong") == await found(people, "lai huong") == [at.lai.person.id]
    await take_back(people, at.lai, renamed)
    facts = (await person_of(people, at.lai)).facts
    assert (facts["name"].value, facts["given_name"].value, facts["family_name"].value) == (
        "Phạm Thị Lài",
        "Lài",
        "Phạm",
    )
    assert (await found(people, "pham huong"), await found(people, "pham lai")) == ([], [at.lai.person.id])


async def found(house: PeopleHouse, text: str) -> list[str]:
    page = await find_people.by_name(house.hall, name_search.parse(text))
    assert page.after is None
    return [person.id for person in page.people]


async def test_another_number_signs_in_and_the_old_one_only_tells_who_it_was(people: PeopleHouse) -> None:
    lai, hall = await numbered(people), people.hall
    await report(people, lai, REVOKED, REGISTER)
    card = await report(people, lai, NEW_CARD, REGISTER, NEW)
    assert card.state is PersonState.ACTIVE, "the ground of the revocation has gone"
    assert (await person_of(people, lai)).level is Level.BASIC
    async with hall.db.read() as tx:
        assert await tx.persons.find("national_id", OLD) is None
        assert await tx.persons.find("national_id", NEW) == lai.person.id
        assert await identity_numbers.owner(tx, IdentityNumber(NumberKind.PIN, OLD)) == lai.person.id
        assert await identity_numbers.old_numbers(tx, lai.person.id) == (OLD,)
    wrong = await take_back(people, lai, card)
    assert wrong.state is PersonState.SUSPENDED, "and is there again"
    async with hall.db.read() as tx:
        assert await tx.persons.find("national_id", OLD) == lai.person.id
        assert await identity_numbers.owner(tx, IdentityNumber(NumberKind.PIN, NEW)) is None
        assert await identity_numbers.old_numbers(tx, lai.person.id) == ()
        borne = current(await tx.personal_history.of_person(lai.person.id), Kept.NUMBER)
    assert borne is not None
    assert identity_numbers.from_json(borne.value).value == OLD


async def test_evidence_of_a_number_that_was_replaced_is_none(town: PeopleHouse) -> None:
    lai = await numbered(town)
    await report(town, lai, NEW_CARD, REGISTER, NEW)
    async with town.hall.db.read() as tx:
        codes = [
            await evidence_binding.refusal(tx, lai.person.id, IdentityNumber(NumberKind.PIN, number))
            for number in (OLD, NEW)
        ]
    assert codes == ["identity_number_differs", None]


async def test_a_card_with_another_persons_number_is_a_case_and_changes_nothing(people: PeopleHouse) -> None:
    owner = await numbered(people)
    other = await people.citizen("khoa.le@thu.example.vn", name="Lê Minh Khoa")
    with pytest.raises(AlreadyBound) as bound:
        await report(people, other, NEW_CARD, REGISTER, OLD)
    async with people.hall.db.read() as tx:
        [case] = await tx.cases.of_person(owner.person.id)
        assert await tx.life_events.of_person(other.person.id) == []
    assert (case.id, case.kind) == (bound.value.case_id, "identity_already_bound")


@pytest.mark.parametrize(
    ("kind", "teller", "more", "key"),
    [
        (RENAMED, REGISTER, {}, "life_event_name"),
        (DEATH, REGISTER, {"name": "Lê Ấn"}, "life_event_name"),
        (REVOKED, REGISTER, {"number": NEW}, "life_event_number"),
        (RENAMED, RELATIVE, {"name": "Lê Ấn"}, "life_event_teller"),
        (NEW_CARD, COUNTER, {"number": NEW}, "life_event_teller"),
    ],
)
async def test_what_may_not_be_reported_leaves_nothing(
    town: PeopleHouse, kind: LifeEventKind, teller: Teller, more: dict[str, str], key: str
) -> None:
    lai = await town.citizen()
    with pytest.raises(Refusal) as refused:
        await report(town, lai, kind, teller, **more)
    assert refused.value.key == key
    async with town.hall.db.read() as tx:
        assert await tx.life_events.of_person(lai.person.id) == []
    told = Report(DEATH, REGISTER, town.now, town.now)
    with pytest.raises(NobodyHere):
        await life_events.record(town.hall, "nobody", told, actor="cli:test", now=town.now)


async def test_the_same_death_reported_twice_at_once_is_recorded_once(people: PeopleHouse) -> None:
    lai = await people.citizen()
    done = await asyncio.gather(*(report(people, lai, DEATH, RELATIVE) for _ in range(4)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Done", "Refusal", "Refusal", "Refusal"]


async def test_the_history_page_says_what_was_recorded(town: PeopleHouse) -> None:
    at: Visit = await visit(town)
    await report(town, at.lai, NEW_CARD, REGISTER)
    page = await at.browser.get("/account/history")
    assert "Ghi nhận thay đổi về giấy tờ hoặc nhân thân" in page.text
    entry = await open_entry(at.browser, page, "Ghi nhận thay đổi")
    for said in ("Cấp thẻ mới", "Cơ sở dữ liệu của Nhà nước", "Người quản trị hệ thống"):
        assert said in entry.text


def test_a_masked_number_is_what_a_page_may_show() -> None:
    assert identity_number.mask(IdentityNumber(NumberKind.PIN, OLD)) == "051•••••0137"
