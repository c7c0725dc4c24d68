"""Several nodes on one database: they agree on keys and clients, share a sign-in, and deliver each message once."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from idp.crypto import jwt
from tests.durability.back_office import BackOffice
from tests.durability.balancer import Balancer
from tests.durability.hub import ACCOUNTS, BASIC, LOGOUT, PKCE, Hub, finished, furnished
from tests.durability.ledger import Family, Ledger
from tests.durability.listener import Listener, listening_on
from tests.durability.processes import Mortal, until
from tests.durability.rows import let_leases_lapse, rows
from tests.durability.visit import Visit
from tests.stand.ports import free_port
from tests.stand.postgres import Postgres
from tests.stand.redis import RedisServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

# Messages between nodes take milliseconds; what is beyond is this machine, on which tests of all kinds run at once.
_AT_ONCE = 3.0


@dataclass(frozen=True)
class Nodes:
    """The first two hear each other through Redis; the last has none, and the database is all that it shares."""

    hub: Hub
    processes: tuple[Mortal, ...]
    ports: tuple[int, ...]
    listener_port: int


@pytest.fixture(scope="module")
def nodes(postgres: Postgres, redis_server: RedisServer) -> Iterator[Nodes]:
    """Started at the same moment, on a database without a single signing key."""
    listener_port = free_port()
    with furnished(postgres.create(), listener_port=listener_port, REDIS_URL=redis_server.url) as hub:
        ports = (hub.port, free_port(), free_port())
        processes = (hub.node(ports[0]), hub.node(ports[1]), hub.node(ports[2], REDIS_URL=""))
        try:
            for process in processes:
                process.start()
            for process in processes:
                process.wait()
            yield Nodes(hub, processes, ports, listener_port)
        finally:
            for process in processes:
                process.end()


@pytest.fixture
async def office(nodes: Nodes) -> AsyncIterator[BackOffice]:
    opened = BackOffice(nodes.hub, Ledger())
    yield opened
    await opened.close()


async def document(port: int, path: str) -> dict[str, list[dict[str, Any]]]:
    async with httpx.AsyncClient(transport=Balancer(port), base_url="http://localhost") as client:
        found: dict[str, list[dict[str, Any]]] = (await client.get(path)).json()
    return found


async def kids(port: int, path: str = "/jwks") -> list[str]:
    return sorted(key["kid"] for key in (await document(port, path))["keys"])


async def everywhere(nodes: Nodes, holds: Callable[[int], Awaitable[bool]], what: str) -> None:
    """On each node, at once."""

    async def all_hold() -> bool:
        return all([await holds(port) for port in nodes.ports])

    await until(all_hold, what, _AT_ONCE)


async def key_states(nodes: Nodes) -> list[tuple[str, str]]:
    found = await rows(nodes.hub.database_url, "SELECT alg, state FROM keys ORDER BY alg, state")
    return [(str(alg), str(state)) for alg, state in found]


async def signed_in(
    nodes: Nodes, office: BackOffice, client_id: str, port: int, number: int = 0
) -> tuple[Visit, Family]:
    visit = Visit(nodes.hub, ACCOUNTS[number], Ledger(), port)
    office.balancer.port = port
    family = await office.redeem(await visit.code(nodes.hub.services[client_id]))
    assert family is not None
    return visit, family


async def test_nodes_that_start_at_once_have_one_key_of_each_algorithm(nodes: Nodes) -> None:
    assert await key_states(nodes) == [("ES256", "active"), ("RS256", "active")]
    assert len({tuple(await kids(port)) for port in nodes.ports}) == 1


async def test_a_sign_in_wanders_from_node_to_node(nodes: Nodes, office: BackOffice) -> None:
    """Each request of the browser at another node than the one before; the tokens likewise."""
    first, second, third = nodes.ports
    visit = Visit(nodes.hub, ACCOUNTS[0], Ledger(), first)

    async def wander(_: httpx.Request) -> None:
        visit.balancer.port = second if visit.balancer.port == first else first

    visit.browser.http.event_hooks["request"].append(wander)
    code = await visit.code(nodes.hub.services[LOGOUT])
    office.balancer.port = second
    family = await office.redeem(code)
    assert family is not None
    office.balancer.port = first
    assert (await office.redeem_once(code)).status_code == 400
    assert not await office.is_active(code.service, family.access[0]), "reuse ends the tokens on every node"
    family = await office.redeem(await visit.code(nodes.hub.services[LOGOUT]))
    assert family is not None
    for port in nodes.ports:
        office.balancer.port = port
        assert await office.is_active(family.service, family.access[-1])
        await office.refresh(family)
    async with listening_on(nodes.listener_port, Listener()):
        await visit.sign_out(family.service, family.id_token)
        await until(lambda: all_delivered(nodes), "the service is told")
    office.balancer.port = third
    assert not await office.is_active(family.service, family.access[-1])
    await visit.close()


async def test_a_client_disabled_from_the_command_line_is_refused_everywhere(nodes: Nodes, office: BackOffice) -> None:
    service = nodes.hub.services[PKCE]

    async def answers(port: int, status: int) -> bool:
        office.balancer.port = port
        return (await office.own_token(service)).status_code == status

    for port in nodes.ports:
        assert await answers(port, 200)
    await nodes.hub.idp("clients", "disable", PKCE, "--reason", "test")
    await everywhere(nodes, lambda port: answers(port, 401), "the disabled client is refused")
    await nodes.hub.idp("clients", "enable", PKCE, "--reason", "test")
    await everywhere(nodes, lambda port: answers(port, 200), "the client may again")


async def test_rotation_from_everywhere_at_once_makes_one_successor(nodes: Nodes) -> None:
    before = set(await kids(nodes.ports[0]))
    commands = [nodes.hub.command("keys", "rotate") for _ in range(2)]
    await asyncio.gather(*(finished(command) for command in commands))
    expected = [("ES256", "active"), ("ES256", "pending"), ("RS256", "active"), ("RS256", "pending")]
    assert await key_states(nodes) == expected
    [[distinct]] = await rows(nodes.hub.database_url, "SELECT count(DISTINCT kid) FROM keys")
    assert distinct == len(expected)

    async def published(port: int) -> bool:
        found = set(await kids(port))
        return before < found and len(found) == distinct

    await everywhere(nodes, published, "each node publishes the successors")


async def test_tokens_of_a_compromised_key_are_refused_everywhere(nodes: Nodes, office: BackOffice) -> None:
    _, family = await signed_in(nodes, office, BASIC, nodes.ports[0])
    token = family.access[0]
    kid = jwt.read_kid(token)

    async def doors(port: int) -> list[bool]:
        """Whether each door still knows the key; the change may fall between two of them."""
        office.balancer.port = port
        active = await office.is_active(family.service, token)
        return [active, (await office.userinfo(token)).status_code == 200, kid in await kids(port)]

    async def is_dead(port: int) -> bool:
        return not any(await doors(port))

    for port in nodes.ports:
        assert all(await doors(port))
    await nodes.hub.idp("keys", "compromise", kid, "--reason", "test", "--yes")
    await everywhere(nodes, is_dead, "the key's tokens are refused")
    for port in nodes.ports:
        history = (await document(port, "/jwks/history"))["keys"]
        assert any(key["kid"] == kid and key["revoked"]["reason"] == "compromised" for key in history), history
    # The refresh token is no signature's business: it brings tokens of the key that signs now.
    await office.refresh(family)
    for port in nodes.ports:
        office.balancer.port = port
        assert await office.is_active(family.service, family.access[-1])


async def test_nodes_share_the_messages_and_send_each_once(nodes: Nodes, office: BackOffice) -> None:
    """While the service is slow two are on their way to it, whoever sends them."""
    stays = [await signed_in(nodes, office, LOGOUT, nodes.ports[n % 2], n) for n in range(4)]
    async with listening_on(nodes.listener_port, Listener()) as listener:
        listener.open.clear()
        await asyncio.gather(*(visit.sign_out(family.service, family.id_token) for visit, family in stays))

        async def two_under_way() -> bool:
            return listener.in_flight == 2

        await until(two_under_way, "two deliveries are under way")
        listener.open.set()
        await until(lambda: all_delivered(nodes), "all are delivered")
    assert listener.most_in_flight == 2
    assert set(listener.times().values()) == {1}
    assert len(listener.arrived) == len(stays)


async def all_delivered(nodes: Nodes) -> bool:
    waiting = await rows(nodes.hub.database_url, "SELECT id FROM outbox WHERE next_attempt_at IS NOT NULL")
    return not waiting


@contextlib.contextmanager
def paused(process: Mortal) -> Iterator[None]:
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


async def test_a_node_that_slept_finds_its_message_taken_over(nodes: Nodes, office: BackOffice) -> None:
    """Its lease lapses, another sends the same jti, and what the sleeper says when it wakes does not count."""
    sleeper, *others = nodes.processes
    visit, family = await signed_in(nodes, office, LOGOUT, nodes.ports[0])
    async with listening_on(nodes.listener_port, Listener()) as listener:
        listener.open.clear()
        with contextlib.ExitStack() as rest:
            for other in others:
                rest.enter_context(paused(other))
            await visit.sign_out(family.service, family.id_token)
            await until(lambda: has_arrived(listener, 1), "the first node sends it")
        with paused(sleeper):
            await let_leases_lapse(nodes.hub.database_url)
            await until(lambda: has_arrived(listener, 2), "another node sends it")
            listener.open.set()
            await until(lambda: all_delivered(nodes), "the other node marks it")
        # Whatever the sleeper says of it now, it has said before its next answer.
        office.balancer.port = nodes.ports[0]
        assert (await office.own_token(nodes.hub.services[PKCE])).status_code == 200
    assert set(listener.times().values()) == {2}
    await the_last_was_delivered_at_the_second_attempt(nodes)


async def test_a_killed_node_is_taken_over(nodes: Nodes, office: BackOffice) -> None:
    victim, *others = nodes.processes
    visit, family = await signed_in(nodes, office, LOGOUT, nodes.ports[0])
    async with listening_on(nodes.listener_port, Listener()) as listener:
        listener.open.clear()
        with contextlib.ExitStack() as rest:
            for other in others:
                rest.enter_context(paused(other))
            await visit.sign_out(family.service, family.id_token)
            await until(lambda: has_arrived(listener, 1), "the first node sends it")
            victim.kill()
        listener.open.set()
        await let_leases_lapse(nodes.hub.database_url)
        await until(lambda: all_delivered(nodes), "another node delivers it")
    assert set(listener.times().values()) == {2}
    await the_last_was_delivered_at_the_second_attempt(nodes)


async def has_arrived(listener: Listener, times: int) -> bool:
    return len(listener.arrived) >= times


async def the_last_was_delivered_at_the_second_attempt(nodes: Nodes) -> None:
    [last, *_] = await rows(
        nodes.hub.database_url,
        "SELECT attempts, status, delivered_at IS NOT NULL, abandoned_at IS NULL FROM outbox ORDER BY created_at DESC",
    )
    assert tuple(last) == (2, 200, True, True)
