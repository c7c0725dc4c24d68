"""What a walk through all ways in must find true: nobody's password or passkey changes without proof made for it."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from idp.authn.throttle import ThrottlePolicy
from tests.doors.letterbox import Letterbox
from tests.doors.little_browser import Browser, Page
from tests.doors.own_authenticators import enrolled, make_codes
from tests.doors.people_house import Citizen
from tests.doors.vneid_house import LAI, VneidHouse, open_vneid_house
from tests.properties.people_model import _folder

T = TypeVar("T")
FRESH, HOUR, DAY, WEEK = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MONTH = timedelta(days=30)
ROOTS = {"sms": "phone", "vneid": "phone", "passkey": "phone", "paper": "paper", "email": "email"}
_PHONE, _EMAIL = "+84905990137", "lai.pham@thu.example.vn"
_MOST_PAGES = 12


@dataclass(frozen=True)
class Proven:
    """Something was proven rightly in a browser: by what, when, and since when its owner has that thing."""

    seat: int
    method: str
    at: datetime
    since: datetime


@dataclass
class Begun:
    """A recovery as the model knows it; `seats` may finish it."""

    at: datetime
    seats: set[int]
    over: bool = False


@dataclass
class Seat:
    browser: Browser
    pages: list[Page] = field(default_factory=list)


class RecoveryModel(RuleBasedStateMachine):
    """One citizen, two browsers, and everything that can be typed, pressed, sent again or waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.proofs: list[Proven] = []
        self.recoveries: list[Begun] = []
        self.locked_about: datetime | None = None
        self.changes = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def build(self) -> None:
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(dir=_folder().name))
        shutil.copy(f"{_folder().name}/empty.db", f"{folder}/idp.db")
        self.box = Letterbox()
        opened = open_vneid_house(
            f"sqlite:///{folder}/idp.db", throttle=ThrottlePolicy.lenient(), channels=self.box.channels
        )
        self.house: VneidHouse = await self.stack.enter_async_context(opened)
        self.lai: Citizen = await self.house.citizen(
            LAI.number, totp=True, more_logins=(_EMAIL,), phone_number_verified=True
        )
        self.begun_at = self.house.now
        self.house.pass_time(days=60)
        self.codes = await make_codes(self.house, self.house.browser(), self.lai)
        self.papers_at = self.house.now
        self.house.pass_time(days=1)
        await self.box.fetch(self.house)
        self.password = self.lai.password
        self.seats = [Seat(self.house.browser()) for _ in range(2)]
        self.held = await self.credentials()

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.run(self.stack.aclose())
        self.runner.close()

    async def credentials(self) -> set[tuple[str, bytes]]:
        """What opens this account by itself."""
        return {
            (one.id, one.secret) for one in await enrolled(self.house, self.lai) if one.kind in ("password", "passkey")
        }

    # What was proven

    def has_proven(self, seat: int, method: str, since: datetime) -> None:
        self.proofs.append(Proven(seat, method, self.house.now, since))

    def showed(self, seat: int, page: Page) -> Page:
        at = self.seats[seat]
        at.pages = [*at.pages[-_MOST_PAGES:], page]
        return page

    def fresh(self, seat: int, age: timedelta) -> set[str]:
        now = self.house.now
        return {one.method for one in self.proofs if one.seat == seat and one.at <= now <= one.at + age}

    def roots(self, seat: int, before: datetime | None = None) -> set[str]:
        """Roots proven here within the hour: an old address by itself, of what was there before."""
        now = self.house.now
        return {
            ROOTS[one.method]
            for one in self.proofs
            if one.seat == seat
            and one.method in ROOTS
            and one.at <= now <= one.at + HOUR
            and (before is None or one.since < before)
        }

    # What must hold

    def settled(self, seat: int) -> None:
        """After each act in a browser: a change of what opens the account was earned there."""
        now = self.run(self.credentials())
        if now - self.held:
            assert self.earned(seat), f"a credential was set without proof; {self.proofs[-6:]}"
            self.changes += 1
        self.held = now

    def earned(self, seat: int) -> bool:
        if self.locked_about is not None:
            return len(self.roots(seat, before=self.locked_about)) >= 2
        fresh = self.fresh(seat, FRESH)
        if "password" in fresh and fresh & {"totp", "paper_beside"}:
            return True
        if fresh & {"vneid", "passkey"}:
            return True
        return self.may_finish(seat)

    def may_finish(self, seat: int) -> bool:
        now = self.house.now
        return any(
            not one.over and seat in one.seats and one.at + DAY <= now < one.at + DAY + WEEK for one in self.recoveries
        )

    def running(self) -> Begun | None:
        now = self.house.now
        return next((one for one in self.recoveries if not one.over and now < one.at + DAY + WEEK), None)

    # What the rules share

    def newest(self, seat: int, *names: str) -> Page | None:
        return next((p for p in reversed(self.seats[seat].pages) if all(p.has_form(name) for name in names)), None)

    def run_of(self, seat: int) -> str | None:
        """The newest run or recovery of this browser."""
        for page in reversed(self.seats[seat].pages):
            parts = page.path.split("/")
            if len(parts) > 2 and parts[1] == "recover":
                return f"/recover/{parts[2]}"
        return None

    def known_paths(self) -> list[str]:
        runs = [run for run in (self.run_of(0), self.run_of(1)) if run is not None]
        return [f"{run}/{way}" for run in runs for way in ("finish", "undo", "paper")]

    def in_recovery(self) -> bool:
        return hasattr(self, "seats") and any(self.run_of(seat) is not None for seat in (0, 1))

    def linked_at(self) -> datetime:
        async def read() -> datetime:
            async with self.house.hall.db.read() as tx:
                return await tx.upstream_links.linked_at(self.lai.person.id) or self.house.now

        return self.run(read())

    async def lock_about(self) -> datetime:
        async with self.house.hall.db.read() as tx:
            lock = await tx.account_locks.standing(self.lai.person.id)
        assert lock is not None
        return lock.about_at

    def is_locked(self, about: datetime) -> None:
        self.locked_about = about
        for one in self.recoveries:
            one.over = True
        # What is put aside is no change for the worse.
        self.held = self.run(self.credentials())

    def is_done(self, way: str, password: str | None) -> None:
        if password is not None:
            self.password = password
        if way == "undo":
            self.locked_about = None
        for one in self.recoveries:
            one.over = True
        self.held = self.run(self.credentials())
