"""A random walk over every way in and back in (CVE-2026-18963): no path sets a password or a passkey unproven.

Sign-in, step-up, own pages, recovery, VNeID, "this wasn't me" and its undoing; two recoveries at once, forms sent
again, forms sent from another browser, and a clock that jumps.
"""

from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from idp.flows import not_me_link
from tests.doors.little_browser import HtmlForm
from tests.doors.own_authenticators import soft_passkey
from tests.doors.vneid_house import LAI
from tests.properties.people_model import mostly
from tests.properties.recovery_model import Begun, RecoveryModel

NEW = ("bảy con nghé qua cầu Cửa Đại", "chín con trâu lội qua sông Vệ", "tám mái chèo ngược dòng Trà Khúc")
seats = st.integers(0, 1)


class RecoveryWalk(RecoveryModel):
    """Each rule is something that somebody can do with a browser; the model knows what of it was a proof."""

    @initialize()
    def open(self) -> None:
        self.run(self.build())

    # Ways in

    @rule(seat=seats, path=st.sampled_from(["/account", "/account/security/password", "/account/recovery"]))
    def go(self, seat: int, path: str) -> None:
        self.showed(seat, self.run(self.seats[seat].browser.get(path)))
        self.settled(seat)

    @rule(seat=seats, right=mostly)
    def sign_in(self, seat: int, right: bool) -> None:
        page = self.newest(seat, "username", "password")
        if page is None:
            return
        browser = self.seats[seat].browser
        before = browser.cookie("session")
        password = self.password if right else "đoán"
        page = self.run(browser.submit(page, "password", username=self.lai.login, password=password))
        if browser.cookie("session") not in (before, None):
            assert right
            self.has_proven(seat, "password", self.begun_at)
        self.showed(seat, page)
        self.settled(seat)

    @rule(seat=seats, right=mostly, paper=st.booleans())
    def step_up(self, seat: int, right: bool, paper: bool) -> None:
        browser = self.seats[seat].browser
        page = self.newest(seat, "otp")
        if page is None:
            return
        self.house.pass_time(seconds=31)
        before = browser.cookie("session")
        if paper and page.leads_to("/recovery-code"):
            page = self.run(browser.get(page.link("/recovery-code")))
            if not page.has_form("recovery_code"):
                return
            code = self.codes.pop() if right and self.codes else "aaaa-bbbb-cccc"
            page = self.run(browser.submit(page, "recovery_code", recovery_code=code))
            method = "paper_beside"
        else:
            code = self.house.code_of(self.lai) if right else "000000"
            page = self.run(browser.submit(page, "otp", otp=code))
            method = "totp"
        if browser.cookie("session") not in (before, None):
            assert right
            self.has_proven(seat, method, self.begun_at)
        self.showed(seat, page)
        self.settled(seat)

    @rule(seat=seats)
    def by_vneid(self, seat: int) -> None:
        page = self.newest(seat, "username", "password")
        if page is None or not page.leads_to("/vneid?"):
            return
        browser = self.seats[seat].browser
        before = browser.cookie("session")
        sent = self.run(browser.get(page.link("/vneid?")))
        if sent.left_for is None:
            self.showed(seat, sent)
            return
        page = self.run(browser.get(self.run(self.house.choose(sent.left_for, LAI))))
        if browser.cookie("session") not in (before, None):
            self.has_proven(seat, "vneid", self.linked_at())
        elif page.has_form("password") and not page.has_form("username"):
            page = self.run(browser.submit(page, "password", password=self.password))
            if browser.cookie("session") not in (before, None):
                self.has_proven(seat, "password", self.begun_at)
                self.has_proven(seat, "vneid", self.linked_at())
        self.showed(seat, page)
        self.settled(seat)

    # One's own pages

    @rule(seat=seats, new=st.sampled_from(NEW))
    def change_password(self, seat: int, new: str) -> None:
        browser = self.seats[seat].browser
        page = self.run(browser.get("/account/security/password"))
        if page.has_form("keep"):
            page = self.run(browser.submit(page, "keep", password=new))
            if page.url.endswith("?done=password"):
                self.password = new
        self.showed(seat, page)
        self.settled(seat)

    # Back in

    @rule(seat=seats, login=st.sampled_from([LAI.number, "lai.pham@thu.example.vn", "khong.co@thu.example.vn"]))
    def begin(self, seat: int, login: str) -> None:
        browser = self.seats[seat].browser
        page = self.run(browser.get("/recover"))
        self.showed(seat, self.run(browser.submit(page, "username", username=login)))
        self.settled(seat)

    @precondition(lambda self: self.in_recovery())
    @rule(seat=seats, channel=st.sampled_from(["sms", "email"]), right=mostly)
    def by_message(self, seat: int, channel: str, right: bool) -> None:
        run = self.run_of(seat)
        if run is None:
            return
        browser = self.seats[seat].browser
        page = self.run(browser.get(f"{run}/{channel}"))
        if not page.has_form("act"):
            return
        self.house.pass_time(seconds=61)
        came = len(self.box.of("one_time_code"))
        page = self.run(browser.post(page.path, {**page.form("transition").fields, "act": "send"}.items()))
        self.run(self.box.fetch(self.house))
        sent = self.box.of("one_time_code")[came:]
        if not page.has_form("code"):
            return
        code = str(sent[-1][1].values["code"]) if right and sent else "000000"
        page = self.run(browser.submit(page, "code", code=code))
        if page.path in (run, f"{run}/undo") and right and sent:
            self.has_proven(seat, channel, self.begun_at)
        self.showed(seat, page)
        self.settled(seat)

    @precondition(lambda self: self.in_recovery())
    @rule(seat=seats, right=mostly)
    def by_paper(self, seat: int, right: bool) -> None:
        run = self.run_of(seat)
        if run is None or not self.codes:
            return
        browser = self.seats[seat].browser
        page = self.run(browser.get(f"{run}/paper"))
        if not page.has_form("code"):
            return
        code = self.codes.pop() if right else "aaaa-bbbb-cccc"
        page = self.run(browser.submit(page, "code", code=code))
        if page.path in (run, f"{run}/undo"):
            assert right
            self.has_proven(seat, "paper", self.papers_at)
        self.showed(seat, page)
        self.settled(seat)

    @precondition(lambda self: self.in_recovery())
    @rule(seat=seats, act=st.sampled_from(["begin", "begin", "begin", "bring", "give_up", "stop"]))
    def press(self, seat: int, act: str) -> None:
        run = self.run_of(seat)
        if run is None:
            return
        browser = self.seats[seat].browser
        page = self.run(browser.get(run))
        if not page.has_form("transition"):
            self.showed(seat, page)
            return
        roots, running, locked = self.roots(seat), self.running(), self.locked_about
        counts = {kind: len(self.run(self.house.events(kind))) for kind in ("recovery_begun", "account_locked")}
        page = self.run(browser.post(run, {**page.form("transition").fields, "act": act}.items()))
        if len(self.run(self.house.events("recovery_begun"))) > counts["recovery_begun"]:
            assert act == "begin"
            assert len(roots) >= 2, "a recovery begins by two roots"
            assert running is None
            assert locked is None
            self.recoveries.append(Begun(self.house.now, {seat}))
        if act == "bring" and page.path.endswith("/finish") and running is not None:
            assert roots
            running.seats = {seat}
        if act == "give_up" and "Đã hủy" in page.text and running is not None:
            running.over = True
        if len(self.run(self.house.events("account_locked"))) > counts["account_locked"]:
            assert act == "stop"
            assert running is not None
            self.is_locked(running.at)
        self.showed(seat, page)
        self.settled(seat)

    @precondition(lambda self: self.in_recovery())
    @rule(seat=seats, new=st.sampled_from(NEW), passkey=st.booleans(), way=st.sampled_from(["finish", "undo"]))
    def finish(self, seat: int, new: str, passkey: bool, way: str) -> None:
        run = self.run_of(seat)
        if run is None:
            return
        browser = self.seats[seat].browser
        page = self.run(browser.get(f"{run}/{way}"))
        if not page.has_form("password"):
            self.showed(seat, page)
            return
        if passkey and page.has_form("credential"):
            from tests.doors.own_authenticators import options

            page = self.run(
                browser.submit(page, "credential", credential=soft_passkey(self.house).create(options(page)))
            )
        else:
            page = self.run(browser.submit(page, "password", password=new))
        done = "Đã khôi phục" in page.text or "Đã mở khóa" in page.text
        self.showed(seat, page)
        self.settled(seat)
        if done:
            self.is_done(way, None if passkey and way == "finish" else new)

    @rule(data=st.data(), seat=seats, new=st.sampled_from(NEW), patient=st.booleans())
    def go_on(self, data: st.DataObject, seat: int, new: str, patient: bool) -> None:
        """What nearly everybody does: prove two things rightly, press the button, and come back after the day."""
        run = self.run_of(seat)
        page = self.run(self.seats[seat].browser.get(run)) if run is not None else None
        if page is None or page.status != 200:
            self.begin(seat, LAI.number)
        ways = data.draw(st.permutations(["sms", "email", "paper"]))
        for way in ways[:2]:
            if way == "paper":
                self.by_paper(seat, True)
            else:
                self.by_message(seat, way, True)
        self.press(seat, "begin")
        if patient:
            self.jump(1441)
        self.finish(seat, new, False, "finish")
        if self.locked_about is not None:
            self.finish(seat, new, False, "undo")

    # Not me

    @rule(seat=seats, kind=st.sampled_from(["new_device", "recovery_begun", "recovery_completed"]), sure=mostly)
    def not_me(self, seat: int, kind: str, sure: bool) -> None:
        self.run(self.box.fetch(self.house))
        told = self.box.of(kind)
        if not told:
            return
        link, browser = told[-1][1].not_me, self.seats[seat].browser
        claim = not_me_link.read(self.house.hall, link.rpartition("/")[2], self.house.now)
        page = self.run(browser.get(link))
        locked = len(self.run(self.house.events("account_locked")))
        if sure and page.has_form("transition") and not page.has_form("reference"):
            self.run(browser.submit(page, "transition"))
        if len(self.run(self.house.events("account_locked"))) > locked:
            assert claim is not None
            self.is_locked(claim.at)
        self.settled(seat)

    # Whoever sends again what they saw, from wherever

    @precondition(lambda self: any(seat.pages for seat in self.seats))
    @rule(data=st.data(), seat=seats)
    def send_again(self, data: st.DataObject, seat: int) -> None:
        pages = [page for one in self.seats for page in one.pages if page.forms]
        if not pages:
            return
        page = data.draw(st.sampled_from(pages))
        form: HtmlForm = data.draw(st.sampled_from(page.forms))
        begun, locked = (len(self.run(self.house.events(kind))) for kind in ("recovery_begun", "account_locked"))
        roots = self.roots(seat)
        fields = {**form.fields, "password": NEW[0], "username": LAI.number, "code": "000000", "otp": "000000"}
        fields |= dict(form.buttons[:1])
        path = data.draw(st.sampled_from([form.action, page.path, *self.known_paths()]))
        if urlsplit(path).netloc not in ("", urlsplit(self.house.origin).netloc):
            return
        answered = self.run(self.seats[seat].browser.post(path, fields.items()))
        if len(self.run(self.house.events("recovery_begun"))) > begun:
            assert len(roots) >= 2
            self.recoveries.append(Begun(self.house.now, {seat}))
        if len(self.run(self.house.events("account_locked"))) > locked:
            self.is_locked(self.run(self.lock_about()))
        if "Đã hủy" in answered.text and (running := self.running()) is not None:
            running.over = True
        self.settled(seat)
        if "Đã khôi phục" in answered.text:
            self.is_done("finish", NEW[0])
        if "Đã mở khóa" in answered.text:
            self.is_done("undo", NEW[0])
        if answered.url.endswith("?done=password"):
            self.password = NEW[0]

    @rule(minutes=st.sampled_from([1, 4, 20, 61, 1440, 1441, 10_000, -3, -40]))
    def jump(self, minutes: float) -> None:
        """Back too: a clock that is set right."""
        self.house.pass_time(minutes=minutes)


# The same walks every time: a failure here is one that anybody can look at.
RecoveryWalk.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None, derandomize=True)
TestRecoveryWalk = pytest.mark.timeout(600)(pytest.mark.slow(RecoveryWalk.TestCase))
