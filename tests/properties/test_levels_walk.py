"""Evidence, sign-ins, waiting raises and life events at random: no token ever says more than the evidence behind it.

Issue 5's own sentence is the law here: nobody finds a level without its evidence, nor one laundered through an older
session, an authenticator that was enrolled before, or a refresh. What is allowed is in levels_model.py.
"""

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from idp.audit import kinds
from idp.flows import credentials, levels, life_events, verification_cases
from idp.flows.life_events import Report
from idp.flows.verify_identity import Witnessed
from idp.identity.life_event import LifeEventKind, Teller
from idp.identity.routes import ROUTES
from idp.identity.verification_case import CaseState
from idp.kernel.errors import Refusal
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from idp.protocol import acr
from tests.doors.own_authenticators import LIST, enrolled, go, options, soft_passkey
from tests.properties.levels_model import Case, Evidence, Token, Way, proven
from tests.properties.levels_town import LevelsTown, Sent
from tests.properties.people_model import mostly, rarely

SEATS = st.integers(0, 1)
HOURS = st.sampled_from([None, 2, 2, 960])
IN_PRESENCE = sorted(name for name, route in ROUTES.items() if route.in_presence)
FROM_AFAR = sorted(name for name, route in ROUTES.items() if route.waits)
WAYS_IN = st.sampled_from(["password", "password", "passkey", "vneid_1", "vneid_2"])
OWN_WAYS = st.sampled_from(["password", "passkey"])
REPORTS = [("death", "register"), ("death", "relative"), ("number_revoked", "register")]
OFFLINE, PLAIN = "openid offline_access", "openid"
_MOST_TOKENS = 6
_LOOKED_AT = 2
seldom = st.integers(0, 11).map(lambda n: n == 7)


