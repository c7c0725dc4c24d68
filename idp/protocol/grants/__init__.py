"""Grant types and their registry: a new one is one file and one line here; discovery and tests read the registry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from idp.kernel.errors import InvalidRequest, UnauthorizedClient, UnsupportedGrantType
from idp.kernel.secret import Secret
from idp.protocol.client import Client
from idp.protocol.grants import authorization_code, client_credentials, refresh_token
from idp.protocol.grants.authorization_code import AuthorizationCodeRequest
from idp.protocol.grants.client_credentials import ClientCredentialsRequest
from idp.protocol.grants.refresh_token import RefreshTokenRequest
from idp.protocol.parameters import Parameters

__all__ = [
    "GRANTS",
    "AuthorizationCodeRequest",
    "ClientCredentialsRequest",
    "GrantEntry",
    "GrantType",
    "RefreshTokenRequest",
    "TokenRequest",
    "authorization_code",
    "client_credentials",
    "parse",
    "refresh_token",
    "token_response",
]

TokenRequest: TypeAlias = AuthorizationCodeRequest | RefreshTokenRequest | ClientCredentialsRequest


class GrantType(StrEnum):
    """RFC 6749 §4.1.3, §6, §4.4.2."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"
    CLIENT_CREDENTIALS = "client_credentials"


@dataclass(frozen=True, slots=True)
class GrantEntry:
    """How a token request of this type is read, and a line for the documentation."""

    type: GrantType
    parse: Callable[[Parameters, Client], TokenRequest]
    doc: str


GRANTS: Mapping[GrantType, GrantEntry] = {
    entry.type: entry
    for entry in (
        GrantEntry(GrantType.AUTHORIZATION_CODE, authorization_code.parse, "a person signed in (RFC 6749 §4.1)"),
        GrantEntry(GrantType.REFRESH_TOKEN, refresh_token.parse, "a family goes on, rotating (RFC 6749 §6)"),
        GrantEntry(GrantType.CLIENT_CREDENTIALS, client_credentials.parse, "a service for itself (RFC 6749 §4.4)"),
    )
}


def parse(params: Parameters, client: Client) -> TokenRequest:
    """RFC 6749 §4.1.3, §4.4.2, §6: the typed request of an authenticated client."""
    named = params.one("grant_type")
    if named is None:
        raise InvalidRequest("grant_type is missing")
    try:
        grant_type = GrantType(named)
    except ValueError:
        raise UnsupportedGrantType("this grant type is not supported") from None
    if grant_type not in client.grant_types:
        raise UnauthorizedClient("this client is not registered for the grant type")
    return GRANTS[grant_type].parse(params, client)


def token_response(
    access_token: str,
    *,
    expires_in: int,
    scope: Sequence[str],
    id_token: str | None = None,
    refresh_token: Secret | None = None,
) -> dict[str, Any]:
    """RFC 6749 §5.1, OpenID Connect Core §3.1.3.3. `scope` is always told, since it may be less than was asked."""
    document: dict[str, Any] = {"access_token": access_token, "token_type": "Bearer", "expires_in": expires_in}
    if scope:
        document["scope"] = " ".join(scope)
    if id_token is not None:
        document["id_token"] = id_token
    if refresh_token is not None:
        document["refresh_token"] = refresh_token.reveal()
    return document
