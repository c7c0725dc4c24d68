"""Connecting to the very address that was judged: a name is resolved once, here, and nobody resolves it again.

The URL keeps its name: TLS (SNI, certificate) and the Host header speak of the name, the socket goes to the address.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import TypeAlias

import httpcore

from idp.outgoing.address import Address, is_loopback
from idp.outgoing.errors import OutgoingRefused
from idp.outgoing.policy import OutgoingPolicy
from idp.outgoing.target import resolved

Resolver: TypeAlias = Callable[[str, int], Awaitable[list[str]]]


async def system_resolver(host: str, port: int) -> list[str]:
    """All addresses of a name, as the system finds them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class JudgedConnections(httpcore.AsyncNetworkBackend):
    """The network as the policy allows it; the HTTP library knows no other way out."""

    def __init__(self, policy: OutgoingPolicy, resolver: Resolver = system_resolver) -> None:
        self._policy = policy
        self._resolver = resolver
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the name is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in await self._addresses(host, port):
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> tuple[Address, ...]:
        try:
            texts = [str(ip_address(host))]
        except ValueError:
            try:
                texts = await self._resolver(host, port)
            except OSError:
                raise httpcore.ConnectError("name not resolved") from None
        addresses = resolved(texts, self._policy)
        # Plain http was admitted for this name because it means this machine; it must really do so.
        if host == "localhost" and not all(map(is_loopback, addresses)):
            raise OutgoingRefused("address")
        return addresses

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 so is this one
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 and this
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 and this
    ) -> httpcore.AsyncNetworkStream:
        raise OutgoingRefused("unix_socket")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)