class LevelsWalk(LevelsTown):
    """One citizen whose password, telephone and passkey two browsers know: hers, and that of whoever came first."""

    @initialize(
        level=st.sampled_from([Level.BASIC, Level.BASIC, Level.BASIC, Level.LOW, Level.SUBSTANTIAL]),
        enrols=mostly,
        by=st.sampled_from(["register", "counter", "vneid", "register", "nothing"]),
        kept=mostly,
    )
    def begin(self, level: Level, enrols: bool, by: str, kept: bool) -> None:
        """A level from before there was evidence is evidence too: of whoever brought it along."""
        self.run(self._build(level))
        if level > Level.BASIC:
            self.model.evidence["before"] = Evidence(level)
        self.model.ways |= {kind: Way(kind) for kind in ("password", "totp")}
        for seat in range(2):
            self.ask(seat, seat, "password", True, seat == 0, False, True)
        if enrols:
            self.enrol(1)
        match by:
            case "counter":
                self.verify_in_presence(by, Level.SUBSTANTIAL, 2, kept)
            case "register":
                self.verify_from_afar(0, by, None, "password", "passkey", True)
            case "vneid":
                self.ask(0, 0, "vneid_2", True, True, True, True)
            case _:
                pass

    # Evidence

    @rule(route=st.sampled_from(IN_PRESENCE), level=st.sampled_from(Level), hours=HOURS, kept=mostly)
    def verify_in_presence(self, route: str, level: Level, hours: int | None, kept: bool) -> None:
        """`kept`: the citizen showed everything that was enrolled before, and said that it is theirs."""
        done, new = self._act(route, level, hours)
        ways = list(self.model.ways.values()) if kept else []
        ids = frozenset(one.id for one in self.run(enrolled(self.house, self.lai))) if kept else frozenset[str]()
        self.run(self._record(done, Witnessed("officer:an", None, ids)))
        self.seen["raise"] += self.model.verified(done.id, new, self.house.now, ways=ways)

    @precondition(lambda self: self.model.case is None)
    @rule(seat=SEATS, route=st.sampled_from(FROM_AFAR), hours=HOURS, way=OWN_WAYS, then=OWN_WAYS, at_once=mostly)
    def verify_from_afar(self, seat: int, route: str, hours: int | None, way: str, then: str, at_once: bool) -> None:
        """In a session that is there, or that is opened for it."""
        if self.run(self._owner(seat)) is None:
            self.ask(seat, 0, way, False, False, False, False)
        owner = self.run(self._owner(seat))
        if owner is None:
            return
        done, new = self._act(route, Level.HIGH, hours)
        session = self.model.sessions[owner.session.id]
        ways = [proof.way for proof in session.living(self.house.now)]
        case = self.run(self._accept(owner, done))
        if case is CaseState.ACCEPTED:
            assert not self.model.verified(done.id, new, self.house.now), "no raise from afar counts at once"
        else:
            self.model.case = Case(new, session, ways, self.house.now + timedelta(hours=24))
            self.case_id = done.id
            if at_once:
                self.wait_its_day(seat, then, True)

    @rule()
    def look_after(self) -> None:
        """The jobs of each minute: what lapsed, and what stood its day."""
        counted = self.run(verification_cases.settle_due(self.house.hall, self.house.now))
        case, self_id = self.model.case, getattr(self, "case_id", "")
        if counted:
            assert case is not None
            assert self.house.now >= case.due_at
            self.model.case = None
            raised = self.model.verified(self_id, case.evidence, self.house.now, case.session, case.ways)
            self.seen["raise after a day"] += raised
        self.run(levels.settle_lapsed(self.house.hall, self.house.now))

    @precondition(lambda self: self.model.case is not None)
    @rule(seat=SEATS, way=WAYS_IN, meanwhile=mostly)
    def wait_its_day(self, seat: int, way: str, meanwhile: bool) -> None:
        """Somebody comes in meanwhile, mostly, by whatever they have."""
        assert self.model.case is not None
        self.house.now = max(self.house.now, self.model.case.due_at - timedelta(minutes=20))
        if meanwhile:
            self.ask(seat, 1, way, True, True, False, True)
        self.house.pass_time(minutes=20)
        self.look_after()
        if meanwhile:
            self.ask(seat, 0, way, True, False, False, True)

    @precondition(lambda self: self.model.case is not None)
    @rule(sure=rarely)
    def stop(self, sure: bool) -> None:
        """Whoever says "this wasn't me" stops what stands."""
        if not sure:
            return
        self.run(self._stop())
        self.model.case = None

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        """A signer revoked, a card reported wrong: what stood on it falls at once."""
        rows = [one for one in self.run(self._rows()) if one.counts(self.house.now)]
        if not rows:
            return
        one = data.draw(st.sampled_from(rows))
        self.run(self._withdraw(one.id))
        self.model.evidence[one.id if one.id in self.model.evidence else "before"].withdrawn = True
        self.seen["withdrawn"] += 1

    @rule(minutes=st.sampled_from([1, 3, 4, 29, 61, 721, 1441, 1441, 40 * 1440]))
    def pass_time(self, minutes: int) -> None:
        self.house.pass_time(minutes=minutes)

    @precondition(lambda self: any(one.ends_at is not None for one in self.model.evidence.values()))
    @rule(data=st.data(), job=mostly)
    def come_to_an_end(self, data: st.DataObject, job: bool) -> None:
        """Of the evidence that ends next, while what was proven still lives; the job may be late."""
        ends = [one.ends_at for one in self.model.evidence.values() if one.counts(self.house.now) and one.ends_at]
        if not ends:
            return
        self.ask(0, 0, "password", True, True, False, True)
        self.house.now = max(self.house.now, min(ends))
        self.seen["ended"] += 1
        if any(one.refresh is not None for one in self.model.tokens):
            self.refresh(data)
        if job:
            self.look_after()

    # Sign-ins

    @rule(seat=SEATS, service=SEATS, way=WAYS_IN, offline=mostly, strong=mostly, anew=rarely, redeemed=mostly)
    def ask(self, seat: int, service: int, way: str, offline: bool, strong: bool, anew: bool, redeemed: bool) -> None:
        """A service sends its visitor, who does what is asked; `strong`: the one-time code too, where it helps."""
        self.house.pass_time(seconds=31)
        asked: dict[str, str | None] = {"scope": OFFLINE if offline else PLAIN, "prompt": "login" if anew else None}
        if strong:
            asked["acr_values"] = f"{self.house.origin}/loa/substantial {self.house.origin}/loa/basic"
        browser = self.browsers[seat]
        page = self.run(self.house.ask(browser, self.services[service], **asked))
        for _ in range(5):
            if page.is_answer or page.step not in ("login", "otp", "passkey", "consent", "vneid"):
                break
            page = self._answer(browser, page, way)
            self._learn()
        if page.is_answer and "code" in page.answer:
            self.code = Sent(page.answer["code"], service, offline)
            if redeemed:
                self.redeem()

    @precondition(lambda self: self.code is not None)
    @rule()
    def redeem(self) -> None:
        sent, self.code = self.code, None
        assert sent is not None
        event = self.run(self.house.events(kinds.CODE_ISSUED))[0]
        session = self.model.sessions[event.changed["session_id"]]
        answer = self.run(self.house.redeem(self.services[sent.service], Secret(sent.code)))
        if answer.status_code != 200:
            return
        assert not session.over, "a code of a session that is over"
        told = answer.json()
        said = self._said(told)
        assert said <= self.model.worth(session, self.house.now)
        proofs = session.living(self.house.now)
        now, access = self.house.now, told["access_token"]
        made = Token(sent.service, session, proofs, said, now, access, told.get("refresh_token"))
        self.model.tokens = [*self.model.tokens[-_MOST_TOKENS:], made]
        self.seen[f"code: {said.word}"] += 1

    @precondition(lambda self: any(one.refresh is not None for one in self.model.tokens))
    @rule(data=st.data())
    def refresh(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from([one for one in reversed(self.model.tokens) if one.refresh is not None]))
        if token.refresh is None:
            return
        answer = self.run(self.house.refresh(self.services[token.service], token.refresh))
        if answer.status_code != 200:
            self.seen["refresh refused"] += 1
            token.refresh = None
            return
        assert not token.over, "a refresh of what is over"
        told = answer.json()
        said = self._said(told)
        assert said <= self.model.bound(token, self.house.now)
        token.access, token.refresh, token.issued_at = told["access_token"], told["refresh_token"], self.house.now
        self.seen[f"refresh: {said.word}"] += 1

    # Authenticators

    @precondition(lambda self: self.passkey is None)
    @rule(seat=SEATS)
    def enrol(self, seat: int) -> None:
        """On the page, by all the proof that it asks for; worth what this session is worth."""
        made, browser = soft_passkey(self.house), self.browsers[seat]
        page = self.run(go(self.house, browser, f"{LIST}/passkey", self.lai))
        self._learn()
        if page.path != f"{LIST}/passkey":
            return
        done = self.run(browser.submit(page, "credential", credential=made.create(options(page)), label=""))
        assert done.url.endswith("?done=added")
        owner = self.run(self._owner(seat))
        assert owner is not None
        worth = proven(self.model.sessions[owner.session.id].living(self.house.now), self.house.now)
        self.model.ways["passkey"], self.passkey = Way("passkey", worth), made
        self.seen["enrolled"] += 1

    @rule(seat=SEATS, kind=st.sampled_from(["totp", "password", "passkey"]), way=WAYS_IN, away=rarely)
    def confirm_or_remove(self, seat: int, kind: str, way: str, away: bool) -> None:
        """By whatever was proven just now."""
        self.ask(seat, 0, way, False, True, True, True)
        owner = self.run(self._owner(seat))
        held = next((one for one in self.run(enrolled(self.house, self.lai)) if one.kind == kind), None)
        if owner is None or held is None:
            return
        change = credentials.remove if away and kind == "passkey" else credentials.confirm
        try:
            self.run(change(self.house.hall, owner, held.id, self.house.now))
        except (credentials.NeedsProof, credentials.Refused):
            return
        session = self.model.sessions[owner.session.id]
        if change is credentials.remove:
            del self.model.ways["passkey"]
            self.passkey = None
            return
        worth = proven(session.living(self.house.now), self.house.now)
        self.model.ways[kind].worth = max(self.model.ways[kind].worth, worth)
        self.seen["confirmed"] += 1

    # Life

    @rule(told=st.sampled_from(REPORTS), sure=seldom)
    def report(self, told: tuple[str, str], sure: bool) -> None:
        if not sure:
            return
        now = self.house.now
        new = Report(LifeEventKind(told[0]), Teller(told[1]), now - timedelta(days=3), now)
        try:
            done = self.run(life_events.record(self.house.hall, self.lai.person.id, new, actor="walk", now=now))
        except Refusal:
            return
        self.reports.append(done.event_id)
        self.model.held = True
        self.model.ends_access()
        self.seen["life event"] += 1

    @precondition(lambda self: self.reports)
    @rule()
    def reverse(self) -> None:
        """It was wrong, all of it: the account is back, and whoever was inside proves anew who they are."""
        for event_id in self.reports:
            told = Teller.REGISTER
            reversing = life_events.reverse(
                self.house.hall, self.lai.person.id, event_id, told, actor="walk", now=self.house.now
            )
            self.run(reversing)
        self.reports, self.model.held = [], False

    # What must hold

    @invariant()
    def nothing_says_more_than_its_evidence(self) -> None:
        if not hasattr(self, "lai"):
            return
        now, person = self.house.now, self.run(self._person())
        known = self.model.identity(now)
        assert person.level <= known or (person.level_ends_at is not None and person.level_ends_at <= now)
        for one in self.run(enrolled(self.house, self.lai)):
            assert one.level_cap <= self.model.ways[one.kind].worth, f"{one.kind} bears more than it may"
        alive = self.run(self._living())
        assert not self.model.held or not alive
        assert not any(self.model.sessions[session_id].over for session_id in alive), "an older session lives on"

    @invariant()
    def no_token_says_more_than_it_may_now(self) -> None:
        if not hasattr(self, "lai"):
            return
        for token in self.model.tokens[-_LOOKED_AT:]:
            if token.issued_at + timedelta(minutes=5) < self.house.now:
                continue
            told = self.run(self.house.introspect(self.services[token.service], token.access))
            if told["active"]:
                assert not token.over, "a token of what is over"
                said = acr.level_of(self.house.origin, told["acr"])
                assert said is not None
                assert said <= self.model.bound(token, self.house.now), "introspection says more than there is"
                self.seen["introspected"] += 1


class LevelsTest(LevelsWalk.TestCase):  # type: ignore[valid-type,misc]
    """The walk, and that it came by what it is about."""

    settings = settings(max_examples=20, stateful_step_count=25, deadline=None, derandomize=True)

    def runTest(self) -> None:  # noqa: N802
        LevelsTown.seen.clear()
        super().runTest()
        met = LevelsTown.seen
        assert (
            min(met[what] for what in ("raise", "raise after a day", "withdrawn", "ended", "enrolled", "confirmed")) > 0
        ), met
        assert min(met[f"code: {level}"] + met[f"refresh: {level}"] for level in ("low", "substantial")) > 0, met


# The same walks every time: a failure here is one that anybody can look at.
TestLevels = pytest.mark.timeout(300)(pytest.mark.slow(LevelsTest))
del LevelsTest
