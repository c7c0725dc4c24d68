"""grant_type=refresh_token: RFC 6749 §6 with rotation (RFC 9700 §4.14.2)."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from idp.kernel.errors import InvalidRequest
from idp.kernel.secret import Secret
from idp.protocol import scope as scopes
from idp.protocol.client import Client
from idp.protocol.parameters import Parameters
from idp.protocol.policy import ProtocolPolicy

_MAX_TOKEN = 512


@dataclass(frozen=True, slots=True)
class RefreshTokenRequest:
    """`scope` None: all that was granted. Narrowing holds for the answer's access token; the family keeps its scope."""

    token: Secret
    scope: tuple[str, ...] | None = None
    resource: tuple[str, ...] = ()


def parse(params: Parameters, client: Client) -> RefreshTokenRequest:
    """RFC 6749 §6."""
    del client
    token = params.one("refresh_token")
    if token is None or len(token) > _MAX_TOKEN:
        raise InvalidRequest("refresh_token is missing or too long")
    asked = params.one("scope")
    return RefreshTokenRequest(Secret(token), None if asked is None else scopes.parse(asked), params.all("resource"))


def successor(old: Secret, key: bytes) -> Secret:
    """The one token that may follow: HMAC-SHA-256 of the old one under a server key.

    Only digests are stored, and yet a client that lost our answer gets the very same successor within its grace.
    """
    mac = hmac.new(key, b"refresh-token-successor\x00" + old.digest(), hashlib.sha256).digest()
    return Secret(base64.urlsafe_b64encode(mac).rstrip(b"=").decode("ascii"))


def expires_at(policy: ProtocolPolicy, family_ends_at: datetime, now: datetime) -> datetime:
    """The idle limit, never beyond the family's end."""
    return min(now + policy.refresh_idle, family_ends_at)
