"""What a walk at random must find true: who proved what in which browser, and what a code may therefore say."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from idp.authn.throttle import ThrottlePolicy
from idp.kernel.secret import Secret
from idp.storage import migrate
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, open_people_house, terms_of

T = TypeVar("T")
CLAIMS = {"profile": "name", "email": "email", "phone": "phone_number"}
OPTIONAL = frozenset({"email", "phone"})
LAPSES = timedelta(hours=12)
_MOST_TABS = 8
mostly = st.sampled_from([True, True, True, True, False])
rarely = st.sampled_from([False, False, False, True])


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """With an upgraded file in it; gone with the process."""
    made = tempfile.TemporaryDirectory(prefix="cuachung-walk-")
    migrate.upgrade(f"sqlite:///{made.name}/empty.db")
    return made


@dataclass
class Tab:
    """A page that stands open in a browser, and what was asked when it was begun."""

    browser: int
    page: Page
    service: int
    request: dict[str, str | None]
    begun_at: datetime


@dataclass
class Seat:
    """What the model knows of one browser: who proved what here, and when."""

    browser: Browser
    who: int | None = None
    signed_in_at: datetime | None = None
    code_at: datetime | None = None
    cookies: list[str | None] = field(default_factory=list)


class Model(RuleBasedStateMachine):
    """The town, and what must hold in it whatever happens; the rules stand in test_people_walks.py."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.tabs: list[Tab] = []
        self.answers = 0
        self.ticked: dict[tuple[int, int], set[str]] = {}
        self.suspended: set[int] = set()
        self.disabled: set[int] = set()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def build(self) -> None:
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(dir=_folder().name))
        shutil.copy(f"{_folder().name}/empty.db", f"{folder}/idp.db")
        opened = open_people_house(f"sqlite:///{folder}/idp.db", throttle=ThrottlePolicy.lenient())
        self.house: PeopleHouse = await self.stack.enter_async_context(opened)
        terms = terms_of(profile="consent", email="optional", phone="optional")
        self.services: list[Service] = [await self.house.register(terms=terms) for _ in range(2)]
        self.people: list[Citizen] = [
            await self.house.citizen(totp=True),
            await self.house.citizen("rin@thu.example.vn", name="Đinh Văn Rin", email="rin@thu.example.vn"),
        ]
        self.seats = [Seat(self.house.browser()) for _ in range(2)]

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()

    # What must hold

    @invariant()
    def nobody_stays_signed_in_who_may_not(self) -> None:
        if hasattr(self, "house"):
            for person in self.suspended:
                assert self.run(self._living_sessions(person)) == 0

    async def _living_sessions(self, person: int) -> int:
        async with self.house.hall.db.read() as tx:
            return len(await tx.sessions.of_person(self.people[person].person.id, self.house.now))

    def showing(self, control: str) -> list[Tab]:
        """Tabs with this control, the newest first; finished ones too, for that is what the Back button does."""
        return [tab for tab in reversed(self.tabs) if not control or tab.page.has_form(control)]

    def tab(self, data: st.DataObject, control: str = "") -> tuple[Tab, Seat]:
        found = self.showing(control)
        tab = found[0] if len(found) == 1 or data.draw(mostly) else data.draw(st.sampled_from(found))
        return tab, self.seats[tab.browser]

    def went_on(self, tab: Tab, page: Page) -> None:
        assert page.status != 404, "never a dead end"
        if page.status in (403, 410, 429):
            assert page.leads_to("motcua.example.vn") or page.leads_to("/account"), "always a way back"
        elif page.is_answer or page.path.startswith("/i/"):
            self.arrived(Tab(tab.browser, page, tab.service, tab.request, tab.begun_at))

    def arrived(self, tab: Tab) -> None:
        if tab.page.is_answer:
            assert ("code" in tab.page.answer) is not ("error" in tab.page.answer)
            if "code" in tab.page.answer:
                self._check_code(tab)
        else:
            self.tabs = [*self.tabs[-_MOST_TABS:], tab]

    def _check_code(self, tab: Tab) -> None:
        """A code says what this browser proved, releases what this person agreed to, and comes once."""
        seat, service = self.seats[tab.browser], self.services[tab.service]
        assert tab.service not in self.disabled
        assert seat.who is not None, "a code appears only after a proof in this browser"
        assert seat.who not in self.suspended
        assert seat.signed_in_at is not None
        assert self.house.now - seat.signed_in_at < LAPSES
        prompt = (tab.request["prompt"] or "").split()
        if {"login", "select_account"} & set(prompt):
            assert seat.signed_in_at >= tab.begun_at
        if tab.request["max_age"] is not None:
            oldest = self.house.now - timedelta(seconds=int(tab.request["max_age"]))
            assert seat.signed_in_at >= min(tab.begun_at, oldest)
        code = Secret(tab.page.answer["code"])
        answer = self.run(self.house.redeem(service, code))
        assert answer.status_code == 200, answer.text
        tokens = answer.json()
        told = self.run(self.house.introspect(service, tokens["access_token"]))
        if told["acr"].endswith("/substantial"):
            assert seat.code_at is not None
            assert self.house.now - seat.code_at < LAPSES
            assert "login" not in prompt or seat.code_at >= tab.begun_at
        elif tab.request["acr_values"] is not None:
            raise AssertionError("a level below what was asked")
        released = self.run(self.house.userinfo(tokens["access_token"])).json()
        asked = set((tab.request["scope"] or "").split())
        ticked = self.ticked.get((seat.who, tab.service), set())
        for scope, claim in CLAIMS.items():
            if claim in released:
                assert scope in asked, "scope never grows"
                assert scope not in OPTIONAL or scope in ticked, "what was refused is not released"
        if "name" in released:
            assert released["name"] == self.people[seat.who].name
        assert self.run(self.house.redeem(service, code)).json()["error"] == "invalid_grant"
        self.answers += 1
