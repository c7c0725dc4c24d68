"""The register goes away and comes back: every question waits, each is answered once, and nobody asks a second time."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from idp.audit import kinds
from idp.authn.outage import Phase
from idp.cache import CacheUnavailable
from idp.crypto.keyed_index import KeyedIndex
from idp.flows import register_check, upstream_health
from idp.flows.upstream_health import POPULATION_REGISTER
from idp.identity.person import PersonState
from idp.identity.register import Answer, Verdict
from idp.storage.database import Database, Tx
from idp.storage.register_questions import QuestionState, Stored
from sandbox.population_register.faults import Fault
from tests.doors.machine_house import ROOTS
from tests.doors.register_house import LAI, RIN, RegisterHouse, question


async def phase(house: RegisterHouse) -> Phase:
    return await upstream_health.phase(house.hall, house.now, POPULATION_REGISTER)


async def ask_of_many(house: RegisterHouse, count: int) -> list[str]:
    """As many cases, of one person, each with its question."""
    lai = await house.lai()
    return [(await house.inquire(lai, question(), f"case-{n}")).id for n in range(count)]


async def test_a_register_that_is_down_is_left_alone_and_everything_goes_on_when_it_is_back(
    register: RegisterHouse,
) -> None:
    await register.stop()
    await ask_of_many(register, 4)
    assert await phase(register) is Phase.OPEN
    tried = len(register.pauses)
    [declared] = await register.events(kinds.OUTAGE_DECLARED)
    assert declared.changed["upstream"] == POPULATION_REGISTER
    late = await register.inquire((await register.citizen(RIN.number)).person.id, question(RIN), "case-9")
    assert (late.verdict, len(register.pauses)) == (Verdict.UNAVAILABLE, tried), "nobody waits for what is known"
    assert await register.ask_due() == 0
    register.pass_time(seconds=31)
    assert await phase(register) is Phase.TRIAL
    assert await register.ask_due() == 1, "one question finds out for all"
    assert await register.ask_due() == 0
    await register.start()
    register.pass_time(seconds=31)
    rounds = 0
    while await register.ask_due():
        rounds += 1
        assert rounds < 10
    told = Counter(case for case, _ in register.waiting.told)
    assert told == Counter(["case-0", "case-1", "case-2", "case-3", "case-9"])
    assert all(answer.verdict is Verdict.MATCH for _, answer in register.waiting.told)
    assert len(await register.events(kinds.REGISTER_ASKED)) == 5
    assert len(await register.events(kinds.REGISTER_ANSWERED)) == 5
    assert len(await register.events(kinds.OUTAGE_ENDED)) == 1
    assert set(register.simulator.heard.values()) == {1}


async def test_one_question_that_always_fails_declares_no_outage(register_town: RegisterHouse) -> None:
    await register_town.stop()
    await ask_of_many(register_town, 1)
    for _ in range(6):
        register_town.pass_time(seconds=6)
        await register_town.ask_due()
    assert await phase(register_town) is Phase.CLOSED


async def test_whoever_presses_twice_has_asked_once(register: RegisterHouse) -> None:
    await register.stop()
    lai = await register.lai()
    first = await register.inquire(lai, question(), "case-1")
    again = await register.inquire(lai, question(), "case-1")
    assert again.id == first.id
    assert len(await register.events(kinds.REGISTER_ASKED)) == 1


async def test_two_nodes_that_ask_at_once_answer_each_question_once(
    register: RegisterHouse, stores: tuple[str, str | None]
) -> None:
    await register.stop()
    ids = await ask_of_many(register, 6)
    await register.start()
    register.pass_time(minutes=6)
    hall = register.hall
    on_postgres = stores[0].startswith("postgresql")
    # SQLite has one process; its second worker stands on the same connection.
    other = await Database.open(stores[0], hall.vault, KeyedIndex(ROOTS.index_key)) if on_postgres else hall.db
    try:
        second = replace(hall, db=other)
        while sum(await asyncio.gather(register.ask_due(), register.ask_due(second), register.ask_due())):
            pass
    finally:
        if other is not hall.db:
            await other.close()
    assert Counter(case for case, _ in register.waiting.told) == Counter(f"case-{n}" for n in range(6))
    assert {register.simulator.heard[one] for one in ids} == {1}
    assert len(await register.events(kinds.REGISTER_ANSWERED)) == 6


async def test_a_case_that_can_not_go_on_leaves_the_question_waiting(register: RegisterHouse) -> None:
    """What the case does and what the register said are one: either both are there, or the question is asked again."""

    async def stumble(_tx: Tx, _stored: Stored, _answer: Answer, _now: object) -> None:
        raise LookupError("a bug of the case")

    await register.stop()
    [question_id] = await ask_of_many(register, 1)
    await register.start()
    register.pass_time(minutes=6)
    with pytest.raises(LookupError):
        await register_check.ask_due(register.hall, {"case": stumble}, register.now)
    assert await register.events(kinds.REGISTER_ANSWERED) == []
    register.pass_time(minutes=2)
    assert await register.ask_due() == 1
    assert [case for case, _ in register.waiting.told] == ["case-0"]
    [evidence] = {answer.evidence_id for _, answer in register.waiting.told}
    assert register.simulator.known[question_id][1] == evidence, "one question, one piece of evidence"


async def test_a_kind_of_waiter_of_a_later_release_is_left_to_a_node_that_knows_it(
    register_town: RegisterHouse,
) -> None:
    await register_town.stop()
    await ask_of_many(register_town, 1)
    await register_town.start()
    register_town.pass_time(minutes=6)
    assert await register_check.ask_due(register_town.hall, {}, register_town.now) == 1
    assert not register_town.simulator.heard
    register_town.pass_time(minutes=6)
    assert await register_town.ask_due() == 1
    assert len(register_town.waiting.told) == 1


async def test_what_nobody_waits_for_is_asked_no_more(register: RegisterHouse) -> None:
    await register.stop()
    lai = await register.lai()
    kept = await register.inquire(lai, question(), "case-1")
    async with register.hall.db.tx() as tx:
        assert await register_check.withdraw(tx, "case", "case-1", actor="officer:o1", now=register.now)
    async with register.hall.db.tx() as tx:
        assert not await register_check.withdraw(tx, "case", "case-1", actor="officer:o1", now=register.now)
    gone = await register.inquire(lai, question(), "case-2")
    async with register.hall.db.unaudited_tx() as tx:
        await tx.persons.set_state(lai, PersonState.CLOSED, register.now)
    await register.start()
    register.pass_time(minutes=6)
    while await register.ask_due():
        pass
    assert register.waiting.told == []
    assert not register.simulator.heard
    async with register.hall.db.read() as tx:
        states = {one.id: one.state for one in await tx.register_questions.of_person(lai)}
    assert states == dict.fromkeys((kept.id, gone.id), QuestionState.WITHDRAWN)
    actors = [event.actor for event in await register.events(kinds.REGISTER_WITHDRAWN)]
    assert sorted(actors) == ["officer:o1", "system"]


async def test_a_person_reads_that_the_register_was_asked_when_why_and_by_whom(register_town: RegisterHouse) -> None:
    lai = await register_town.citizen(LAI.number)
    await register_town.inquire(lai.person.id, question())
    browser = register_town.browser()
    page = await register_town.sign_in(browser, await browser.get("/account/history"), lai)
    assert "Đối chiếu thông tin với cơ sở dữ liệu quốc gia về dân cư" in page.text
    assert "Cơ sở dữ liệu quốc gia về dân cư trả lời" in page.text
    entries = [await browser.get(href) for href, _ in page.links if href.startswith("/account/history/")]
    [asked] = [one for one in entries if "Đối chiếu thông tin" in one.text]
    assert "Xác minh danh tính" in asked.text
    assert "Ngày sinh" in asked.text
    assert "Công chức tại quầy" in asked.text
    [answered] = [one for one in entries if "dân cư trả lời" in one.text]
    assert "Khớp" in answered.text
    assert not answered.leads_to("not-me")


async def test_the_page_shows_who_is_there_and_what_goes_wrong(register_town: RegisterHouse) -> None:
    shown = await register_town.page.get("/", params={"q": "Lài"})
    assert shown.status_code == 200
    assert LAI.number in shown.text
    assert RIN.number not in shown.text
    await register_town.fault(Fault.DECEASED, LAI.number)
    shown = await register_town.page.get("/")
    assert 'value="deceased" selected' in shown.text
    for form in ({"fault": "no_such"}, {"fault": "timeout", "number": LAI.number}, {"fault": "revoked", "number": "1"}):
        assert (await register_town.page.post("/faults", data=form)).status_code == 400
    hostile = await register_town.page.get("/", params={"q": '"><script>'})
    assert "<script>" not in hostile.text


async def test_a_cache_that_is_away_costs_no_answer(
    register: RegisterHouse, stores: tuple[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_arguments: object) -> None:
        raise CacheUnavailable("away")

    lai = await register.lai()
    monkeypatch.setattr(upstream_health, "succeeded", away)
    with pytest.raises(CacheUnavailable):
        await register.inquire(lai, question(), "case-1")
    assert [answer.verdict for _, answer in register.waiting.told] == [Verdict.MATCH]
    assert len(await register.events(kinds.REGISTER_ANSWERED)) == 1


async def test_a_node_that_died_while_it_asked_gives_its_question_back(register: RegisterHouse) -> None:
    await register.stop()
    [question_id] = await ask_of_many(register, 1)
    await register.start()
    register.pass_time(minutes=6)
    async with register.hall.db.unaudited_tx() as tx:
        # Leased, and then nothing was ever heard of that node again.
        [dead] = await tx.register_questions.lease(POPULATION_REGISTER, register.now, 5, timedelta(seconds=60))
    register.pass_time(seconds=59)
    assert await register.ask_due() == 0
    register.pass_time(seconds=2)
    assert await register.ask_due() == 1
    assert [case for case, _ in register.waiting.told] == ["case-0"]
    async with register.hall.db.unaudited_tx() as tx:
        late = Answer(Verdict.NOT_FOUND, {}, register.now, "c06-late")
        assert not await tx.register_questions.settled(dead, late, register.now), "whoever comes late is not heard"
        stored = await tx.register_questions.get(question_id)
    assert stored is not None
    assert stored.verdict is Verdict.MATCH
