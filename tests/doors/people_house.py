"""The whole application behind little browsers: services that ask, citizens who sign in, and a clock that we move."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pyotp

from idp.app import create_app
from idp.authn.login_policy import LoginPolicy
from idp.authn.throttle import ThrottlePolicy
from idp.consent.policy import Basis, ScopeTerms, ServiceTerms
from idp.crypto.password_hash import Argon2Cost, PasswordHash
from idp.crypto.password_workers import PasswordWorkers
from idp.crypto.totp import new_totp_secret
from idp.flows.hall import Hall
from idp.identity import login_identifier
from idp.identity.person import Fact, Person, PersonState
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.kernel.secret import Secret, new_secret
from idp.notify.channels import Channels
from idp.ops.health import Readiness
from idp.ops.metrics import Metrics
from idp.outgoing import Outgoing
from idp.protocol import pkce
from idp.protocol.client import AuthMethod, Client, ClientState
from idp.protocol.policy import ProtocolPolicy
from idp.settings import load
from idp.storage.agencies import Agency
from idp.storage.clients import RegisteredClient
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import AGENCY, ISSUER, REDIRECT, VERIFIER, House, Service, open_house

CHALLENGE = pkce.challenge_of(VERIFIER)
PASSWORD = "mật khẩu của Lài 1958"
HOME = "https://motcua.example.vn/"
SIGNED_OUT = "https://motcua.example.vn/da-dang-xuat"
BACKCHANNEL = "https://motcua.example.vn/backchannel-logout"
TASK = "task"
CONSENT = "consent"
OPTIONAL = "optional"


# argon2id as ever, at a cost that walks with hundreds of sign-ins can bear.
QUICK = Argon2Cost(memory_kib=8, time_cost=1)


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person with what they know and carry."""

    person: Person
    login: str
    password: str
    totp: Secret | None = None

    @property
    def name(self) -> str:
        return str(self.person.facts["name"].value)


def terms_of(agency_id: str = AGENCY.id, purpose: str = "Điền sẵn tờ khai", **bases: str) -> ServiceTerms:
    """`profile="task"`, `email="optional"` …: the scopes of a service with their legal basis."""
    return ServiceTerms(
        agency_id,
        {
            scope: ScopeTerms(
                Basis.TASK if basis == TASK else Basis.CONSENT,
                {"vi": purpose, "en": "Filling in the form"},
                {"vi": "Điều 9 Luật mẫu", "en": "Article 9 of a sample law"},
                necessary=basis != OPTIONAL,
            )
            for scope, basis in bases.items()
        },
    )


def error_of(page: Page, house: "PeopleHouse") -> str:
    """The error that a service gets, told as RFC 6749 §4.1.2.1 and RFC 9207 want it."""
    assert page.answer.get("state") == "trạng thái 1", page.text
    assert page.answer["iss"] == house.origin
    assert "code" not in page.answer
    assert set(page.answer["error_description"]) <= set(map(chr, range(0x20, 0x7F))) - {'"', "\\"}
    return page.answer["error"]


