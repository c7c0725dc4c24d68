"""A random walk over everything that people, services and administrators can do, with a model of who may get what.

CVE-2026-18963 and its kin are found by walks: several browsers, several tabs, old forms sent again, links opened by
somebody else, time passing, and things being disabled in the middle.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from idp.authn.throttle import ThrottlePolicy
from idp.flows import people as people_flows
from idp.identity.person import PersonState
from idp.kernel.secret import Secret
from idp.protocol.client import ClientState
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
def _template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="cuachung-walk-")) / "empty.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


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


class PeopleWalk(RuleBasedStateMachine):
    """Each rule is something that somebody can really do with a browser, or an administrator at the command line."""

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

    @initialize(data=st.data(), busy=mostly)
    def open(self, data: st.DataObject, busy: bool) -> None:
        """Mostly on a day on which both browsers were used already."""
        self.run(self._open())
        for seat in range(2 * busy):
            self.ask(seat, seat, None, "openid profile email", None, None, substantial=seat == 0)
            self.go_on(data, seat)

    async def _open(self) -> None:
        folder = tempfile.mkdtemp(prefix="cuachung-walk-")
        self.stack.callback(shutil.rmtree, folder)
        shutil.copy(_template(), f"{folder}/idp.db")
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

    # What services ask

    @rule(
        seat=st.integers(0, 1),
        service=st.integers(0, 1),
        prompt=st.sampled_from([None, None, None, None, "none", "login", "consent", "select_account", "login consent"]),
        scope=st.sampled_from(["openid", "openid profile", "openid profile email", "openid email phone"]),
        max_age=st.sampled_from([None, None, None, None, "0", "600"]),
        substantial=rarely,
        mode=st.sampled_from([None, "form_post"]),
    )
    def ask(
        self,
        seat: int,
        service: int,
        prompt: str | None,
        scope: str,
        max_age: str | None,
        mode: str | None,
        substantial: bool,
    ) -> None:
        acr = f"{self.house.origin}/loa/substantial" if substantial else None
        request = {"prompt": prompt, "scope": scope, "max_age": max_age, "acr_values": acr, "response_mode": mode}
        browser = self.seats[seat].browser
        page = self.run(self.house.ask(browser, self.services[service], **request))
        if service in self.disabled:
            assert page.status == 400
            assert not page.is_answer
            return
        assert page.is_answer or prompt != "none", "prompt=none never shows a page"
        self._arrived(Tab(seat, page, service, request, self.house.now))

    # What people do with the pages

    @precondition(lambda self: self._showing("username"))
    @rule(data=st.data(), person=st.integers(0, 1), right=mostly)
    def sign_in(self, data: st.DataObject, person: int, right: bool) -> None:
        tab, seat = self._tab(data, "username")
        who, before = self.people[person], seat.browser.cookie("session")
        fields = {"username": who.login, "password": who.password if right else "đoán"}
        page = self.run(seat.browser.submit(tab.page, "username", **fields))
        after = seat.browser.cookie("session")
        if after != before:
            assert right
            assert person not in self.suspended
            assert after not in seat.cookies, "a cookie's value never comes back"
            seat.cookies.append(after)
            if seat.who != person:
                seat.code_at = None
            seat.who, seat.signed_in_at = person, self.house.now
        self._went_on(tab, page)

    @precondition(lambda self: self._showing("otp"))
    @rule(data=st.data(), right=mostly)
    def type_code(self, data: st.DataObject, right: bool) -> None:
        tab, seat = self._tab(data, "otp")
        self.house.pass_time(seconds=31)
        code, before = self.house.code_of(self.people[0]) if right else "000000", seat.browser.cookie("session")
        page = self.run(seat.browser.submit(tab.page, "otp", otp=code))
        after = seat.browser.cookie("session")
        if after != before and after is not None:
            assert right
            assert seat.who == 0
            assert after not in seat.cookies
            seat.cookies.append(after)
            seat.code_at = self.house.now
        self._went_on(tab, page)

    @precondition(lambda self: self._showing("decision"))
    @rule(data=st.data(), allow=mostly, boxes=st.sets(st.sampled_from(sorted(OPTIONAL))))
    def decide(self, data: st.DataObject, allow: bool, boxes: set[str]) -> None:
        tab, seat = self._tab(data, "decision")
        given = len(self.run(self.house.events("consent_given")))
        offered = {value for _, value in tab.page.form("decision").boxes}
        sent = sorted(boxes & offered)
        page = self.run(seat.browser.submit(tab.page, "decision", boxes=sent, decision="allow" if allow else "deny"))
        if len(self.run(self.house.events("consent_given"))) > given:
            assert allow
            assert seat.who is not None
            kept = self.ticked.setdefault((seat.who, tab.service), set())
            kept -= offered
            kept |= set(sent)
        self._went_on(tab, page)

    @precondition(lambda self: self.tabs)
    @rule(data=st.data(), way=st.sampled_from(["cancel", "switch", "lang", "reload"]))
    def follow(self, data: st.DataObject, way: str) -> None:
        tab, seat = self._tab(data)
        href = tab.page.url if way == "reload" else next((h for h, _ in tab.page.links if way in h), None)
        if href is None or not href.startswith(("/", self.house.origin)):
            return
        self.house.pass_time(seconds=1)
        before = self.house.now
        page = self.run(seat.browser.get(href))
        if way == "switch" and page.step == "login":
            tab.begun_at = before
        self._went_on(tab, page)

    @precondition(lambda self: self.tabs)
    @rule(data=st.data())
    def open_elsewhere(self, data: st.DataObject) -> None:
        """A link that was sent, or a form that was copied, to another browser."""
        tab, _ = self._tab(data)
        other = self.seats[1 - tab.browser].browser
        before = other.cookie("session")
        page = self.run(other.get(tab.page.url))
        if tab.page.path.startswith("/i/"):
            assert page.status in (400, 403, 410)
            assert not page.is_answer
            for form in tab.page.forms:
                lai = self.people[0]
                fields = {**form.fields, "username": lai.login, "password": lai.password, "decision": "allow"}
                sent = self.run(other.post(form.action, fields.items()))
                assert sent.status in (400, 403, 410)
        assert other.cookie("session") == before

    @precondition(lambda self: self.tabs)
    @rule(data=st.data(), person=st.integers(0, 1))
    def go_on(self, data: st.DataObject, person: int) -> None:
        """What nearly everybody does nearly always: answer the newest page rightly."""
        for _ in range(3):
            page = self.tabs[-1].page
            if page.has_form("username"):
                self.sign_in(data, person, True)
            elif page.has_form("otp"):
                self.type_code(data, True)
            elif page.has_form("decision"):
                self.decide(data, True, {"email"})

    # What people do at their own pages

    @rule(seat=st.integers(0, 1), sure=rarely)
    def sign_out(self, seat: int, sure: bool) -> None:
        at = self.seats[seat]
        page = self.run(at.browser.get("/logout"))
        if page.has_form("logout") and sure:
            self.run(at.browser.submit(page, "logout", logout="yes"))
            at.who = at.signed_in_at = at.code_at = None

    @rule(seat=st.integers(0, 1), sure=rarely)
    def sign_out_everywhere(self, seat: int, sure: bool) -> None:
        at = self.seats[seat]
        if not sure:
            return
        page = self.run(at.browser.get("/account/sessions"))
        if page.has_form("everywhere"):
            who = at.who
            self.run(at.browser.submit(page, "everywhere", everywhere="yes"))
            for one in self.seats:
                if one.who == who:
                    one.who = one.signed_in_at = one.code_at = None

    @rule(seat=st.integers(0, 1))
    def withdraw(self, seat: int) -> None:
        at = self.seats[seat]
        page = self.run(at.browser.get("/account/services"))
        for form in page.forms:
            if "withdraw" in form.names and at.who is not None:
                ids = [service.client.client_id for service in self.services]
                self.ticked.pop((at.who, ids.index(dict(form.buttons)["withdraw"])), None)
                self.run(at.browser.post(form.action, {**form.fields, **dict(form.buttons)}.items()))
                return

    # What time and administrators do

    @rule(minutes=st.sampled_from([0.1, 0.1, 1, 11, 11, 31, 61, 721]))
    def wait(self, minutes: float) -> None:
        self.house.pass_time(minutes=minutes)

    @rule(person=st.integers(0, 1), really=rarely)
    def suspend_or_restore(self, person: int, really: bool) -> None:
        if person not in self.suspended and not really:
            return
        state = PersonState.ACTIVE if person in self.suspended else PersonState.SUSPENDED
        hall, who = self.house.hall, self.people[person].person.id
        self.run(people_flows.set_state(hall, who, state, actor="cli:test", reason="thử", now=self.house.now))
        self.suspended ^= {person}
        for seat in self.seats:
            if seat.who == person:
                seat.who = seat.signed_in_at = seat.code_at = None

    @rule(service=st.integers(0, 1), really=rarely)
    def disable_or_enable(self, service: int, really: bool) -> None:
        if service not in self.disabled and not really:
            return
        state = ClientState.APPROVED if service in self.disabled else ClientState.DISABLED
        self.run(self._set_client_state(service, state))
        self.disabled ^= {service}

    async def _set_client_state(self, service: int, state: ClientState) -> None:
        async with self.house.hall.db.unaudited_tx() as tx:
            await tx.clients.set_state(self.services[service].client.client_id, state, self.house.now)
        self.house.hall.clients.forget()

    # What must hold

    @invariant()
    def nobody_stays_signed_in_who_may_not(self) -> None:
        if hasattr(self, "house"):
            for person in self.suspended:
                assert self.run(self._living_sessions(person)) == 0

    async def _living_sessions(self, person: int) -> int:
        async with self.house.hall.db.read() as tx:
            return len(await tx.sessions.of_person(self.people[person].person.id, self.house.now))

    def _showing(self, control: str) -> list[Tab]:
        """Tabs with this control, the newest first; finished ones too, for that is what the Back button does."""
        return [tab for tab in reversed(self.tabs) if not control or tab.page.has_form(control)]

    def _tab(self, data: st.DataObject, control: str = "") -> tuple[Tab, Seat]:
        found = self._showing(control)
        tab = found[0] if len(found) == 1 or data.draw(mostly) else data.draw(st.sampled_from(found))
        return tab, self.seats[tab.browser]

    def _went_on(self, tab: Tab, page: Page) -> None:
        assert page.status != 404, "never a dead end"
        if page.status in (403, 410, 429):
            assert page.leads_to("motcua.example.vn") or page.leads_to("/account"), "always a way back"
        elif page.is_answer or page.path.startswith("/i/"):
            self._arrived(Tab(tab.browser, page, tab.service, tab.request, tab.begun_at))

    def _arrived(self, tab: Tab) -> None:
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


# The same walks every time: a failure here is one that anybody can look at.
PeopleWalk.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)
TestPeopleWalk = pytest.mark.slow(PeopleWalk.TestCase)
