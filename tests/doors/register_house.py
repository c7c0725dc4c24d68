"""The hall with the population register beside it: the simulator over real mutual TLS, on the clock of the tests."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from joserfc.jwk import ECKey

from idp.crypto.request_signer import RequestSigner
from idp.flows import register_check, upstream_pin
from idp.flows.hall import Hall
from idp.flows.register_check import Resume, Waiter
from idp.flows.upstream_health import POPULATION_REGISTER
from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.register import Answer, Purpose, Question
from idp.outgoing import ClientCertificate, Outgoing, OutgoingPolicy
from idp.storage.database import Tx
from idp.storage.register_questions import Stored
from idp.upstream.population_register import MAX_ANSWER, PopulationRegister, RegisterPolicy
from sandbox.population_register import certificates
from sandbox.population_register.app import machine_door, people_door
from sandbox.population_register.certificates import Folder
from sandbox.population_register.faults import Fault
from sandbox.population_register.people import Record
from sandbox.population_register.register import Register
from tests.clients.serving import _Server
from tests.doors.people_house import PeopleHouse, open_people_house
from tests.stand.ports import free_port

LAI = Record("051158990137", "Phạm Thị Lài", "1958-03-12", "female")
RIN = Record("051090990218", "Đinh Văn Rin", "1990-07-05", "male")
HO = Record("051201990776", "Đinh Văn Hơ̆", "2001-08-19", "male")
CLIENT = "trung-tam"
VERIFY = Purpose.VERIFY_IDENTITY


def question(of: Record = LAI, **changes: Any) -> Question:
    """What somebody says of themselves: the truth, but for the changes."""
    return replace(Question(pin(of.number), of.name, of.birthdate, of.gender), **changes)


def pin(digits: str) -> IdentityNumber:
    return IdentityNumber(NumberKind.PIN, digits)


@dataclass
class Waiting:
    """Cases that wait for answers, and what they were told."""

    told: list[tuple[str, Answer]] = field(default_factory=list)

    async def resume(self, _tx: Tx, stored: Stored, answer: Answer, _now: object) -> None:
        self.told.append((stored.waiter_id, answer))

    def waiter(self, case_id: str) -> Waiter:
        return Waiter("case", case_id, self.resume)

    @property
    def kinds(self) -> dict[str, Resume]:
        return {"case": self.resume}


class RegisterHouse(PeopleHouse):
    """`PeopleHouse` that may ask the register about its people."""

    def __init__(self, hall: Hall, people: PeopleHouse, register: Register, folder: Folder, port: int) -> None:
        super().__init__(hall, people.now)
        self.simulator = register
        self.folder = folder
        self.port = port
        self.pauses: list[int] = []
        self.waiting = Waiting()
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._tls: ssl.SSLContext | None = None
        self._closing: list[PopulationRegister] = []
        register.clock = self._seconds
        self.page = httpx.AsyncClient(
            transport=httpx.ASGITransport(people_door(register, self._show)), base_url="http://register.example"
        )

    def connect(self, **limits: Any) -> None:
        """A connector of its own; `limits` are members of the outgoing policy."""
        policy = OutgoingPolicy(
            **{
                "sandbox_loopback": True,
                "ca_file": self.folder.ca,
                "system_authorities": False,
                "only": self.simulator.url,
                "client_certificate": ClientCertificate(self.folder.client, self.folder.client_key),
                "timeout_s": 10.0,
                "max_bytes": MAX_ANSWER,
                "per_host": 16,
                **limits,
            }
        )
        signer = RequestSigner.open(self.folder.signing_key)
        connector = PopulationRegister(
            RegisterPolicy(self.simulator.url, CLIENT), Outgoing(policy), signer, self._pause
        )
        self._closing.append(connector)
        self.hall = replace(self.hall, population_register=connector)

    async def start(self) -> None:
        config = uvicorn.Config(
            machine_door(self.simulator),
            host="127.0.0.1",
            port=self.port,
            log_level="warning",
            lifespan="off",
            ssl_certfile=self.folder.server,
            ssl_keyfile=self.folder.server_key,
            ssl_ca_certs=str(self.folder.ca),
            ssl_cert_reqs=ssl.CERT_REQUIRED,
        )
        config.load()
        self._tls, self._server = config.ssl, _Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            assert not self._serving.done()
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """As if its cable were pulled."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = self._server.force_exit = True
            await self._serving
            self._server = None

    async def close(self) -> None:
        await self.stop()
        await self.page.aclose()
        for connector in self._closing:
            await connector.close()

    async def fault(self, fault: Fault, number: str | None = None) -> None:
        """Chosen as a person chooses it, on the page."""
        answer = await self.page.post("/faults", data={"fault": fault.value, **({"number": number} if number else {})})
        assert answer.status_code == 303, answer.text

    async def inquire(self, person_id: str, asked: Question, case_id: str = "") -> Stored:
        waiter = self.waiting.waiter(case_id) if case_id else None
        return await register_check.ask(
            self.hall, person_id, asked, VERIFY, actor="officer:o1", now=self.now, waiter=waiter
        )

    async def ask_due(self, hall: Hall | None = None) -> int:
        return await register_check.ask_due(hall or self.hall, self.waiting.kinds, self.now)

    async def bearer(self, record: Record) -> str:
        """Whoever bears this number here, added when first asked for."""
        async with self.hall.db.read() as tx:
            found = await tx.persons.find("national_id", record.number)
        return found or (await self.citizen(record.number)).person.id

    async def lai(self) -> str:
        return (await self.citizen(LAI.number)).person.id

    def _seconds(self) -> float:
        return self.now.timestamp()

    def _show(self, expired: bool) -> None:
        assert self._tls is not None
        self._tls.load_cert_chain(self.folder.expired if expired else self.folder.server, self.folder.server_key)

    async def _pause(self, retry: int) -> None:
        self.pauses.append(retry)


@asynccontextmanager
async def open_register_house(
    database_url: str, redis_url: str | None, folder: Path, *, approved: bool = True
) -> AsyncIterator[RegisterHouse]:
    """On an upgraded database; `approved`: two administrators know the register's keys."""
    port = free_port()
    files = certificates.make(folder, "127.0.0.1")
    register = Register(
        f"https://127.0.0.1:{port}",
        CLIENT,
        asker=ECKey.import_key(files.signing_key.read_bytes()),
        key=ECKey.import_key(files.answer_key.read_bytes()),
        people={one.number: one for one in (LAI, RIN, HO)},
    )
    async with open_people_house(database_url, redis_url) as people:
        house = RegisterHouse(people.hall, people, register, files, port)
        house.connect()
        await house.start()
        try:
            if approved:
                proposal = await upstream_pin.propose(house.hall, "cli:an", house.now, POPULATION_REGISTER)
                fingerprint = proposal.pin.fingerprint
                await upstream_pin.approve(house.hall, fingerprint, "cli:binh", house.now, POPULATION_REGISTER)
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(house.app), base_url=people.origin
            ) as house.http:
                yield house
        finally:
            await house.close()
            for browser in house.browsers:
                await browser.close()
