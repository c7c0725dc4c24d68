"""The only HTTP client of the provider: few verbs, judged addresses, bounded time and size, no memory of cookies.

For back-channel logout, jwks_uri and sector_identifier_uri: URLs that others wrote into their registrations; and for
the upstreams and the SMS gateway that an administrator set.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, Self

import httpcore
import httpx
import orjson

from idp.kernel.secret import Secret
from idp.outgoing.connection import JudgedConnections, Resolver, system_resolver
from idp.outgoing.errors import OutgoingFailed
from idp.outgoing.policy import OutgoingPolicy
from idp.outgoing.target import check_url
from idp.outgoing.transport import JudgedTransport

# Nothing compressed is asked for and nothing compressed is read: a small answer can't grow.
_HEADERS: Final = {"accept-encoding": "identity", "connection": "close", "user-agent": "cua-chung"}


@dataclass(frozen=True, slots=True)
class Answered:
    """`body` is empty unless the status is 200: nobody reads what else is said. `retry_after`: RFC 9110 §10.2.3."""

    status: int
    retry_after: str | None
    body: bytes = field(repr=False)


class Outgoing:
    """One per process. Raises OutgoingRefused (never will work) or OutgoingFailed (may work later), nothing else."""

    def __init__(self, policy: OutgoingPolicy, resolver: Resolver = system_resolver) -> None:
        self._policy = policy
        self._client = httpx.AsyncClient(
            transport=JudgedTransport(policy, JudgedConnections(policy, resolver)),
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            follow_redirects=False,
            timeout=httpx.Timeout(policy.timeout_s),
            trust_env=False,
        )
        self._lanes: dict[str, tuple[asyncio.Semaphore, int]] = {}

    async def get_json(self, url: str, bearer: Secret | None = None) -> object:
        """The JSON that stands at the URL: status 200, no redirect, at most `max_bytes`."""
        async with self._request("GET", url, {"accept": "application/json", **_bears(bearer)}, None) as response:
            if response.status_code != httpx.codes.OK:
                raise OutgoingFailed(f"status_{response.status_code}")
            body = await self._read(response)
        try:
            return orjson.loads(body)
        except ValueError:
            raise OutgoingFailed("not_json") from None

    async def post_form(self, url: str, fields: Mapping[str, str], bearer: Secret | None = None) -> int:
        """Post a form and return the status; nothing of the body is read. A redirect is a status like any other."""
        async with self._request("POST", url, _bears(bearer), fields) as response:
            return response.status_code

    async def post_content(self, url: str, content: bytes, media_type: str) -> int:
        """Post a body of another kind and return the status; nothing of the answer is read (RFC 8935 §2)."""
        headers = {"content-type": media_type, "accept": "application/json"}
        async with self._request("POST", url, headers, None, content) as response:
            return response.status_code

    async def post_form_for_json(self, url: str, fields: Mapping[str, str]) -> tuple[int, object]:
        """Post a form and read the JSON that answers it. A 5xx is a failure, any other status is the caller's to read.

        What is no JSON is None: an endpoint that refuses may say so in words.
        """
        async with self._request("POST", url, {"accept": "application/json"}, fields) as response:
            if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                raise OutgoingFailed(f"status_{response.status_code}")
            body = await self._read(response)
        try:
            return response.status_code, orjson.loads(body)
        except ValueError:
            return response.status_code, None

    async def post(self, url: str, content: bytes, media_type: str) -> Answered:
        """Post octets and read what answers them, whatever the status."""
        headers = {"content-type": media_type, "accept": media_type}
        async with self._request("POST", url, headers, None, content) as response:
            body = await self._read(response) if response.status_code == httpx.codes.OK else b""
            return Answered(response.status_code, response.headers.get("retry-after"), body)

    async def close(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        fields: Mapping[str, str] | None,
        content: bytes | None = None,
    ) -> AsyncIterator[httpx.Response]:
        target = check_url(url, self._policy)
        try:
            async with asyncio.timeout(self._policy.timeout_s), self._lane(target.host):
                request = self._client.build_request(method, target.url, headers=headers, data=fields, content=content)
                response = await self._client.send(request, stream=True)
                try:
                    yield response
                finally:
                    await response.aclose()
        except (TimeoutError, httpcore.TimeoutException):
            raise OutgoingFailed("timeout") from None
        except (OSError, httpcore.NetworkError) as error:
            raise OutgoingFailed("tls" if _is_of_tls(error) else "connection") from None
        except (httpcore.ProtocolError, httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise OutgoingFailed("protocol") from None

    @asynccontextmanager
    async def _lane(self, host: str) -> AsyncIterator[None]:
        """At most `per_host` calls to one host at once; a lane without users is forgotten."""
        semaphore, users = self._lanes.get(host, (asyncio.Semaphore(self._policy.per_host), 0))
        self._lanes[host] = semaphore, users + 1
        try:
            async with semaphore:
                yield
        finally:
            semaphore, users = self._lanes.pop(host)
            if users > 1:
                self._lanes[host] = semaphore, users - 1

    async def _read(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise OutgoingFailed("encoding")
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > self._policy.max_bytes:
                raise OutgoingFailed("too_large")
        return bytes(body)


def _bears(token: Secret | None) -> dict[str, str]:
    """RFC 6750 §2.1."""
    return {} if token is None else {"authorization": f"Bearer {token.reveal()}"}


def _is_of_tls(error: BaseException | None) -> bool:
    """Whether TLS lies at the root: an operator then looks at certificates, not at cables."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
