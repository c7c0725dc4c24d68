"""What a service remembers of a sign-in, and the shape of the store that keeps it, on the server."""

import hashlib
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from cua_chung.level import level_of
from cua_chung.logout_token import LogoutNotice


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in. `sub` is the only identifier to store; `level` is one of the four words, or None."""

    sub: str
    name: str
    level: str | None
    acr: str | None
    amr: tuple[str, ...]
    auth_time: float | None
    claims: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token and the audience it was asked for (None: the provider's own userinfo)."""

    value: str = field(repr=False)
    expires_at: float
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser."""

    issuer: str
    sub: str
    sid: str | None
    acr: str | None
    amr: tuple[str, ...]
    auth_time: float | None
    claims: Mapping[str, Any] = field(repr=False)
    id_token: str = field(repr=False)
    access_tokens: tuple[AccessToken, ...]
    refresh_token: str | None = field(repr=False)
    expires_at: float

    @property
    def person(self) -> Person:
        name = self.claims.get("name")
        return Person(
            sub=self.sub,
            name=name if isinstance(name, str) else "",
            level=level_of(self.issuer, self.acr),
            acr=self.acr,
            amr=self.amr,
            auth_time=self.auth_time,
            claims=self.claims,
        )

    def access_token(self, resource: str | None, now: float) -> AccessToken | None:
        """The token for this audience, if it will live long enough to be sent."""
        for token in self.access_tokens:
            if token.resource == resource and token.expires_at - 10 > now:
                return token
        return None


@dataclass(frozen=True, slots=True)
class Flight:
    """A sign-in under way: what was asked, and which browser asked."""

    browser: str
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    next_path: str
    level: str | None
    max_age: int | None
    resource: str | None
    expected_sub: str | None
    expires_at: float


class SessionStore(Protocol):
    """Where flights and sessions are kept. `state` and session ids reach it in clear; it stores their digests."""

    async def put_flight(self, state: str, flight: Flight, now: float) -> None: ...

    async def take_flight(self, state: str, now: float) -> Flight | None:
        """Once: a second call with the same state finds nothing."""
        ...

    async def open(self, session_id: str, session: Session, now: float) -> bool:
        """False where a logout for this `sid` came in before the sign-in was complete."""
        ...

    async def find(self, session_id: str, now: float) -> Session | None: ...

    async def replace(self, session_id: str, session: Session) -> bool:
        """False where the session has ended: what has ended is never revived."""
        ...

    async def end(self, session_id: str) -> None: ...

    async def accept_logout(self, notice: LogoutNotice, now: float) -> int | None:
        """End what the notice names, and remember it. None for a `jti` seen before; else how many sessions ended."""
        ...

    def refreshing(self, session_id: str) -> AbstractAsyncContextManager[None]:
        """Held by one refresh at a time for one session, over every process that shares the store."""
        ...


def digest(secret: str) -> str:
    """What a store keeps instead of a bearer value."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
