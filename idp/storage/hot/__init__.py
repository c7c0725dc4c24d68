"""The acts of the hot path: each is one round trip on PostgreSQL, commits by itself, and its row count decides.

Never check, then act: what must hold (code unused, grant living, client bound) stands in the statement that acts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from idp.audit.event import Event
from idp.identity.person import Fact
from idp.kernel.level import Level
from idp.protocol.grant import CodeBinding, Grant


@dataclass(frozen=True, slots=True)
class NewRefresh:
    """The refresh token to make: its digest, and how long it may lie unused."""

    digest: bytes
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Live:
    """A grant from which tokens may be made now, with what `acr` is recomputed from."""

    grant: Grant
    person_level: Level
    person_level_ends_at: datetime | None
    refresh_expires_at: datetime | None


Redeemed = Live
Rotated = Live


@dataclass(frozen=True, slots=True)
class TokenState:
    """For introspection (RFC 7662 §2.2) and revocation: what an access token's grant is worth now, and its person."""

    active: bool
    grant: Grant
    person_level: Level
    person_level_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class UserinfoState:
    """A living grant with the facts of its person; `released`: this token's release is on record already."""

    grant: Grant
    facts: Mapping[str, Fact]
    updated_at: datetime
    released: bool


class Hot(Protocol):
    """Implemented once for each database; one contract suite holds both to this text."""

    async def issue_code(
        self, grant: Grant, digest: bytes, binding: CodeBinding, event: Event, family_ends_at: datetime
    ) -> bool:
        """Grant, code and event. False when session, person or client ended meanwhile, and then nothing is written."""

    async def redeem_code(
        self,
        digest: bytes,
        client_id: str,
        redirect_uri: str | None,
        challenge: str | None,
        now: datetime,
        refresh: NewRefresh | None,
        event: Event,
    ) -> Redeemed | None:
        """RFC 6749 §4.1.3, RFC 7636 §4.6: once, by its client, with its redirect URI and its verifier's challenge."""

    async def rotate_refresh(
        self, digest: bytes, client_id: str, now: datetime, refresh: NewRefresh, event: Event
    ) -> Rotated | None:
        """RFC 9700 §4.14.2: once, by its client; the successor takes its place."""

    async def retry_refresh(
        self, digest: bytes, client_id: str, now: datetime, grace: timedelta, successor: bytes, event: Event
    ) -> Rotated | None:
        """The client's grace: rotated at most `grace` ago, and the derived successor is the stored one and unused."""

    async def token_state(self, grant_id: str, jti: str, now: datetime) -> TokenState | None:
        """None when there is no such grant."""

    async def client_token_active(self, client_id: str, jti: str, now: datetime) -> bool:
        """For tokens of client_credentials, which have no grant."""

    async def userinfo(self, grant_id: str, jti: str, now: datetime) -> UserinfoState | None:
        """None when the token is not active."""

    async def record_release(self, event: Event, dedupe: str) -> bool:
        """Once per token: `dedupe` is its `jti`. False when it was recorded before."""

    async def client_credentials(self, client_id: str, event: Event) -> bool:
        """RFC 6749 §4.4: the event, if the client is not disabled."""
