"""One question to the population register: asked at once, or kept until it can be, and never asked a second time over.

Whoever needs the answer goes on by itself when it comes: the waiter's own work is done in the transaction that stores
it. What can't be reached, or can't be believed, has said nothing, and no person is refused for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from idp.audit import kinds
from idp.audit.event import event
from idp.authn.outage import Phase
from idp.flows import register_word, upstream_health, upstream_pin
from idp.flows.hall import Hall
from idp.flows.upstream_health import POPULATION_REGISTER
from idp.identity.person import PersonState
from idp.identity.register import Answer, Purpose, Question, Verdict
from idp.kernel.ids import new_id
from idp.storage.database import Tx
from idp.storage.register_questions import QuestionState, Stored
from idp.upstream.errors import Reason, UpstreamFailed
from idp.upstream.population_register import RETRIES, Busy, PopulationRegister

Resume: TypeAlias = Callable[[Tx, Stored, Answer, datetime], Awaitable[None]]
"""What a waiter does with a settled answer, within the transaction that stores it: all of it happens, or none."""

# All tries of one question together take less; a node that died gives its questions back after this.
_LEASE: Final = timedelta(seconds=60)
_AT_ONCE: Final = 8
_FIRST_WAIT: Final = timedelta(seconds=2)
_LONGEST_WAIT: Final = timedelta(minutes=5)
_OUTAGE: Final = "outage"


class Absent(Exception):
    """This deployment has no connection to the population register: the route is off."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """Who goes on when the answer is there: a kind that the node's job knows too, and which one of that kind."""

    kind: str
    id: str
    resume: Resume


async def ask(
    hall: Hall,
    person_id: str,
    question: Question,
    purpose: Purpose,
    *,
    actor: str,
    now: datetime,
    waiter: Waiter | None = None,
) -> Stored:
    """The question as it stands after the first try: answered, or waiting for the register.

    A waiter has one question waiting at a time: asking again gives back that one, and nothing is sent. Raises Absent.
    """
    register = _register(hall)
    rests = await upstream_health.phase(hall, now, POPULATION_REGISTER) is Phase.OPEN
    new = Stored(
        id=new_id(),
        register=POPULATION_REGISTER,
        person_id=person_id,
        purpose=purpose,
        actor=actor,
        waiter_kind=waiter.kind if waiter else "",
        waiter_id=waiter.id if waiter else "",
        state=QuestionState.WAITING,
        verdict=None,
        asked_at=now,
        answered_at=None,
        next_try_at=now,
        attempts=1,
        fence=1,
        question=question,
        answer=None,
    )
    async with hall.db.tx() as tx:
        stored = await tx.register_questions.add(new, now + _LEASE)
        if stored is not new:
            return stored
        await tx.events.append(
            event(
                kinds.REGISTER_ASKED,
                at=now,
                actor=actor,
                person_id=person_id,
                purpose=purpose.value,
                register=POPULATION_REGISTER,
                question_id=new.id,
                claims=sorted(question.asked),
            )
        )
    resume = waiter.resume if waiter else None
    if rests:
        await _keep(hall, new, Answer(Verdict.UNAVAILABLE, why=_OUTAGE), resume, now)
    else:
        await _put(hall, register, new, resume, now, retries=RETRIES)
    async with hall.db.read() as tx:
        return await tx.register_questions.get(new.id) or new


async def ask_due(hall: Hall, waiters: Mapping[str, Resume], now: datetime) -> int:
    """Ask what is due, as far as the register's health admits; returns how many. `waiters` by their kind."""
    register = _register(hall)
    phase = await upstream_health.phase(hall, now, POPULATION_REGISTER)
    if phase is Phase.OPEN:
        return 0
    # While it counts as away, one question finds out for all.
    room = 1 if phase is Phase.TRIAL else _AT_ONCE
    async with hall.db.unaudited_tx() as tx:
        leased = await tx.register_questions.lease(POPULATION_REGISTER, now, room, _LEASE)
    await asyncio.gather(*(_ask_again(hall, register, stored, waiters, now) for stored in leased))
    return len(leased)


async def withdraw(tx: Tx, waiter_kind: str, waiter_id: str, *, actor: str, now: datetime) -> bool:
    """Nobody waits for it any more. False: nothing waited. An answer that is on its way changes nothing then."""
    stored = await tx.register_questions.waiting_for(POPULATION_REGISTER, waiter_kind, waiter_id)
    return stored is not None and await _withdraw(tx, stored, actor, now)


