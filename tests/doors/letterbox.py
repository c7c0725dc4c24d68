"""Where the messages of a little town end up: no server, and the courier as it is."""

from dataclasses import dataclass, field
from typing import Any

from idp.flows.courier import Courier
from idp.notify.channels import Channels
from idp.notify.notice import Notice
from idp.notify.sms import Report
from idp.outgoing import Outgoing
from tests.doors.people_house import PeopleHouse


@dataclass
class Letterbox:
    """Both channels at once; everything that came, the oldest first."""

    came: list[tuple[str, Notice]] = field(default_factory=list)

    def channels(self, _outgoing: Outgoing) -> Channels:
        here: Any = self
        return Channels(here, here)

    async def send(self, _message_id: str, to: str, notice: Notice) -> int:
        self.came.append((to, notice))
        return 250

    async def report(self, _message_id: str) -> Report:
        return Report.DELIVERED

    async def fetch(self, house: PeopleHouse) -> None:
        """Let the courier bring what is due."""
        courier = Courier(house.hall)
        while await courier.send_due(house.now):
            await courier.settle()

    def of(self, kind: str) -> list[tuple[str, Notice]]:
        return [(to, notice) for to, notice in self.came if notice.kind == kind]

    async def code(self, house: PeopleHouse, to: str) -> str:
        """The newest one-time code that was sent there."""
        await self.fetch(house)
        return next(str(notice.values["code"]) for at, notice in reversed(self.of("one_time_code")) if at == to)

    async def link(self, house: PeopleHouse, kind: str) -> str:
        """The path of "this wasn't me" in the newest notice of this kind."""
        await self.fetch(house)
        return self.of(kind)[-1][1].not_me
