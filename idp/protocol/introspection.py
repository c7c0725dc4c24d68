"""Token introspection: RFC 7662. Who may ask, and what is answered; whether a token lives is read from the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.kernel.clock import epoch
from idp.kernel.errors import InvalidClient, InvalidRequest
from idp.kernel.secret import Secret
from idp.protocol.access_token import audiences
from idp.protocol.client import Client, ClientState
from idp.protocol.parameters import Parameters

INACTIVE: Mapping[str, Any] = {"active": False}

# What an API needs to decide; nothing about the person beyond the pairwise `sub`.
_TOLD = ("scope", "client_id", "exp", "iat", "sub", "aud", "iss", "jti", "auth_time", "acr", "amr")


@dataclass(frozen=True, slots=True)
class IntrospectionRequest:
    """§2.1. The hint is only a hint: every kind of token is tried."""

    token: Secret
    hint: str | None


def parse(params: Parameters) -> IntrospectionRequest:
    """§2.1."""
    token = params.one("token")
    if token is None:
        raise InvalidRequest("token is missing")
    return IntrospectionRequest(Secret(token), params.one("token_type_hint"))


def check_caller(client: Client) -> None:
    """§2.1, §4: an open endpoint would let anybody test tokens."""
    if client.is_public or client.state is ClientState.DISABLED:
        raise InvalidClient("introspection needs client authentication")


def of_access_token(payload: Mapping[str, Any] | None, *, active: bool, caller: Client) -> dict[str, Any]:
    """§2.2. A caller sees tokens meant for it and its own; any other looks inactive (§4)."""
    if payload is None or not active or not _may_see(payload, caller):
        return dict(INACTIVE)
    told = {name: payload[name] for name in _TOLD if name in payload}
    return {"active": True, "token_type": "Bearer", **told}


def of_refresh_token(
    *,
    client_id: str,
    scope: tuple[str, ...],
    sub: str,
    issued_at: datetime,
    expires_at: datetime,
    active: bool,
    caller: Client,
    issuer: str,
) -> dict[str, Any]:
    """§2.2: only the client that holds it may ask; an API never sees a refresh token."""
    if not active or client_id != caller.client_id:
        return dict(INACTIVE)
    return {
        "active": True,
        "scope": " ".join(scope),
        "client_id": client_id,
        "sub": sub,
        "iss": issuer,
        "iat": epoch(issued_at),
        "exp": epoch(expires_at),
    }


def _may_see(payload: Mapping[str, Any], caller: Client) -> bool:
    meant = caller.audience is not None and caller.audience in audiences(payload)
    return meant or payload.get("client_id") == caller.client_id
