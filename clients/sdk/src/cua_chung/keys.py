"""The provider's public keys: fetched over HTTPS, kept for a while, fetched again when an unknown `kid` turns up.

Keys come from the issuer's `jwks_uri` alone: what a token's header brings along (`jwk`, `jku`, `x5u`) is never read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import jwt

from cua_chung.errors import ProviderUnreachable, TokenRefused

# RFC 7518 §3.1 and §6: which kind of key an algorithm takes. HMAC has no line, so a public key is never a secret.
KEY_TYPES: Mapping[str, tuple[str, str | None]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "EdDSA": ("OKP", "Ed25519"),
}


class KeyCache:
    """One JWKS. `fetch` brings the document; `clock` tells monotonic seconds."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Mapping[str, Any]]],
        clock: Callable[[], float],
        *,
        lifetime: float = 300,
        stale_for: float = 600,
        refetch_after: float = 30,
        retry_after: float = 1,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lifetime = lifetime
        self._stale_for = stale_for
        self._refetch_after = refetch_after
        self._retry_after = retry_after
        self._keys: dict[str, dict[str, Any]] = {}
        self._loaded_at: float | None = None
        self._tried_at: float | None = None
        self._lock = asyncio.Lock()

    async def key(self, kid: str, alg: str) -> jwt.PyJWK:
        """The key of this id, fit for this algorithm; refused if there is none after at most one new fetch."""
        if not self._is_young() or kid not in self._keys:
            await self._reload(kid)
        found = self._keys.get(kid)
        if found is None:
            raise TokenRefused("signed by a key that the provider does not publish")
        kind, curve = KEY_TYPES[alg]
        if found.get("kty") != kind or (curve is not None and found.get("crv") != curve):
            raise TokenRefused("alg does not fit the key")
        if found.get("alg", alg) != alg or found.get("use", "sig") != "sig":
            raise TokenRefused("the key is meant for something else")
        try:
            return jwt.PyJWK(found, algorithm=alg)
        except (jwt.PyJWTError, ValueError) as error:
            raise ProviderUnreachable("the provider publishes a malformed key") from error

    def _is_young(self) -> bool:
        return self._loaded_at is not None and self._clock() - self._loaded_at < self._lifetime

    async def _reload(self, kid: str) -> None:
        async with self._lock:
            # Others may have fetched while we waited.
            if self._is_young() and kid in self._keys:
                return
            if self._tried_within(self._retry_after if self._is_too_old() else self._refetch_after):
                # Strangers' tokens must not make us hammer the provider, nor wait for it in a long queue.
                if self._is_too_old():
                    raise ProviderUnreachable("the provider did not answer a moment ago")
                return
            self._tried_at = self._clock()
            try:
                document = await self._fetch()
                self._keys = _by_kid(document)
                self._loaded_at = self._clock()
            except ProviderUnreachable:
                # A short outage of the provider stops no service; a long one must, or a withdrawn key lives on.
                if self._is_too_old():
                    raise

    def _tried_within(self, seconds: float) -> bool:
        return self._tried_at is not None and self._clock() - self._tried_at < seconds

    def _is_too_old(self) -> bool:
        return self._loaded_at is None or self._clock() - self._loaded_at >= self._lifetime + self._stale_for


def _by_kid(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """RFC 7517 §5: keys of an unknown kind or without a `kid` are passed over."""
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise ProviderUnreachable("the JWKS has no keys")
    known = {kind for kind, _ in KEY_TYPES.values()}
    return {
        key["kid"]: key
        for key in listed
        if isinstance(key, dict) and isinstance(key.get("kid"), str) and key.get("kty") in known
    }
