"""Questions to registers of the State: what was asked of whom, for what and by whom, until it is answered; the answer.

Question and answer stand under the person's key; in clear are the verdict and who waits for it. Of several nodes one
has a question at a time, for as long as its lease, and only the holder of the newest fence may mark it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)

from idp.crypto.field_encryption import DataKey, Vault
from idp.identity.register import (
    Answer,
    Purpose,
    Question,
    Verdict,
    answer_from_json,
    answer_to_json,
    question_from_json,
    question_to_json,
)
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.persons import data_key_of, persons
from idp.storage.statement import Row, Statement, insert_row, insert_unless_exists
from idp.storage.types import Instant, dumps, loads


class QuestionState(StrEnum):
    """`WITHDRAWN`: whoever waited for it no longer does, so it is asked no more."""

    WAITING = "waiting"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


register_questions = Table(
    "register_questions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("register", Text, nullable=False),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("actor", Text, nullable=False),
    # Who is to be told when it is answered, such as a case of verification; empty: nobody.
    Column("waiter_kind", Text, nullable=False),
    Column("waiter_id", Text, nullable=False),
    Column("question", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("verdict", Text),
    Column("reason", Text),
    Column("answer", LargeBinary),
    Column("asked_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("next_try_at", Instant),
    Column("leased_until", Instant),
    Column("attempts", Integer, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Index("ix_register_questions_person_id_asked_at", "person_id", "asked_at"),
)
# What is settled has no next try, so this index holds the waiting ones only.
Index(
    "ix_register_questions_next_try_at",
    register_questions.c.next_try_at,
    postgresql_where=register_questions.c.next_try_at.is_not(None),
    sqlite_where=register_questions.c.next_try_at.is_not(None),
)
# A case waits for one answer of a register at a time, however often somebody presses the button.
Index(
    "uq_register_questions_waiter",
    register_questions.c.register,
    register_questions.c.waiter_kind,
    register_questions.c.waiter_id,
    unique=True,
    postgresql_where=and_(
        register_questions.c.state == QuestionState.WAITING.value, register_questions.c.waiter_id != ""
    ),
    sqlite_where=and_(register_questions.c.state == QuestionState.WAITING.value, register_questions.c.waiter_id != ""),
)

_T = register_questions.c
_NOW: Final = bindparam("now", type_=Instant())
_COLUMNS = (
    *(_T.id, _T.register, _T.person_id, _T.purpose, _T.actor, _T.waiter_kind, _T.waiter_id, _T.state, _T.verdict),
    *(_T.asked_at, _T.answered_at, _T.next_try_at, _T.attempts, _T.fence, _T.question, _T.answer, persons.c.data_key),
)
_READ = select(*_COLUMNS).join_from(register_questions, persons)
_ADD = insert_row(register_questions)
_ADD_UNLESS_ASKED = insert_unless_exists(register_questions)
_GET = Statement(_READ.where(_T.id == bindparam("key")))
_WAITING_FOR = Statement(
    _READ.where(
        _T.register == bindparam("asked_register"),
        _T.waiter_kind == bindparam("kind"),
        _T.waiter_id == bindparam("waiter"),
        _T.state == QuestionState.WAITING.value,
    )
)
_OF_PERSON = Statement(
    _READ.where(_T.person_id == bindparam("person"))
    .order_by(_T.asked_at.desc(), _T.id.desc())
    .limit(bindparam("count"))
)
_DUE = (
    select(_T.id)
    .where(
        _T.register == bindparam("asked_register"),
        _T.next_try_at <= _NOW,
        or_(_T.leased_until.is_(None), _T.leased_until <= _NOW),
    )
    .order_by(_T.next_try_at, _T.id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_LEASE = Statement(
    update(register_questions)
    .where(_T.id.in_(_DUE))
    .values(leased_until=bindparam("until"), fence=_T.fence + 1, attempts=_T.attempts + 1)
    .returning(_T.id)
)
_HELD: ColumnElement[bool] = and_(
    _T.id == bindparam("key"), _T.fence == bindparam("held_fence"), _T.state == QuestionState.WAITING.value
)
_SETTLED = Statement(
    update(register_questions)
    .where(_HELD)
    .values(
        state=QuestionState.ANSWERED.value,
        verdict=bindparam("word"),
        reason=None,
        answer=bindparam("sealed"),
        answered_at=bindparam("now"),
        next_try_at=None,
        leased_until=None,
    )
)
_LATER = Statement(
    update(register_questions)
    .where(_HELD)
    .values(verdict=bindparam("word"), reason=bindparam("why"), next_try_at=bindparam("again_at"), leased_until=None)
)
_WITHDRAW = Statement(
    update(register_questions)
    .where(_T.id == bindparam("key"), _T.state == QuestionState.WAITING.value)
    .values(state=QuestionState.WITHDRAWN.value, next_try_at=None, leased_until=None)
)
# What another transaction holds is hastened by that one, or being asked: nobody waits for it here.
_COULD_NOT_REACH = (
    select(_T.id)
    .where(
        _T.register == bindparam("asked_register"),
        _T.next_try_at > _NOW,
        _T.verdict == Verdict.UNAVAILABLE.value,
        _T.reason != bindparam("but"),
    )
    .with_for_update(skip_locked=True)
)
_HASTEN = Statement(update(register_questions).where(_T.id.in_(_COULD_NOT_REACH)).values(next_try_at=_NOW))
_REASONS = Statement(
    select(func.coalesce(_T.reason, literal_column("''")), func.count())
    .where(_T.next_try_at.is_not(None))
    .group_by(_T.reason)
    .order_by(func.count().desc())
)
_DEPTH = Statement(select(func.count(), func.min(_T.asked_at)).where(_T.next_try_at.is_not(None)))


@dataclass(frozen=True, slots=True)
class Stored:
    """One question as it stands. `answer` is there once it is settled; `verdict` may be one that settles nothing."""

    id: str
    register: str
    person_id: str
    purpose: Purpose
    actor: str
    waiter_kind: str
    waiter_id: str
    state: QuestionState
    verdict: Verdict | None
    asked_at: datetime
    answered_at: datetime | None
    next_try_at: datetime | None
    attempts: int
    fence: int
    question: Question = field(repr=False)
    answer: Answer | None = field(repr=False)


class RegisterQuestions:
    """The repository. When to ask again is the flow's rule."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, new: Stored, leased_until: datetime | None) -> Stored:
        """The new one; or, where its waiter has a question waiting already, that one. Raises LookupError: no person."""
        key = await self._data_key(new.person_id)
        values: dict[str, Any] = {
            "id": new.id,
            "register": new.register,
            "person_id": new.person_id,
            "purpose": new.purpose.value,
            "actor": new.actor,
            "waiter_kind": new.waiter_kind,
            "waiter_id": new.waiter_id,
            "question": key.encrypt(
                dumps(question_to_json(new.question)).encode(), context=_context(new.id, "question")
            ),
            "state": new.state.value,
            "verdict": None,
            "reason": None,
            "answer": None,
            "asked_at": new.asked_at,
            "answered_at": None,
            "next_try_at": new.next_try_at,
            "leased_until": leased_until,
            "attempts": new.attempts,
            "fence": new.fence,
        }
        if not new.waiter_id:
            await self._connection.run(_ADD, **values)
        elif not await self._connection.run(_ADD_UNLESS_ASKED, **values):
            before = await self.waiting_for(new.register, new.waiter_kind, new.waiter_id)
            if before is None:
                raise LookupError("neither added nor waiting")
            return before
        return new

    async def get(self, question_id: str) -> Stored | None:
        row = await self._connection.row(_GET, key=question_id)
        return None if row is None else self._stored(row)

    async def waiting_for(self, register: str, waiter_kind: str, waiter_id: str) -> Stored | None:
        row = await self._connection.row(_WAITING_FOR, asked_register=register, kind=waiter_kind, waiter=waiter_id)
        return None if row is None else self._stored(row)

    async def of_person(self, person_id: str, limit: int = 50) -> list[Stored]:
        """The newest first."""
        return [self._stored(row) for row in await self._connection.rows(_OF_PERSON, person=person_id, count=limit)]

    async def lease(self, register: str, now: datetime, limit: int, lease_for: timedelta) -> list[Stored]:
        """Due questions for this node alone until the lease ends. Commit before asking."""
        rows = await self._connection.rows(_LEASE, asked_register=register, now=now, count=limit, until=now + lease_for)
        found = [await self.get(str(row[0])) for row in rows]
        return [stored for stored in found if stored is not None]

    async def settled(self, stored: Stored, answer: Answer, now: datetime) -> bool:
        """False when the lease was lost, or nobody waits any more: then this answer changes nothing."""
        key = await self._data_key(stored.person_id)
        sealed = key.encrypt(dumps(answer_to_json(answer)).encode(), context=_context(stored.id, "answer"))
        marked = await self._connection.run(
            _SETTLED, key=stored.id, held_fence=stored.fence, word=answer.verdict.value, sealed=sealed, now=now
        )
        return marked == 1

    async def later(self, stored: Stored, answer: Answer, again_at: datetime) -> bool:
        """To be asked again: the register has not decided, or could not be reached."""
        word, why = answer.verdict.value, answer.why
        marked = await self._connection.run(
            _LATER, key=stored.id, held_fence=stored.fence, word=word, why=why, again_at=again_at
        )
        return marked == 1

    async def withdraw(self, question_id: str) -> bool:
        return await self._connection.run(_WITHDRAW, key=question_id) == 1

    async def hasten(self, register: str, now: datetime, but: str) -> int:
        """The register answers again: what could not reach it is due now, except for the reason `but`."""
        return await self._connection.run(_HASTEN, asked_register=register, now=now, but=but)

    async def depth(self) -> tuple[int, datetime | None]:
        """How many wait, and since when the oldest of them."""
        row = await self._connection.row(_DEPTH)
        return (0, None) if row is None else (int(row[0]), row[1])

    async def reasons(self) -> list[tuple[str, int]]:
        """Why they wait, the most frequent first; empty: they were not tried yet."""
        return [(str(row[0]), int(row[1])) for row in await self._connection.rows(_REASONS)]

    async def _data_key(self, person_id: str) -> DataKey:
        key = await data_key_of(self._connection, self._vault, person_id)
        if key is None:
            raise LookupError("no such person")
        return key

    def _stored(self, row: Row) -> Stored:
        question_id, register, person_id, purpose, actor, waiter_kind, waiter_id, state, verdict = row[:9]
        asked_at, answered_at, next_try_at, attempts, fence, question, sealed_answer, data_key = row[9:]
        key = self._vault.unwrap(data_key)
        answer = None
        if sealed_answer is not None:
            answer = answer_from_json(loads(key.decrypt(sealed_answer, context=_context(question_id, "answer"))))
        return Stored(
            id=question_id,
            register=register,
            person_id=person_id,
            purpose=Purpose(purpose),
            actor=actor,
            waiter_kind=waiter_kind,
            waiter_id=waiter_id,
            state=QuestionState(state),
            verdict=Verdict(verdict) if verdict is not None else None,
            asked_at=asked_at,
            answered_at=answered_at,
            next_try_at=next_try_at,
            attempts=attempts,
            fence=fence,
            question=question_from_json(loads(key.decrypt(question, context=_context(question_id, "question")))),
            answer=answer,
        )


def _context(question_id: str, part: str) -> str:
    return f"register_question:{question_id}:{part}"