async def _ask_again(
    hall: Hall, register: PopulationRegister, stored: Stored, waiters: Mapping[str, Resume], now: datetime
) -> None:
    async with hall.db.read() as tx:
        person = await tx.persons.get(stored.person_id)
    if person is None or person.state is PersonState.CLOSED:
        async with hall.db.tx() as tx:
            await _withdraw(tx, stored, "system", now)
        return
    # A kind that this release does not know waits for one that does, rather than be answered to nobody.
    if stored.waiter_kind and stored.waiter_kind not in waiters:
        await _keep(hall, stored, Answer(Verdict.UNAVAILABLE, why="waiter_unknown"), None, now)
        return
    # The queue is its retry; so a node that stops waits for one try at most.
    await _put(hall, register, stored, waiters.get(stored.waiter_kind), now, retries=0)


async def _put(
    hall: Hall, register: PopulationRegister, stored: Stored, resume: Resume | None, now: datetime, *, retries: int
) -> None:
    """Ask, keep what came of it, and only then count how the register fares: a cache that is away costs no answer."""
    try:
        pin = await upstream_pin.current(hall, POPULATION_REGISTER)
        answer = await register.ask(pin, stored.id, stored.question, stored.purpose, now, retries=retries)
    except UpstreamFailed as failure:
        if failure.reason is Reason.MISTRUSTED:
            await _alarm(hall, stored, failure, now)
        wait = failure.retry_after if isinstance(failure, Busy) else None
        away = Answer(Verdict.UNAVAILABLE, retry_after=wait, why=failure.reason.value)
        await _keep(hall, stored, away, resume, now)
        # What it refuses, or says in a form that can't be believed, does not tell that it is away.
        if failure.reason is Reason.UNAVAILABLE:
            await upstream_health.failed_for(hall, stored.id, now, POPULATION_REGISTER)
        return
    await _keep(hall, stored, answer, resume, now)
    await upstream_health.succeeded(hall, now, POPULATION_REGISTER)


async def _keep(hall: Hall, stored: Stored, answer: Answer, resume: Resume | None, now: datetime) -> None:
    if not answer.is_settled:
        async with hall.db.unaudited_tx() as tx:
            await tx.register_questions.later(stored, answer, now + _wait(stored, answer))
        return
    async with hall.db.tx() as tx:
        if not await tx.register_questions.settled(stored, answer, now):
            return
        await tx.events.append(
            event(
                kinds.REGISTER_ANSWERED,
                at=now,
                actor=register_word.ACTOR,
                person_id=stored.person_id,
                on_behalf_of=stored.actor,
                purpose=stored.purpose.value,
                register=stored.register,
                question_id=stored.id,
                verdict=answer.verdict.value,
                evidence_id=answer.evidence_id,
                attempts=stored.attempts,
            )
        )
        await register_word.act(tx, hall, stored, answer, now)
        # It answers again: whoever could not reach it need not wait until their turn.
        await tx.register_questions.hasten(POPULATION_REGISTER, now, but=Reason.BUSY.value)
        if resume is not None:
            await resume(tx, stored, answer, now)
    hall.outbox_due.set()


async def _alarm(hall: Hall, stored: Stored, failure: UpstreamFailed, now: datetime) -> None:
    """Somebody may be speaking in the register's name: an administrator has to look."""
    async with hall.db.tx() as tx:
        await tx.events.append(
            event(
                kinds.REGISTER_MISTRUSTED,
                at=now,
                actor="system",
                person_id=stored.person_id,
                register=stored.register,
                question_id=stored.id,
                reason=failure.hint,
            )
        )


async def _withdraw(tx: Tx, stored: Stored, actor: str, now: datetime) -> bool:
    if not await tx.register_questions.withdraw(stored.id):
        return False
    await tx.events.append(
        event(
            kinds.REGISTER_WITHDRAWN,
            at=now,
            actor=actor,
            person_id=stored.person_id,
            purpose=stored.purpose.value,
            register=stored.register,
            question_id=stored.id,
        )
    )
    return True


def _wait(stored: Stored, answer: Answer) -> timedelta:
    """As long as the register asks for, or doubling, bounded: 2 s, 4 s, 8 s … 5 min."""
    if answer.retry_after is not None:
        return max(answer.retry_after, _FIRST_WAIT)
    return min(_FIRST_WAIT * (1 << min(stored.attempts - 1, 10)), _LONGEST_WAIT)


def _register(hall: Hall) -> PopulationRegister:
    if hall.population_register is None:
        raise Absent
    return hall.population_register
