"""The town of the walk through levels: one citizen, two services, two browsers; what is done to them."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

import orjson
from hypothesis.stateful import RuleBasedStateMachine

from idp.audit import kinds
from idp.authn.throttle import ThrottlePolicy
from idp.crypto.base64url import decode
from idp.flows import own_pages, own_verification, verification_cases, verify_identity
from idp.flows.own_pages import Owner
from idp.flows.verify_identity import Witnessed
from idp.flows.visitor import Visitor
from idp.identity.person import Person
from idp.identity.routes import ROUTES
from idp.identity.verification import Verification
from idp.identity.verification_case import CaseState
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from idp.protocol import acr
from tests.doors.little_browser import Browser, Page
from tests.doors.own_authenticators import sign_in_by
from tests.doors.people_house import terms_of
from tests.doors.soft_passkey import SoftPasskey
from tests.doors.vneid_house import LAI, VneidHouse, open_vneid_house
from tests.properties.levels_model import Evidence, Levels
from tests.properties.people_model import _folder

T = TypeVar("T")


@dataclass
class Sent:
    """A code that its service has not redeemed yet."""

    code: str
    service: int
    offline: bool


class LevelsTown(RuleBasedStateMachine):
    """The model with the house it is held against; the rules stand in test_levels_walk.py."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.stack = asyncio.Runner(), AsyncExitStack()
        self.model = Levels()
        self.last_event = 0
        self.code: Sent | None = None
        self.passkey: SoftPasskey | None = None
        self.reports: list[str] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def _build(self, level: Level) -> None:
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(dir=_folder().name))
        shutil.copy(f"{_folder().name}/empty.db", f"{folder}/idp.db")
        opened = open_vneid_house(f"sqlite:///{folder}/idp.db", throttle=ThrottlePolicy.lenient())
        self.house: VneidHouse = await self.stack.enter_async_context(opened)
        terms = terms_of(offline_access="task")
        self.services = [await self.house.service_of(terms=terms, sector=f"H48.0{n}") for n in (1, 2)]
        self.lai = await self.house.citizen(LAI.number, totp=True, level=level)
        self.browsers = [self.house.browser() for _ in range(2)]

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.run(self.stack.aclose())
        self.runner.close()

    # How it is done

    def _answer(self, browser: Browser, page: Page, way: str) -> Page:
        match page.step:
            case "consent":
                return self.run(self.house.allow(browser, page))
            case "otp" if page.has_form("otp"):
                return self.run(self.house.step_up(browser, page, self.lai))
            case _ if (
                page.has_form("credential")
                and self.passkey is not None
                and (way == "passkey" or page.step == "passkey")
            ):
                return self.run(sign_in_by(browser, page, self.passkey))
            case "login" if way.startswith("vneid") and page.leads_to("/vneid?"):
                return self._by_vneid(browser, page, way[-1])
            case "login":
                return self.run(self.house.sign_in(browser, page, self.lai))
            case _:
                return self.run(browser.get(page.link("/cancel")))

    def _by_vneid(self, browser: Browser, page: Page, level: str) -> Page:
        back = self.run(self.house.by_vneid(browser, page, LAI, level=level))
        if not back.is_answer and back.has_form("password") and not back.has_form("username"):
            back = self.run(browser.submit(back, "password", password=self.lai.password))
        self._learn()
        for row in self.run(self._rows()):
            if row.route == "vneid" and row.id not in self.model.evidence and row.at == self.house.now:
                owner = self.run(self._owner(self.browsers.index(browser)))
                assert owner is not None
                session = self.model.sessions[owner.session.id]
                ways = [proof.way for proof in session.living(self.house.now)]
                new = Evidence(Level.LOW if level == "1" else Level.SUBSTANTIAL)
                self.seen["raise by VNeID"] += self.model.verified(row.id, new, self.house.now, session, ways)
        return back

    def _act(self, route: str, level: Level, hours: int | None) -> tuple[Verification, Evidence]:
        """At most what the route gives: more is refused before anything is written (tests/flows)."""
        entry, now = ROUTES[route], self.house.now
        ends_at = None if hours is None else now + timedelta(hours=hours)
        reached = min(level, entry.ceiling)
        done = Verification(new_id(), self.lai.person.id, route, reached, entry.framework, now, ends_at)
        return done, Evidence(reached, ends_at)

    def _learn(self) -> None:
        """What was proven, and in which session, as the audit tells it."""
        for number, event in self.run(self._events()):
            self.last_event = max(self.last_event, number)
            if event.kind in (kinds.SIGN_IN, kinds.STEP_UP):
                self.model.proves(event.changed["session_id"], event.changed["method"], event.at)

    def _said(self, told: dict[str, Any]) -> Level:
        """What both tokens of an answer say of the level: the same."""
        payloads = [orjson.loads(decode(told[name].split(".")[1])) for name in ("access_token", "id_token")]
        [word] = {payload["acr"] for payload in payloads}
        level = acr.level_of(self.house.origin, word)
        assert level is not None
        return level

    async def _events(self) -> list[tuple[int, Any]]:
        async with self.house.hall.db.read() as tx:
            page = await tx.events.page(person_id=self.lai.person.id, limit=30)
        return [(one.id, one.event) for one in reversed(page) if one.id > self.last_event]

    async def _owner(self, seat: int) -> Owner | None:
        cookie = self.browsers[seat].cookie("session")
        visitor = Visitor(session=Secret(cookie) if cookie else None)
        return await own_pages.owner(self.house.hall, visitor, self.house.now)

    async def _person(self) -> Person:
        async with self.house.hall.db.read() as tx:
            found = await tx.persons.get(self.lai.person.id)
        assert found is not None
        return found

    async def _rows(self) -> list[Verification]:
        async with self.house.hall.db.read() as tx:
            return await tx.verifications.of_person(self.lai.person.id)

    async def _living(self) -> list[str]:
        async with self.house.hall.db.read() as tx:
            return [one.id for one, _ in await tx.sessions.of_person(self.lai.person.id, self.house.now)]

    async def _record(self, done: Verification, by: Witnessed) -> None:
        person = await self._person()
        async with self.house.hall.db.tx() as tx:
            await verify_identity.record(tx, self.house.hall, person, done, by, self.house.now)

    async def _accept(self, owner: Owner, done: Verification) -> CaseState:
        by, now = own_verification.witnessed(owner), self.house.now
        async with self.house.hall.db.tx() as tx:
            new = verification_cases.new_case(owner.person, done.route, now, actor=by.actor, target=done.level)
            case = await verification_cases.begin(tx, new)
            return (await verification_cases.accept(tx, self.house.hall, case, done, by, now)).state

    async def _stop(self) -> None:
        person, now = await self._person(), self.house.now
        async with self.house.hall.db.tx() as tx:
            stopped = await verification_cases.stop_all(tx, self.house.hall, person, "not_me", now, actor="walk")
        assert stopped == 1

    async def _withdraw(self, key: str) -> None:
        person = await self._person()
        async with self.house.hall.db.tx() as tx:
            await verify_identity.withdraw(
                tx, self.house.hall, person, frozenset({key}), "dsc_revoked", self.house.now, actor="walk"
            )
