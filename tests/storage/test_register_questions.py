"""Questions to a register: one node has one at a time, its newest holder alone marks it, and a case waits for one."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.matching import Match
from idp.identity.register import Answer, Purpose, Question, Verdict
from idp.kernel.ids import new_id
from idp.storage.database import Database
from idp.storage.register_questions import QuestionState, Stored
from tests.storage.fixtures import NOW, SOON, person

LEASE = timedelta(seconds=60)
REGISTER = "population_register"
HIEN = Question(IdentityNumber(NumberKind.PIN, "051168000123"), "Nguyễn Thị Thu Hiền", "1968-02-29", "female")
MATCH = Answer(Verdict.MATCH, dict.fromkeys(HIEN.asked, Match.EXACT), NOW, "c06-7", signed="a.b.c")
AWAY = Answer(Verdict.UNAVAILABLE, why="unavailable")


def asked(person_id: str, waiter: str = "", **changes: object) -> Stored:
    kind = "verification" if waiter else ""
    stored = Stored(
        new_id(), REGISTER, person_id, Purpose.VERIFY_IDENTITY, "officer:o1", kind, waiter, QuestionState.WAITING, None,
        NOW, None, NOW, 0, 0, HIEN, None,
    )  # fmt: skip
    return replace(stored, **changes)  # type: ignore[arg-type] # each test names a true field


async def put(database: Database, count: int = 1) -> list[Stored]:
    someone = person()
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        return [await tx.register_questions.add(asked(someone.id), None) for _ in range(count)]


async def test_a_question_is_leased_answered_and_found_again(database: Database) -> None:
    [new] = await put(database)
    async with database.unaudited_tx() as tx:
        assert await tx.register_questions.depth() == (1, NOW)
        [leased] = await tx.register_questions.lease(REGISTER, NOW, 5, LEASE)
        assert (leased.id, leased.question, leased.attempts, leased.fence) == (new.id, HIEN, 1, 1)
        assert await tx.register_questions.lease(REGISTER, NOW, 5, LEASE) == []
        assert await tx.register_questions.settled(leased, MATCH, SOON)
        assert not await tx.register_questions.settled(leased, MATCH, SOON)
        assert await tx.register_questions.depth() == (0, None)
        [found] = await tx.register_questions.of_person(new.person_id)
    assert (found.state, found.verdict, found.answer) == (QuestionState.ANSWERED, Verdict.MATCH, MATCH)
    assert (found.answered_at, found.next_try_at) == (SOON, None)


async def test_a_lost_lease_marks_nothing(database: Database) -> None:
    await put(database)
    async with database.unaudited_tx() as tx:
        [slow] = await tx.register_questions.lease(REGISTER, NOW, 5, LEASE)
        [quick] = await tx.register_questions.lease(REGISTER, NOW + LEASE, 5, LEASE)
        assert quick.fence == slow.fence + 1
        assert not await tx.register_questions.settled(slow, MATCH, SOON)
        assert not await tx.register_questions.later(slow, AWAY, SOON)
        assert await tx.register_questions.settled(quick, MATCH, SOON)


async def test_nodes_that_lease_at_once_share_and_none_has_anothers(database: Database) -> None:
    new = await put(database, 12)

    async def node() -> list[str]:
        async with database.unaudited_tx() as tx:
            return [one.id for one in await tx.register_questions.lease(REGISTER, NOW, 4, LEASE)]

    found = [one for ids in await asyncio.gather(*(node() for _ in range(4))) for one in ids]
    while len(found) < len(new):
        more = await node()
        assert more
        found += more
    assert sorted(found) == sorted(one.id for one in new)


async def test_what_could_not_be_reached_waits_and_is_due_when_it_can(database: Database) -> None:
    new = await put(database, 3)
    later, why = NOW + timedelta(minutes=5), ("unavailable", "busy", "")
    async with database.unaudited_tx() as tx:
        for one, reason in zip(await tx.register_questions.lease(REGISTER, NOW, 5, LEASE), why, strict=True):
            word = Verdict.UNAVAILABLE if reason else Verdict.PENDING
            assert await tx.register_questions.later(one, Answer(word, why=reason), later)
        assert await tx.register_questions.lease(REGISTER, later - timedelta(seconds=1), 5, LEASE) == []
        assert dict(await tx.register_questions.reasons()) == dict.fromkeys(why, 1)
        assert await tx.register_questions.hasten(REGISTER, SOON, but="busy") == 1
        [due] = await tx.register_questions.lease(REGISTER, SOON, 5, LEASE)
        assert due.verdict is Verdict.UNAVAILABLE
        assert len(await tx.register_questions.lease(REGISTER, later, 5, LEASE)) == len(new)


async def test_a_case_waits_for_one_answer_at_a_time(database: Database) -> None:
    someone = person()
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        first = await tx.register_questions.add(asked(someone.id, "case-1"), None)
        again = await tx.register_questions.add(asked(someone.id, "case-1"), None)
        other = await tx.register_questions.add(asked(someone.id, "case-2"), None)
        assert again.id == first.id != other.id
        assert await tx.register_questions.withdraw(first.id)
        assert not await tx.register_questions.withdraw(first.id)
        assert await tx.register_questions.waiting_for(REGISTER, "verification", "case-1") is None
        assert not await tx.register_questions.settled(first, MATCH, SOON), "nobody waits for it any more"
        anew = await tx.register_questions.add(asked(someone.id, "case-1"), None)
        assert anew.id not in (first.id, other.id)


async def test_a_question_about_nobody_is_none(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.unaudited_tx() as tx:
            await tx.register_questions.add(asked(new_id()), None)
