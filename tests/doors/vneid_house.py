"""The whole application with VNeID beside it: the simulator over real HTTP, on the clock that the tests move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from idp.authn.login_policy import LoginPolicy
from idp.flows import upstream_pin
from idp.flows.hall import Hall
from idp.kernel.secret import Secret
from idp.outgoing import Outgoing, OutgoingPolicy
from idp.storage.cases import Case
from idp.upstream.vneid import Vneid, VneidPolicy
from sandbox.vneid.app import app_of
from sandbox.vneid.faults import Fault
from sandbox.vneid.people import Citizen as Holder
from sandbox.vneid.provider import Registered, Simulator
from tests.clients.serving import served
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import Service
from tests.doors.people_house import PeopleHouse, open_people_house
from tests.stand.ports import free_port

LAI = Holder("051158990137", "Phạm Thị Lài", "1958-03-12", "female", "+84905990137", "lai.pham@thu.example.vn")
HO = Holder("051201990776", "Đinh Văn Hơ̆", "2001-08-19", "male", "+84905990776", "dinh.ho@thu.example.vn")


class VneidHouse(PeopleHouse):
    """`PeopleHouse` whose people may also come by way of VNeID."""

    def __init__(self, hall: Hall, now: datetime, simulator: Simulator, at_vneid: httpx.AsyncClient) -> None:
        super().__init__(hall, now)
        self.simulator = simulator
        self.at_vneid = at_vneid
        simulator.clock = self._seconds
        simulator.people |= {one.number: one for one in (LAI, HO)}

    def _seconds(self) -> float:
        return self.now.timestamp()

    async def service_of(self, policy: LoginPolicy = LoginPolicy.VNEID_OR_LOCAL, **more: Any) -> Service:
        return await self.register(login_policy=policy, **more)

    async def to_vneid(self, browser: Browser, page: Page) -> str:
        """Press the button; the address that the browser is sent to."""
        sent = await browser.get(page.link("/vneid?"))
        assert sent.left_for is not None, sent.text
        assert sent.left_for.startswith(self.simulator.registered.issuer + "/authorize?")
        return sent.left_for

    async def choose(
        self, location: str, holder: Holder, *, level: str = "2", fault: Fault = Fault.NONE, decision: str = "confirm"
    ) -> str:
        """At VNeID: who, with which account, and what goes wrong. The address of the way back."""
        shown = await self.at_vneid.get(location)
        assert shown.status_code == 200, shown.text
        form = {"request": urlsplit(location).query, "person": holder.number, "level": level, "fault": fault.value}
        answer = await self.at_vneid.post("/authorize", data={**form, "decision": decision})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def by_vneid(
        self, browser: Browser, page: Page, holder: Holder = HO, *, level: str = "2", fault: Fault = Fault.NONE
    ) -> Page:
        """There and back again."""
        location = await self.to_vneid(browser, page)
        return await browser.get(await self.choose(location, holder, level=level, fault=fault))

    async def cases_of(self, number: str) -> list[Case]:
        async with self.hall.db.read() as tx:
            person_id = await tx.persons.find("national_id", number)
            assert person_id is not None
            return await tx.cases.of_person(person_id)


@asynccontextmanager
async def open_vneid_house(
    database_url: str, redis_url: str | None = None, *, approved: bool = True, **more: Any
) -> AsyncIterator[VneidHouse]:
    """On an upgraded database, with the simulator on a port of its own; `approved`: two administrators know it.

    `more` is for the house.
    """
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    async with open_people_house(database_url, redis_url, **more) as people:
        redirect_uri = f"{people.origin}/vneid/callback"
        app = app_of(Registered(issuer, "hub", "khóa của trung tâm", redirect_uri))
        policy = OutgoingPolicy(sandbox_loopback=True, timeout_s=3.0, per_host=48)
        transport = httpx.ASGITransport(app)
        async with (
            served(app, port),
            Outgoing(policy) as outgoing,
            httpx.AsyncClient(transport=transport, base_url=issuer) as at_vneid,
        ):
            vneid = Vneid(VneidPolicy(issuer, "hub", Secret("khóa của trung tâm"), redirect_uri), outgoing)
            house = VneidHouse(replace(people.hall, vneid=vneid), people.now, app.state.simulator, at_vneid)
            if approved:
                proposal = await upstream_pin.propose(house.hall, "cli:an", house.now)
                await upstream_pin.approve(house.hall, proposal.pin.fingerprint, "cli:binh", house.now)
            house.http = httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url=people.origin)
            try:
                yield house
            finally:
                await house.http.aclose()
                for browser in house.browsers:
                    await browser.close()
