"""A counter of the little town: officers at their consoles, citizens before them, a pad beside the screen."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from idp.flows import officers
from idp.flows.hall import Hall
from idp.identity.officer import Role, RoleGrant
from idp.identity.verification_case import CasePolicy
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from tests.doors.little_browser import Browser, Page
from tests.doors.own_authenticators import add_passkey, sign_in_by, soft_passkey
from tests.doors.people_house import Citizen, PeopleHouse, open_people_house
from tests.doors.soft_passkey import SoftPasskey

BA_TO, DUC_PHO, MANG_RI = "21115", "21439", "23510"
NUMBER, NAME = "051158990137", "Phạm Thị Lài"
QR = f"{NUMBER}||{NAME}|12031958|Nữ|Thôn Làng Xi, Xã Ba Tơ, Quảng Ngãi|01072021"
PAPERS = {
    "number": NUMBER,
    "name": NAME,
    "birthdate": "12/03/1958",
    "gender": "female",
    "address": "Thôn Làng Xi, Xã Ba Tơ",
    "expires": "",
    "endless": "yes",
    "filled_from": "",
}
TICKS = ("present", "document_genuine", "values_compared", "portrait")
PIN = "739154"
CONSENT = {"reading": "read_aloud", "helper": "Trần Thị Ngãi, tiếng Hrê", "mark": "fingerprint", "witness": ""}
_NAMES = ("Trần Văn Ngãi", "Võ Thị Trà", "Y Nga", "Đỗ Minh Sa", "Hồ Thị Bồng", "Lý A Sáng")


@dataclass
class Seat:
    """An officer with their browser and their key."""

    citizen: Citizen
    unit: str
    browser: Browser
    passkey: SoftPasskey

    @property
    def id(self) -> str:
        return self.citizen.person.id


class CounterHouse(PeopleHouse):
    """`PeopleHouse` with a counter."""

    def __init__(self, hall: Hall, now: datetime) -> None:
        super().__init__(hall, now)
        self.seats: dict[str, Seat] = {}

    async def give(self, person_id: str, role: str, unit: str, **more: Any) -> RoleGrant:
        """By two hands, however many officers there are."""
        asked = RoleGrant(new_id(), person_id, Role(role), unit, more.pop("begins_at", self.now), "cli:one", **more)
        given = await officers.propose(self.hall, asked, self.now)
        if given.approved_by is None:
            await officers.approve(self.hall, given.id, "cli:two", self.now)
        return given

    async def seat(self, unit: str, *roles: str, name: str = "", **facts: Any) -> Seat:
        """Somebody with these roles and a passkey, in a browser in which nobody has signed in."""
        n = len(self.browsers)
        called = name or _NAMES[n % len(_NAMES)]
        told = {"name": called, "phone_number": f"+8490900{n:04}", "email": f"cb{n}@thu.example.vn", **facts}
        told.setdefault("address", {"formatted": f"{n} Quang Trung", "street_address": f"{n} Quang Trung"})
        citizen = await self.citizen(f"cb{n}@thu.example.vn", totp=True, **told)
        for role in roles:
            await self.give(citizen.person.id, role, unit)
        made = soft_passkey(self)
        await add_passkey(self, self.browser(), citizen, made)
        return Seat(citizen, unit, self.browser(), made)

    async def enter(self, seat: Seat, path: str = "/admin") -> Page:
        """To a page of the console, by the passkey where it is asked for."""
        page = await seat.browser.get(path)
        for _ in range(2):
            if page.has_form("credential"):
                page = await sign_in_by(seat.browser, page, seat.passkey)
        return page

    async def ready(self, seat: Seat) -> Page:
        page = await self.enter(seat)
        return await seat.browser.submit(page, "duty", duty="on")

    async def opened(self, seat: Seat, route: str = "counter", **changes: str) -> Page:
        """The case of whoever stands at the desk."""
        page = await self.enter(seat, f"/admin/open/{route}")
        form = page.form("name")
        return await seat.browser.post(form.action, {**form.fields, **PAPERS, **changes, "act": "open"}.items())

    async def prepared(
        self, seat: Seat, page: Page, ticks: Iterable[str] = TICKS, kept: Iterable[str] = (), **changes: str
    ) -> Page:
        """All boxes ticked, consent read aloud, and handed over."""
        form = page.form("reading") if page.has_form("reading") else page.form("helper")
        pairs = [*{**form.fields, **CONSENT, **changes, "act": "submit"}.items()]
        pairs += [*(("tick", tick) for tick in ticks), *(("kept", key) for key in kept)]
        return await seat.browser.post(form.action, pairs)

    async def handed_over(self, first: Seat, **changes: str) -> Page:
        return await self.prepared(first, await self.opened(first, **changes))

    async def decide(self, seat: Seat, case: str, **said: str) -> Page:
        """The second officer's word."""
        page = await self.enter(seat, case)
        return await seat.browser.submit(page, "csrf", **({"act": "confirm", "seen": "yes"} | said))

    async def level_of(self, number: str = NUMBER) -> Level | None:
        async with self.hall.db.read() as tx:
            found = await tx.persons.find("national_id", number)
            person = await tx.persons.get(found) if found else None
        return person.level if person else None


@asynccontextmanager
async def open_counter_house(
    database_url: str, redis_url: str | None = None, *, chip: bool = False
) -> AsyncIterator[CounterHouse]:
    on = CasePolicy(routes=frozenset({"counter", "witness", *(["chip"] if chip else [])}))
    async with open_people_house(database_url, redis_url, cases=on) as plain:  # type: ignore[arg-type]
        house = CounterHouse(plain.hall, plain.now)
        transport = httpx.ASGITransport(house.app)
        try:
            # Its own machine door: the clock is this house's.
            async with httpx.AsyncClient(transport=transport, base_url=plain.origin) as house.http:
                yield house
        finally:
            for browser in house.browsers:
                await browser.close()


async def two(counter: CounterHouse) -> tuple[Seat, Seat]:
    """One at the desk, one of another unit who is ready."""
    first, second = await counter.seat(BA_TO, "reception"), await counter.seat(DUC_PHO, "verification")
    await counter.ready(second)
    return first, second


async def choose_pin(counter: CounterHouse, first: Seat, case: str, pin: str = PIN, again: str | None = None) -> Page:
    page = await counter.enter(first, case)
    page = await first.browser.submit(page, "csrf", act="pad")
    code = re.search(r'id="pad-code">([^<]+)<', page.response.text)
    assert code is not None, page.text
    pad = counter.browser()
    page = await pad.submit(await pad.get("/pad"), "code", code=code[1])
    return await pad.submit(page, "pin", pin=pin, pin_again=pin if again is None else again)


async def printed(counter: CounterHouse, first: Seat, case: str) -> tuple[str, list[str]]:
    page = await counter.enter(first, case)
    page = await first.browser.submit(page, "csrf", act="card")
    text = page.response.text
    number = re.search(r'id="card-number">([^<]+)<', text)
    assert number is not None, page.text
    assert page.response.headers["cache-control"] == "no-store"
    return number[1], re.findall(r"<li><code>([^<]+)</code>", text)


async def sign_in_by_card(page: Page, browser: Browser, number: str, codes: list[str]) -> Page:
    page = await browser.submit(page, "username", username=number, password=PIN)
    asked = re.search(r"Mã số (\d+) trên thẻ", page.text)
    assert asked is not None, page.text
    return await browser.submit(page, "card_code", card_code=codes[int(asked[1]) - 1])
