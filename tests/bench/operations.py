"""The operations of the hot path as acts on a connection, each with the CPU time that it may cost."""

import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlencode

import orjson

from tests.bench.browser import sign_in
from tests.bench.connection import Answer, Connection, request
from tests.bench.load import CONNECTIONS, Act
from tests.bench.world import World, basic, bearer

# Given how often it will be done, one act for each connection.
Prepare: TypeAlias = Callable[[World, int], Awaitable[list[Act]]]
_KEPT_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Operation:
    """`target` and `stretch` in CPU microseconds of the server; `share`: how many of a round's acts are worth it."""

    name: str
    prepare: Prepare
    target: float | None = None
    stretch: float | None = None
    share: float = 1.0
    bare: bool = False


def _same(sent: bytes, status: int = 200) -> Act:
    async def act(connection: Connection) -> None:
        answer = await connection.ask(sent)
        assert answer.status == status, answer

    return act


def _cycle(requests: Iterator[bytes], status: int = 200) -> list[Act]:
    async def act(connection: Connection) -> None:
        answer = await connection.ask(next(requests))
        assert answer.status == status, answer

    return [act] * CONNECTIONS


def _get(path: str) -> Prepare:
    async def prepare(_: World, __: int) -> list[Act]:
        return [_same(request("GET", path))] * CONNECTIONS

    return prepare


async def _client_credentials(world: World, _: int) -> list[Act]:
    body = urlencode({"grant_type": "client_credentials"})
    return [_same(request("POST", "/token", body=body, headers=basic(world.shop)))] * CONNECTIONS


def _exchange(world: World, code: str) -> bytes:
    return request("POST", "/token", body=urlencode(world.exchange(code)), headers=basic(world.shop))


async def _code_exchange(world: World, count: int) -> list[Act]:
    codes = await world.codes(count)
    return _cycle(_exchange(world, code) for code in codes)


async def tokens(world: World, port: int, count: int) -> list[dict[str, Any]]:
    """Token responses of fresh grants, fetched from the server outside of any measurement."""
    connection = await Connection.open(port)
    found = [_read(await connection.ask(_exchange(world, code))) for code in await world.codes(count)]
    connection.close()
    return found


def _read(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer
    document: dict[str, Any] = orjson.loads(answer.body)
    return document


class Operations:
    """The list, on one running server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._kept: list[dict[str, Any]] = []

    def all(self) -> list[Operation]:
        return [
            Operation("bare endpoint", _get("/bare"), bare=True),
            Operation("client_credentials", _client_credentials, 300),
            Operation("refresh with rotation", self._refresh, 630),
            Operation("code exchange", _code_exchange, 780),
            Operation("introspection", self._introspection, 380, 250),
            Operation("introspection, new token", self._introspection_of_new),
            Operation("userinfo", self._userinfo, 430, 310),
            Operation("userinfo, new token", self._userinfo_of_new),
            Operation("discovery", _get("/.well-known/openid-configuration"), 110),
            Operation("JWKS", _get("/jwks"), 110),
            Operation("pushed request (PAR)", _pushed_request),
            Operation("password sign-in", self._sign_in, 1e6 / 25, 1e6 / 30, share=1 / 20),
        ]

    async def warm(self, world: World) -> None:
        """Each person consents once, so that later sign-ins find a remembered consent."""
        self._kept = await tokens(world, self._port, _KEPT_TOKENS)
        (act,) = (await self._sign_in(world, 0))[:1]
        connection = await Connection.open(self._port)
        for _ in world.citizens:
            await act(connection)
        connection.close()

    async def _refresh(self, world: World, _: int) -> list[Act]:
        headers = basic(world.shop)

        def family(first: str) -> Act:
            latest = first

            async def act(connection: Connection) -> None:
                nonlocal latest
                body = urlencode({"grant_type": "refresh_token", "refresh_token": latest})
                answer = await connection.ask(request("POST", "/token", body=body, headers=headers))
                latest = _read(answer)["refresh_token"]

            return act

        return [family(found["refresh_token"]) for found in await tokens(world, self._port, CONNECTIONS)]

    async def _introspection(self, world: World, _: int) -> list[Act]:
        return _cycle(itertools.cycle(_introspections(world, self._kept)))

    async def _introspection_of_new(self, world: World, count: int) -> list[Act]:
        return _cycle(iter(_introspections(world, await tokens(world, self._port, count))))

    async def _userinfo(self, world: World, _: int) -> list[Act]:
        return _cycle(itertools.cycle(_userinfos(self._kept)))

    async def _userinfo_of_new(self, world: World, count: int) -> list[Act]:
        return _cycle(iter(_userinfos(await tokens(world, self._port, count))))

    async def _sign_in(self, world: World, _: int) -> list[Act]:
        begin = f"/authorize?{urlencode(world.authorization_request())}"
        people = itertools.cycle(world.citizens)

        async def act(connection: Connection) -> None:
            citizen = next(people)
            code = await sign_in(connection, begin, citizen.login, citizen.password)
            assert (await connection.ask(_exchange(world, code))).status == 200

        return [act] * CONNECTIONS


async def _pushed_request(world: World, _: int) -> list[Act]:
    body = urlencode(world.authorization_request())
    return [_same(request("POST", "/par", body=body, headers=basic(world.shop)), 201)] * CONNECTIONS


def _introspections(world: World, found: list[dict[str, Any]]) -> list[bytes]:
    headers = basic(world.api)
    return [
        request("POST", "/introspect", body=urlencode({"token": one["access_token"]}), headers=headers) for one in found
    ]


def _userinfos(found: list[dict[str, Any]]) -> list[bytes]:
    return [request("GET", "/userinfo", headers=bearer(one["access_token"])) for one in found]
