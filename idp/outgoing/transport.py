"""httpx's way to the network, over the judged connections: no proxy, no HTTP/2, no connection kept for the next."""

import ssl
from collections.abc import AsyncIterator

import httpcore
import httpx

from idp.outgoing.connection import JudgedConnections
from idp.outgoing.policy import OutgoingPolicy


def trust(policy: OutgoingPolicy) -> ssl.SSLContext:
    """The system's authorities, and the policy's own beside them."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if policy.ca_file is not None:
        context.load_verify_locations(cafile=policy.ca_file)
    return context


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._response.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._response.aclose()


class JudgedTransport(httpx.AsyncBaseTransport):
    """A connection was judged when it was made; keeping none means judging each time."""

    def __init__(self, policy: OutgoingPolicy, connections: JudgedConnections) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust(policy),
            max_connections=policy.total,
            max_keepalive_connections=0,
            network_backend=connections,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    async def aclose(self) -> None:
        await self._pool.aclose()
