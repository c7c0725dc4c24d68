"""httpx's way to the network, over the judged connections: no proxy, no HTTP/2, no connection kept for the next."""

import ssl
from collections.abc import AsyncIterator

import httpcore
import httpx

from idp.outgoing.connection import JudgedConnections
from idp.outgoing.errors import UnusableCertificate
from idp.outgoing.policy import OutgoingPolicy


def trust(policy: OutgoingPolicy) -> ssl.SSLContext:
    """The system's authorities and the policy's own beside them, or these alone; and who we are, where that is asked.

    Raises UnusableCertificate.
    """
    context = ssl.create_default_context() if policy.system_authorities else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if policy.ca_file is not None:
        try:
            context.load_verify_locations(cafile=policy.ca_file)
        except OSError:
            raise UnusableCertificate(str(policy.ca_file)) from None
    if policy.client_certificate is not None:
        chain, key = policy.client_certificate.chain, policy.client_certificate.key
        try:
            # An empty password: a key that has one is refused, where OpenSSL would ask the terminal.
            context.load_cert_chain(chain, key, password="")
        except OSError:
            raise UnusableCertificate(str(chain)) from None
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
