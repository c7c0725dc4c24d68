"""A random walk over everything that people, services and administrators can do, with a model of who may get what.

CVE-2026-18963 and its kin are found by walks: several browsers, several tabs, old forms sent again, links opened by
somebody else, time passing, and things being disabled in the middle.
"""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from idp.flows import people as people_flows
from idp.identity.person import PersonState
from idp.protocol.client import ClientState
from tests.properties.people_model import OPTIONAL, Model, Tab, mostly, rarely


class PeopleWalk(Model):
    """Each rule is something that somebody can really do with a browser, or an administrator at the command line."""

    @initialize(data=st.data(), busy=mostly)
    def open(self, data: st.DataObject, busy: bool) -> None:
        """Mostly on a day on which both browsers were used already."""
        self.run(self.build())
        for seat in range(2 * busy):
            self.ask(seat, seat, None, "openid profile email", None, None, substantial=seat == 0)
            self.go_on(data, seat)

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
        self.arrived(Tab(seat, page, service, request, self.house.now))

    # What people do with the pages

    @precondition(lambda self: self.showing("username"))
    @rule(data=st.data(), person=st.integers(0, 1), right=mostly)
    def sign_in(self, data: st.DataObject, person: int, right: bool) -> None:
        tab, seat = self.tab(data, "username")
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
        self.went_on(tab, page)

    @precondition(lambda self: self.showing("otp"))
    @rule(data=st.data(), right=mostly)
    def type_code(self, data: st.DataObject, right: bool) -> None:
        tab, seat = self.tab(data, "otp")
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
        self.went_on(tab, page)

    @precondition(lambda self: self.showing("decision"))
    @rule(data=st.data(), allow=mostly, boxes=st.sets(st.sampled_from(sorted(OPTIONAL))))
    def decide(self, data: st.DataObject, allow: bool, boxes: set[str]) -> None:
        tab, seat = self.tab(data, "decision")
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
        self.went_on(tab, page)

    @precondition(lambda self: self.tabs)
    @rule(data=st.data(), way=st.sampled_from(["cancel", "switch", "lang", "reload"]))
    def follow(self, data: st.DataObject, way: str) -> None:
        tab, seat = self.tab(data)
        href = tab.page.url if way == "reload" else next((h for h, _ in tab.page.links if way in h), None)
        if href is None or not href.startswith(("/", self.house.origin)):
            return
        self.house.pass_time(seconds=1)
        before = self.house.now
        page = self.run(seat.browser.get(href))
        if way == "switch" and page.step == "login":
            tab.begun_at = before
        self.went_on(tab, page)

    @precondition(lambda self: self.tabs)
    @rule(data=st.data())
    def open_elsewhere(self, data: st.DataObject) -> None:
        """A link that was sent, or a form that was copied, to another browser."""
        tab, _ = self.tab(data)
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


# The same walks every time: a failure here is one that anybody can look at.
PeopleWalk.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None, derandomize=True)
TestPeopleWalk = pytest.mark.timeout(600)(pytest.mark.slow(PeopleWalk.TestCase))
