"""Back-channel logout: what is put into the outbox, what a service receives, and what happens where nobody answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet

from idp.flows.courier import Courier, wait_after
from idp.protocol.client import ClientState
from idp.storage.outbox import Delivery
from tests.doors.machine_house import Service
from tests.doors.people_house import PeopleHouse, open_people_house


class Receivers:
    """Services on loopback ports of this test's own loop: what they answer, and what they were sent."""

    def __init__(self) -> None:
        self.tokens: dict[str, list[str]] = {}
        self.servers: list[asyncio.Server] = []
        self.deaf = asyncio.Event()

    async def open(self, status: int | Callable[[int], int], name: str) -> str:
        self.tokens[name] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                line[15:] for line in head.decode().split("\r\n") if line.lower().startswith("content-length")
            )
            body = (await reader.readexactly(int(length))).decode()
            self.tokens[name].append(parse_qs(body)["logout_token"][0])
            code = status(len(self.tokens[name])) if callable(status) else status
            if code == 0:
                await self.deaf.wait()
            else:
                writer.write(f"HTTP/1.1 {code} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        self.servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/logout"

    async def close(self) -> None:
        self.deaf.set()
        for server in self.servers:
            server.close()


@pytest.fixture
async def receivers() -> AsyncIterator[Receivers]:
    made = Receivers()
    yield made
    await made.close()


@pytest.fixture
async def people(stores: tuple[str, str | None]) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(*stores, sandbox=True) as house:
        yield house


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url, sandbox=True) as house:
        yield house


async def signed_out(house: PeopleHouse, *services: Service) -> dict[str, Any]:
    """A citizen visits these services and signs out; returns the first one's tokens."""
    lai, browser = await house.citizen(), house.browser()
    first = await house.tokens_of(browser, services[0], lai)
    for service in services[1:]:
        await house.walk(browser, service, lai)
    await browser.get("/logout", id_token_hint=first["id_token"])
    return first


async def send(house: PeopleHouse) -> int:
    courier = Courier(house.hall)
    taken = await courier.send_due(house.now)
    await courier.settle()
    return taken


async def record(house: PeopleHouse, service: Service) -> Delivery:
    async with house.hall.db.read() as tx:
        (delivery,) = await tx.outbox.deliveries(service.client.client_id)
    return delivery


async def test_each_service_that_was_reached_is_told_once_and_it_is_recorded(
    people: PeopleHouse, receivers: Receivers
) -> None:
    first = await people.register(backchannel_logout_uri=await receivers.open(200, "first"))
    second = await people.register(backchannel_logout_uri=await receivers.open(204, "second"), sector="khac")
    silent = await people.register(backchannel_logout_uri=None)
    never_visited = await people.register(backchannel_logout_uri=await receivers.open(200, "never"))
    tokens = await signed_out(people, first, second, silent)
    assert people.hall.outbox_due.is_set(), "the first attempt comes at once"
    assert await send(people) == 2
    assert await send(people) == 0
    assert [len(receivers.tokens[name]) for name in ("first", "second", "never")] == [1, 1, 0]
    assert (await record(people, first)).status == 200
    assert (await record(people, second)).status == 204
    async with people.hall.db.read() as tx:
        assert await tx.outbox.deliveries(never_visited.client.client_id) == []
    keys = KeySet.import_key_set((await people.http.get("/jwks")).json())
    told = jwt.decode(receivers.tokens["first"][0], keys, algorithms=["ES256"])
    assert told.header["typ"] == "logout+jwt"
    assert told.claims["aud"] == first.client.client_id
    assert told.claims["iss"] == people.origin
    assert told.claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in told.claims
    assert 0 < told.claims["exp"] - told.claims["iat"] <= 300
    signed_in = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
    assert (told.claims["sub"], told.claims["sid"]) == (signed_in["sub"], signed_in["sid"])
    others = jwt.decode(receivers.tokens["second"][0], keys, algorithms=["ES256"]).claims
    assert others["sub"] != told.claims["sub"], "another sector, another name"
    assert others["sid"] != told.claims["sid"]


