"""SIGTERM while people and services are being served: nobody's request fails, nothing is left, the status is 0."""

import asyncio
import contextlib
import os
import signal
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from tests.durability.balancer import Balancer
from tests.durability.hub import ACCOUNTS, BASIC, PKCE, Hub, Service, furnished, readiness
from tests.durability.ledger import Ledger
from tests.durability.processes import Mortal, command_line, descendants, until, workers_of
from tests.durability.visit import Visit
from tests.stand.ports import is_listening
from tests.stand.postgres import Postgres
from tests.stand.redis import RedisServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

_DRAIN = "2s"


@pytest.fixture
def one_process() -> Iterator[Hub]:
    with furnished(accounts=ACCOUNTS[:1], IDP_DRAIN=_DRAIN) as hub:
        yield hub


@pytest.fixture
def two_workers(postgres: Postgres, redis_server: RedisServer) -> Iterator[Hub]:
    with furnished(
        postgres.create(), accounts=ACCOUNTS[:1], REDIS_URL=redis_server.url, IDP_WORKERS="2", IDP_DRAIN=_DRAIN
    ) as hub:
        yield hub


@pytest.fixture(params=["one_process", "two_workers"])
def hub(request: pytest.FixtureRequest) -> Hub:
    found: Hub = request.getfixturevalue(request.param)
    return found


@dataclass
class Load:
    """Requests without pause from a balancer's side: it looks at /readyz, and sends nothing more after a no."""

    hub: Hub
    answered: int = 0
    told: bool = False
    failures: list[str] = field(default_factory=list)

    async def watch(self) -> None:
        while not self.told:
            self.told = await asyncio.to_thread(readiness, self.hub.port) != 200
            await asyncio.sleep(0.02)

    async def services(self) -> None:
        """Over connections that are kept, as services have them."""
        service = self.hub.services[PKCE]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.hub.port}", timeout=20) as client:
            while not self.told:
                try:
                    response = await client.post(
                        "/token", data={"grant_type": "client_credentials"}, auth=(service.client_id, service.secret)
                    )
                except httpx.HTTPError as failure:
                    self.failures.append(repr(failure))
                    continue
                self.answered += 1
                if response.status_code != 200:
                    self.failures.append(f"{response.status_code} {response.text}")

    async def people(self) -> None:
        while not self.told:
            visit = Visit(self.hub, ACCOUNTS[0], Ledger())
            await visit.walk_once(self.hub.services[BASIC])
            self.answered += 1
            await visit.close()


async def test_nobody_notices(hub: Hub) -> None:
    async with hub.serving() as [node]:
        load = Load(hub)
        work = [asyncio.create_task(one) for one in (load.watch(), load.services(), load.services(), load.people())]

        async def is_busy() -> bool:
            return load.answered >= 30

        await until(is_busy, "requests are answered", 60)
        left = [node.pid, *descendants(node.pid)]
        async with begun_early(hub, hub.services[PKCE]) as late:
            status = asyncio.create_task(node.terminated())
            await asyncio.gather(*work)
            await until(lambda: refuses(hub), "no new connection is taken")
            assert node.is_running, "a request is still open"
            answer = await late.finish()
            assert answer.startswith(b"HTTP/1.1 200 "), answer
        assert await status == 0
    assert load.failures == []
    assert [pid for pid in left if "idp" in command_line(pid)] == []


async def refuses(hub: Hub) -> bool:
    return not await asyncio.to_thread(is_listening, hub.port)


@dataclass
class LateRequest:
    """A request whose last bytes the service sends when the node is about to go."""

    rest: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def finish(self) -> bytes:
        self.writer.write(self.rest)
        await self.writer.drain()
        return await self.reader.read()


@contextlib.asynccontextmanager
async def begun_early(hub: Hub, service: Service) -> AsyncIterator[LateRequest]:
    body = b"grant_type=client_credentials"
    known = b64encode(f"{service.client_id}:{service.secret}".encode()).decode()
    head = (
        f"POST /token HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Basic {known}\r\n"
        f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(head.encode() + body[:10])
    await writer.drain()
    try:
        yield LateRequest(body[10:], reader, writer)
    finally:
        writer.close()


async def test_workers_don_t_outlive_a_killed_parent(two_workers: Hub) -> None:
    """Otherwise they would hold the port, and the node could not be started again."""
    async with two_workers.serving() as [node]:
        workers = workers_of(node)
        assert len(workers) == 2
        await they_count_together(two_workers)
        os.kill(node.pid, signal.SIGKILL)
        await until(lambda: refuses(two_workers), "the port is free", 20)
        await started_again(node)
        assert not set(workers) & set(descendants(node.pid))


async def they_count_together(hub: Hub) -> None:
    """Whichever worker is asked answers for both."""
    balanced = Balancer(hub.port)
    async with httpx.AsyncClient(transport=balanced, base_url=hub.issuer) as client:
        for _ in range(20):
            assert (await client.get("/healthz")).status_code == 200
        told = (await client.get("http://localhost/metrics")).text
    counted = [line for line in told.splitlines() if "request" in line and "/healthz" in line and "count" in line]
    assert sum(float(line.split()[-1]) for line in counted) >= 20, told


async def started_again(node: Mortal) -> None:
    async def ended() -> bool:
        return not node.is_running

    await until(ended, "the parent is gone")
    node.start()
    await node.up()


async def test_a_node_that_can_t_start_says_so(two_workers: Hub) -> None:
    node = two_workers.node(DATABASE_URL="postgresql://postgres@127.0.0.1:1/nowhere")
    node.start()

    async def ended() -> bool:
        return not node.is_running

    try:
        await until(ended, "it gives up", 60)
        assert node.status != 0
    finally:
        node.end()
