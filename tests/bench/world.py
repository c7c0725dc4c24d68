"""What the measured operations work on: a filled database, services with secrets, codes made beforehand."""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from idp.authn.sso_session import Session
from idp.composition import hall_of
from idp.consent.policy import ServiceTerms
from idp.flows.jobs.node import ready_keys
from idp.identity.person import Person
from idp.kernel.clock import system_clock
from idp.kernel.secret import Secret
from idp.settings import load
from tests.doors.machine_house import REDIRECT, VERIFIER, Service
from tests.doors.people_house import CONSENT, PASSWORD, Citizen, PeopleHouse, terms_of

API = "https://ho-so.quangngai.example/api"
_AT_ONCE = 8
_OFFLINE = ("openid", "profile", "email", "offline_access")


class World:
    """Two services: `shop` signs people in, `api` looks at tokens that were made out to it."""

    def __init__(self, house: PeopleHouse, shop: Service, api: Service, citizens: list[Citizen]) -> None:
        self._house = house
        self.issuer = house.origin
        self.shop = shop
        self.api = api
        self.citizens = citizens
        self._signed_in: list[tuple[Person, Session]] = []

    async def codes(self, count: int) -> list[str]:
        """As the authorization endpoint issues them; each is good for a minute."""
        self._house.now = system_clock()
        if not self._signed_in:
            for citizen in self.citizens:
                self._signed_in.append((citizen.person, await self._house.session(citizen.person)))
        left, made = iter(range(count)), []

        async def make() -> None:
            for number in left:
                person, session = self._signed_in[number % len(self._signed_in)]
                code, _ = await self._house.code(
                    self.shop.client,
                    person=person,
                    session=session,
                    scope=_OFFLINE,
                    resource=(self.issuer, API),
                )
                made.append(code.reveal())

        await asyncio.gather(*(make() for _ in range(_AT_ONCE)))
        return made

    def exchange(self, code: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }

    def authorization_request(self) -> dict[str, str]:
        return self._house.request(self.shop, scope="openid profile email")


def basic(service: Service) -> dict[str, str]:
    """client_secret_basic, as a header."""
    credentials = ":".join(service.basic).encode()
    return {"authorization": f"Basic {base64.b64encode(credentials).decode()}"}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@asynccontextmanager
async def filled(environment: Mapping[str, str], people: int) -> AsyncIterator[World]:
    """On an upgraded, empty database; the hall is a second node's, so that the server's CPU is its own."""
    settings = load(environment)
    async with hall_of(settings, system_clock) as hall:
        await ready_keys(hall, system_clock)
        house = PeopleHouse(hall, system_clock())
        shop = await house.register(
            "one_stop_shop",
            terms=terms_of(profile=CONSENT, email=CONSENT, offline_access=CONSENT),
            grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
            resources=frozenset({API}),
        )
        api = await house.register("api", terms=ServiceTerms("H48.01"), grant_types=frozenset(), audience=API)
        stored = await hall.passwords.hash(Secret(PASSWORD))
        citizens = [
            await house.citizen(
                f"lai.{number}@thu.example.vn", stored_hash=stored, email=f"lai.{number}@thu.example.vn"
            )
            for number in range(people)
        ]
        yield World(house, shop, api, citizens)