async def test_a_message_that_is_sent_again_is_the_same_message(people: PeopleHouse, receivers: Receivers) -> None:
    uri = await receivers.open(lambda attempt: 503 if attempt < 3 else 200, "busy")
    service = await people.register(backchannel_logout_uri=uri)
    await signed_out(people, service)
    for attempt in (1, 2, 3):
        assert await send(people) == 1
        assert await send(people) == 0, "not before its time"
        people.now += wait_after(attempt)
    payloads = [jws.extract_compact(token.encode()).payload for token in receivers.tokens["busy"]]
    assert len(payloads) == 3
    ids = {payload.split(b'"jti":"')[1].split(b'"')[0] for payload in payloads}
    assert len(ids) == 1
    done = await record(people, service)
    assert (done.status, done.attempts) == (200, 3)


async def test_waits_double_up_to_an_hour() -> None:
    waits = [wait_after(attempts).total_seconds() for attempts in range(1, 15)]
    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == 3600
    assert wait_after(10**6) == timedelta(hours=1)


async def test_what_no_repetition_will_change_is_given_up_and_the_record_says_why(
    town: PeopleHouse, receivers: Receivers
) -> None:
    refusing = await town.register(backchannel_logout_uri=await receivers.open(400, "refusing"))
    inside = await town.register(backchannel_logout_uri="https://10.0.0.7/logout")
    leaving = await town.register(backchannel_logout_uri=await receivers.open(200, "leaving"))
    gone = await town.register(backchannel_logout_uri=await receivers.open(200, "gone"))
    await signed_out(town, refusing, inside, leaving, gone)
    await town.change(leaving, replace(leaving.client, backchannel_logout_uri=None))
    await town.change(gone, replace(gone.client, state=ClientState.DISABLED))
    await send(town)
    reasons = {}
    for service in (refusing, inside, leaving, gone):
        told = await record(town, service)
        assert told.abandoned_at is not None
        reasons[service.client.client_id] = told.reason
    assert list(reasons.values()) == ["status_400", "address_refused", "no_uri", "client_gone"]
    assert receivers.tokens["leaving"] == receivers.tokens["gone"] == []


async def test_a_service_that_never_answers_well_is_given_up_after_half_a_day(
    town: PeopleHouse, receivers: Receivers
) -> None:
    service = await town.register(backchannel_logout_uri=await receivers.open(500, "broken"))
    await signed_out(town, service)
    begun, attempts = town.now, 0
    while attempts < 30 and (await record(town, service)).abandoned_at is None:
        attempts += await send(town)
        town.now += wait_after(attempts)
    assert attempts == 12
    assert timedelta(minutes=30) < town.now - begun < timedelta(hours=12)


async def test_a_dead_service_delays_nobody(town: PeopleHouse, receivers: Receivers) -> None:
    """It hangs; meanwhile another service's sign-outs go out, batch after batch."""
    dead = await town.register(backchannel_logout_uri=await receivers.open(0, "dead"))
    living = await town.register(backchannel_logout_uri=await receivers.open(200, "living"))
    courier = Courier(town.hall)
    for number in range(4):
        lai, browser = await town.citizen(f"lai{number}@thu.example.vn"), town.browser()
        hint = (await town.tokens_of(browser, dead, lai))["id_token"]
        await town.walk(browser, living, lai)
        await browser.get("/logout", id_token_hint=hint)
    async with asyncio.timeout(4):
        while len(receivers.tokens["living"]) < 4:
            town.hall.outbox_due.clear()
            await courier.send_due(town.now)
            async with asyncio.timeout(1):
                await town.hall.outbox_due.wait()
    assert len(receivers.tokens["dead"]) <= 2, "and it holds no more than its share of connections"
    receivers.deaf.set()
    await courier.settle()
