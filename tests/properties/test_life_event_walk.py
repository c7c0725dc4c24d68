"""Events, reversals and administrators' decisions at random: the account is what stands asks for, nobody is inside."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from idp.flows import life_events, people
from idp.flows.life_events import Report
from idp.flows.people import EventStands
from idp.identity.life_event import RULES, LifeEventKind, Teller
from idp.identity.person import Person, PersonState
from idp.kernel.errors import Refusal
from idp.storage import migrate
from tests.doors.machine_house import House, open_house

T = TypeVar("T")
ACTIVE, SUSPENDED, CLOSED = PersonState.ACTIVE, PersonState.SUSPENDED, PersonState.CLOSED
ORDER = (ACTIVE, SUSPENDED, CLOSED)
TELLERS = st.sampled_from(Teller)
NAMES = ("Phạm Thị Lài", "Phạm Thị Lài Hương", "Y Hyêm", "Kơ̆")


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    made = tempfile.TemporaryDirectory(prefix="cuachung-lives-")
    migrate.upgrade(f"sqlite:///{made.name}/empty.db")
    return made


@dataclass
class Standing:
    """One event as the model knows it."""

    id: str
    kind: LifeEventKind
    teller: Teller
    name: str = ""


class Lives(RuleBasedStateMachine):
    """One person. The model holds a state of their own and a list of what stands, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.stack = asyncio.Runner(), AsyncExitStack()
        self.base, self.standing = ACTIVE, list[Standing]()
        self.names: list[str] = []

    @initialize()
    def begin(self) -> None:
        made = tempfile.TemporaryDirectory(prefix="cuachung-life-")
        self.stack.callback(made.cleanup)
        shutil.copy(f"{_folder().name}/empty.db", f"{made.name}/idp.db")
        opened = open_house(f"sqlite:///{made.name}/idp.db", None)
        self.house: House = self.runner.run(self.stack.enter_async_context(opened))
        self.person = self.runner.run(self.house.person(name=NAMES[0])).id

    @property
    def wanted(self) -> PersonState:
        asked = [RULES[one.kind][one.teller].state or ACTIVE for one in self.standing]
        return max((self.base, *asked), key=ORDER.index)

    @rule(kind=st.sampled_from(LifeEventKind), teller=TELLERS, name=st.sampled_from(NAMES))
    def report(self, kind: LifeEventKind, teller: Teller, name: str) -> None:
        self.house.pass_time(seconds=1)
        now = self.house.now
        new = {"name": name} if kind is LifeEventKind.NAME_CHANGED else {}
        told = Report(kind, teller, now - timedelta(days=365 * 70), now, new)
        taking = teller in RULES[kind] and RULES[kind][teller].state is not None
        again = taking and any((one.kind, one.teller) == (kind, teller) for one in self.standing)
        try:
            done = self.run(life_events.record(self.house.hall, self.person, told, actor="walk", now=now))
        except Refusal:
            assert again or teller not in RULES[kind]
            return
        assert not again
        assert teller in RULES[kind]
        self.standing.append(Standing(done.event_id, kind, teller, new.get("name", "")))

    @precondition(lambda self: self.standing)
    @rule(which=st.integers(0, 20), teller=TELLERS)
    def reverse(self, which: int, teller: Teller) -> None:
        self.house.pass_time(seconds=1)
        one = self.standing[which % len(self.standing)]
        allowed = teller is not Teller.RELATIVE and (one.teller is not Teller.REGISTER or teller is Teller.REGISTER)
        try:
            self.run(
                life_events.reverse(self.house.hall, self.person, one.id, teller, actor="walk", now=self.house.now)
            )
        except Refusal:
            assert not allowed
            return
        assert allowed
        self.standing.remove(one)

    @rule(state=st.sampled_from([ACTIVE, SUSPENDED, ACTIVE, SUSPENDED, CLOSED]))
    def decide(self, state: PersonState) -> None:
        held = any(RULES[one.kind][one.teller].state for one in self.standing)
        try:
            changed = self.run(
                people.set_state(self.house.hall, self.person, state, actor="walk", reason="walk", now=self.house.now)
            )
        except EventStands:
            assert held
            assert state is ACTIVE
            return
        assert changed is (self.base not in (state, CLOSED))
        if changed:
            self.base = state

    @rule()
    def sign_in(self) -> None:
        """Somebody comes in while they may."""
        if self.wanted is ACTIVE:
            person = self.run(self._person())
            self.run(self.house.session(person))

    @invariant()
    def the_account_is_what_stands_asks_for(self) -> None:
        if not hasattr(self, "person"):
            return
        person = self.run(self._person())
        assert person.state is self.wanted
        renamed = [one.name for one in self.standing if one.name]
        assert person.facts["name"].value == (renamed[-1] if renamed else NAMES[0])
        if self.wanted is not ACTIVE:
            assert self.run(self._living()) == []

    async def _person(self) -> Person:
        async with self.house.hall.db.read() as tx:
            found = await tx.persons.get(self.person)
        assert found is not None
        return found

    async def _living(self) -> list[str]:
        async with self.house.hall.db.read() as tx:
            return [one.id for one, _ in await tx.sessions.of_person(self.person, self.house.now)]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()


Lives.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None, derandomize=True)
TestLives = pytest.mark.timeout(300)(pytest.mark.slow(Lives.TestCase))
