"""The provider as its discovery document describes it: fetched once an hour, checked before it is believed."""

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from cua_chung.errors import ProviderUnreachable
from cua_chung.keys import KeyCache

_LIFETIME = 3600.0
# While the provider is down, requests fail at once instead of queueing for one time-out after another.
_RETRY_AFTER = 1.0
# A discovery document has some 4 kB, a JWKS some 2; more than this is no answer of a provider.
_MAX_ANSWER = 262_144
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def trust(ca: str | None) -> ssl.SSLContext:
    """The system's certificate authorities and, where given, one more from a PEM file."""
    context = ssl.create_default_context()
    if ca:
        context.load_verify_locations(cafile=ca)
    return context


class Provider:
    """One issuer: its metadata (OpenID Connect Discovery §4) and its keys."""

    def __init__(
        self,
        issuer: str,
        *,
        ca: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        _require_secure(issuer, issuer)
        self.issuer = issuer
        self.http: dict[str, Any] = {"verify": trust(ca), "timeout": 10.0, "transport": transport}
        self.keys = KeyCache(self._fetch_keys, clock)
        self._clock = clock
        self._metadata: Mapping[str, Any] = {}
        self._loaded_at: float | None = None
        self._failed_at: float | None = None
        self._lock = asyncio.Lock()

    async def metadata(self) -> Mapping[str, Any]:
        """Discovery §4.3: `issuer` must be exactly the one that we were configured with."""
        async with self._lock:
            if self._loaded_at is None or self._clock() - self._loaded_at > _LIFETIME:
                await self._discover()
            return self._metadata

    async def _discover(self) -> None:
        if self._failed_at is not None and self._clock() - self._failed_at < _RETRY_AFTER:
            raise ProviderUnreachable("the provider did not answer a moment ago")
        try:
            found = await self._configuration()
        except ProviderUnreachable:
            if self._loaded_at is None:
                self._failed_at = self._clock()
                raise
            # Addresses hardly ever change: what was read an hour ago serves until the provider answers again.
            found = self._metadata
        self._metadata, self._loaded_at, self._failed_at = found, self._clock(), None

    async def _configuration(self) -> Mapping[str, Any]:
        found = await self._get(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise ProviderUnreachable("discovery describes another issuer")
        return found

    async def endpoint(self, name: str) -> str:
        """The URL of an endpoint, over TLS unless the issuer itself is on this machine."""
        url = (await self.metadata()).get(name)
        if not isinstance(url, str):
            raise ProviderUnreachable(f"discovery has no {name}")
        _require_secure(url, self.issuer)
        return url

    async def _fetch_keys(self) -> Mapping[str, Any]:
        return await self._get(await self.endpoint("jwks_uri"))

    async def _get(self, url: str) -> Mapping[str, Any]:
        try:
            async with httpx.AsyncClient(**self.http) as http:
                answer = await http.get(url, headers={"Accept": "application/json"})
                answer.raise_for_status()
        except httpx.HTTPError as error:
            raise ProviderUnreachable(f"no answer from {urlsplit(url).path}") from error
        return json_object(answer)


def json_object(answer: httpx.Response) -> Mapping[str, Any]:
    """The body as a JSON object, or the provider is not what it should be."""
    try:
        content = answer.json() if len(answer.content) <= _MAX_ANSWER else None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ProviderUnreachable("the answer is no JSON object")
    return content


def _require_secure(url: str, issuer: str) -> None:
    """OpenID Connect Core §16.17: TLS, except between processes of one machine while developing."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return
    loopback = urlsplit(issuer).netloc.rpartition(":")[0] in _LOOPBACK or urlsplit(issuer).hostname in _LOOPBACK
    if parts.scheme != "http" or not loopback:
        raise ProviderUnreachable("the provider must be reached over https")