class PeopleHouse(House):
    """`House` with its people's side: every door, on the hall that it was given."""

    def __init__(self, hall: Hall, now: datetime) -> None:
        super().__init__(hall, now)
        told = {"ISSUER": hall.policies.issuer}
        settings = load(told)
        self.app = create_app(hall, settings, lambda: self.now, Metrics(), Readiness({}))
        self.origin = hall.policies.issuer
        self.browsers: list[Browser] = []

    def browser(self, address: str = "203.0.113.7", headers: dict[str, str] | None = None) -> Browser:
        transport = httpx.ASGITransport(self.app, client=(address, 50000))
        made = Browser(transport, self.origin, headers)
        self.browsers.append(made)
        return made

    async def register(
        self,
        client_id: str = "",
        *,
        terms: ServiceTerms | None = None,
        login_policy: LoginPolicy = LoginPolicy.LOCAL,
        agency: Agency = AGENCY,
        **metadata: Any,
    ) -> Service:
        """A service with a home, a way out and a back channel; every scope that has terms is registered."""
        secret = new_secret()
        told = terms or terms_of(agency.id)
        client = Client(
            **{
                "client_id": client_id or new_id(),
                "state": ClientState.APPROVED,
                "client_name": {"vi": "Một cửa", "en": "One-stop shop"},
                "redirect_uris": (REDIRECT,),
                "token_endpoint_auth_method": AuthMethod.CLIENT_SECRET_BASIC,
                "sector": "H48.01",
                "grant_types": frozenset({"authorization_code", "refresh_token"}),
                "scopes": frozenset({"openid", *told.scopes}),
                "secret_digest": secret.digest(),
                "id_token_signed_response_alg": "ES256",
                "client_uri": HOME,
                "post_logout_redirect_uris": (SIGNED_OUT,),
                "backchannel_logout_uri": BACKCHANNEL,
                **metadata,
            }
        )
        service = Service(client, secret)
        await self.change(service, client, terms=told, login_policy=login_policy, agency=agency)
        return service

    async def change(
        self,
        service: Service,
        client: Client | None = None,
        *,
        terms: ServiceTerms | None = None,
        login_policy: LoginPolicy | None = None,
        agency: Agency | None = None,
    ) -> None:
        """Register, or register differently, as a manifest would."""
        async with self.hall.db.unaudited_tx() as tx:
            before = await tx.clients.get(service.client.client_id)
            chosen = agency or (before.agency if before else AGENCY)
            await tx.agencies.put(chosen)
            wanted = client or service.client
            await tx.agencies.claim_sector(wanted.sector, chosen.id)
            await tx.clients.put(
                RegisteredClient(
                    wanted,
                    terms or (before.terms if before else terms_of()),
                    login_policy or (before.login_policy if before else LoginPolicy.LOCAL),
                    chosen,
                    (),
                    self.now,
                    self.now,
                    "command",
                )
            )
        self.hall.clients.forget()

    async def disable(self, service: Service) -> None:
        async with self.hall.db.unaudited_tx() as tx:
            await tx.clients.set_state(service.client.client_id, ClientState.DISABLED, self.now)
        self.hall.clients.forget()

    async def citizen(
        self,
        login: str = "lai.pham@thu.example.vn",
        *,
        password: str = PASSWORD,
        totp: bool = False,
        level: Level = Level.SUBSTANTIAL,
        state: PersonState = PersonState.ACTIVE,
        stored_hash: str | None = None,
        more_logins: tuple[str, ...] = (),
        **facts: Any,
    ) -> Citizen:
        """A fictional person who can sign in by `login` and by `more_logins`."""
        given = {
            "name": "Phạm Thị Lài",
            "given_name": "Lài",
            "family_name": "Phạm",
            "birthdate": "1958-03-12",
            "email": "lai.pham@thu.example.vn",
            "email_verified": True,
            "phone_number": "+84905990137",
            "address": {"formatted": "Xã Ba Tơ, Quảng Ngãi", "region": "Quảng Ngãi"},
            **facts,
        }
        known = {name: Fact(value, "demo", self.now) for name, value in given.items()}
        person = Person(new_id(), state, level, known, self.now, self.now)
        parsed = [login_identifier.parse(text)[0] for text in (login, *more_logins)]
        secret = new_totp_secret() if totp else None
        hashed = stored_hash or await self.hall.passwords.hash(Secret(password))
        async with self.hall.db.unaudited_tx() as tx:
            await tx.persons.add(person, [(one.kind.value, one.value) for one in parsed])
            await tx.authenticators.add(person.id, "password", hashed.encode(), self.now, level_cap=Level.HIGH)
            if secret is not None:
                seed = secret.reveal().encode()
                await tx.authenticators.add(person.id, "totp", seed, self.now, level_cap=Level.HIGH)
        return Citizen(person, login, password, secret)

    def code_of(self, citizen: Citizen) -> str:
        assert citizen.totp is not None
        return pyotp.TOTP(citizen.totp.reveal()).at(self.now)

    def request(self, service: Service, **changes: str | None) -> dict[str, str]:
        """An authorization request as a sound service sends it; None leaves a parameter out."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": service.client.client_id,
            "redirect_uri": service.client.redirect_uris[0],
            "scope": "openid",
            "state": "trạng thái 1",
            "nonce": "n-0S6",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in asked.items() if value is not None}

    async def ask(self, browser: Browser, service: Service, **changes: str | None) -> Page:
        """The service sends its visitor to us, a moment after whatever was before."""
        self.pass_time(seconds=1)
        return await browser.get("/authorize", **self.request(service, **changes))

    async def sign_in(self, browser: Browser, page: Page, citizen: Citizen) -> Page:
        """Name and password, on the page that asks for them."""
        assert page.step == "login", page.url
        return await browser.submit(page, "username", username=citizen.login, password=citizen.password)

    async def step_up(self, browser: Browser, page: Page, citizen: Citizen) -> Page:
        assert page.step == "otp", page.url
        return await browser.submit(page, "otp", otp=self.code_of(citizen))

    async def allow(self, browser: Browser, page: Page, *boxes: str) -> Page:
        assert page.step == "consent", page.url
        return await browser.submit(page, "decision", boxes=boxes, decision="allow")

    async def deny(self, browser: Browser, page: Page) -> Page:
        return await browser.submit(page, "decision", decision="deny")

    async def walk(self, browser: Browser, service: Service, citizen: Citizen, **changes: str | None) -> Page:
        """Do whatever is asked until the service has its answer."""
        page = await self.ask(browser, service, **changes)
        for _ in range(4):
            match page.step if not page.is_answer else "":
                case "login":
                    page = await self.sign_in(browser, page, citizen)
                case "otp":
                    page = await self.step_up(browser, page, citizen)
                case "consent":
                    page = await self.allow(browser, page)
                case _:
                    break
        assert page.is_answer, page.text
        return page

    async def exchanged(self, service: Service, page: Page) -> dict[str, Any]:
        """The tokens for the code that the service was given."""
        answer = await self.redeem(service, Secret(page.answer["code"]))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def tokens_of(
        self, browser: Browser, service: Service, citizen: Citizen, **changes: str | None
    ) -> dict[str, Any]:
        return await self.exchanged(service, await self.walk(browser, service, citizen, **changes))

    async def lose_interaction(self, page: Page) -> None:
        """As if it had waited too long, or the cache had been emptied."""
        await self.hall.cache.interactions.delete(page.path.split("/")[2])


@asynccontextmanager
async def open_people_house(
    database_url: str,
    redis_url: str | None = None,
    *,
    issuer: str = ISSUER,
    sandbox: bool = False,
    throttle: ThrottlePolicy | None = None,
    channels: Callable[[Outgoing], Channels] | None = None,
    **policies: timedelta,
) -> AsyncIterator[PeopleHouse]:
    """On an upgraded database."""
    async with open_house(database_url, redis_url, sandbox=sandbox) as machine:
        told = replace(
            machine.hall.policies,
            protocol=ProtocolPolicy(issuer, sandbox=sandbox),
            throttle=throttle or ThrottlePolicy.strict(),
            **policies,  # type: ignore[arg-type]
        )
        workers = PasswordWorkers(PasswordHash(QUICK), threads=1)
        reached = channels(machine.hall.outgoing) if channels else Channels()
        house = PeopleHouse(replace(machine.hall, policies=told, passwords=workers, channels=reached), machine.now)
        transport = httpx.ASGITransport(house.app)
        try:
            async with httpx.AsyncClient(transport=transport, base_url=issuer) as house.http:
                yield house
        finally:
            for browser in house.browsers:
                await browser.close()
            workers.close()
