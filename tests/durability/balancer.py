"""The one address of several nodes: what is sent to the issuer goes to one of them, over a connection of its own.

A connection for each request, as from a thousand browsers: none is left from before a node died. It also costs a third
of a pooled client's time, of which these tests have little.
"""

import asyncio

import httpx

_LONGEST_ANSWER = 20.0


class Balancer(httpx.AsyncBaseTransport):
    """`port` is the node that gets the next request, `source` the address that it comes from."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self.port = port
        self.source = source

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(_LONGEST_ANSWER):
                return await self._exchange(request, await request.aread())
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as failure:
            # TimeoutError is an OSError: for whoever asked all of these are the same, no answer.
            raise httpx.NetworkError(type(failure).__name__, request=request) from None

    async def _exchange(self, request: httpx.Request, body: bytes) -> httpx.Response:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.source, 0))
        try:
            writer.write(_head(request) + body)
            await writer.drain()
            status, headers = _parsed(await reader.readuntil(b"\r\n\r\n"))
            length = next((int(value) for name, value in headers if name.lower() == b"content-length"), None)
            content = await reader.read() if length is None else await reader.readexactly(length)
        finally:
            writer.close()
        return httpx.Response(status, headers=headers, content=content)


def _head(request: httpx.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % pair for pair in request.headers.raw if pair[0].lower() != b"connection"]
    return b"\r\n".join([*lines, b"connection: close", b"", b""])


def _parsed(head: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    first, *lines = head.split(b"\r\n")
    pairs = (line.partition(b":") for line in lines if line)
    return int(first.split()[1]), [(name, value.strip()) for name, _, value in pairs]
