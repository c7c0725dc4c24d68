"""The town with an inbox: people who get codes on paper, by SMS and by e-mail, and read them there."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from idp.crypto.base64url import decode
from idp.flows import code_cards
from idp.flows.code_cards import Card
from idp.flows.courier import Courier
from idp.kernel.secret import Secret
from tests.doors.little_browser import Browser, Page
from tests.doors.own_authenticators import LIST, go
from tests.doors.people_house import Citizen, PeopleHouse, open_people_house
from tests.stand.inbox import Inbox

EMAIL, PHONE = "thi.nga@trieu.example", "+84905771104"
PIN = "590418"


class CodeHouse:
    """A house and what arrives outside of it."""

    def __init__(self, house: PeopleHouse, inbox: Inbox) -> None:
        self.house = house
        self.inbox = inbox

    async def nga(self, login: str = "051177771104", **facts: Any) -> Citizen:
        told = {
            "name": "Triệu Thị Nga",
            "email": EMAIL,
            "phone_number": PHONE,
            "phone_number_verified": True,
            "birthdate": "1977-11-04",
            **facts,
        }
        return await self.house.citizen(login, **told)

    async def card(self, citizen: Citizen, pin: str = PIN) -> Card:
        return await code_cards.issue(
            self.house.hall, citizen.person.id, Secret(pin), actor="cli:quầy", now=self.house.now
        )

    async def deliver(self) -> None:
        courier = Courier(self.house.hall)
        while await courier.send_due(self.house.now):
            await courier.settle()

    async def code(self, to: str = PHONE) -> str:
        """The newest one that arrived there."""
        await self.deliver()
        found = (re.search(r"\b(\d{6})\b", message["text"]) for message in self.inbox.messages(to))
        return next(code[1] for code in found if code is not None)

    async def ask_by(self, browser: Browser, page: Page, login: str, way: str) -> Page:
        """From the sign-in page to the page of a code."""
        page = await browser.get(page.link("/by-code"))
        return await browser.submit(page, "way", username=login, way=way)

    async def type_code(self, browser: Browser, page: Page, to: str = PHONE) -> Page:
        return await browser.submit(page, "otp", otp=await self.code(to))

    async def switch_on(self, browser: Browser, citizen: Citizen, channel: str = "sms") -> Page:
        """On one's own pages, by a code to it."""
        page = await go(self.house, browser, f"{LIST}/{channel}-code", citizen)
        page = await browser.submit(page, "act", act="send")
        return await self.type_code(browser, page, PHONE if channel == "sms" else EMAIL)

    def asked(self, page: Page) -> int:
        """The number of the code that the card's page asks for."""
        found = re.search(r"Mã số (\d+) trên thẻ", page.text)
        assert found is not None, page.text
        return int(found[1])

    async def by_card(self, browser: Browser, page: Page, card: Card, **more: str) -> Page:
        code = card.codes[self.asked(page) - 1].reveal()
        return await browser.submit(page, "card_code", card_code=f"{code[:4]} {code[4:]}", **more)


def claims_of(id_token: str) -> dict[str, Any]:
    """What a service reads in it."""
    found: dict[str, Any] = orjson.loads(decode(id_token.split(".")[1]))
    return found


@asynccontextmanager
async def open_code_house(
    database_url: str, redis_url: str | None, inbox: Inbox, **how: Any
) -> AsyncIterator[CodeHouse]:
    """In the sandbox profile, where messages go to loopback."""
    async with open_people_house(database_url, redis_url, sandbox=True, channels=inbox.channels, **how) as house:
        yield CodeHouse(house, inbox)
