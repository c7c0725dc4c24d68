"""The token endpoint's act: the grant type that was asked, for a client that has proven itself (RFC 6749 §3.2)."""

from datetime import datetime
from typing import Any, assert_never

from idp.flows import client_credentials, code_exchange
from idp.flows import refresh as refreshing
from idp.flows.hall import Hall
from idp.protocol import grants
from idp.protocol.client import Client
from idp.protocol.grants import AuthorizationCodeRequest, ClientCredentialsRequest, RefreshTokenRequest
from idp.protocol.parameters import Parameters


async def grant(hall: Hall, client: Client, params: Parameters, successor_key: bytes, now: datetime) -> dict[str, Any]:
    """The answer of RFC 6749 §5.1; raises the errors of §5.2. The registry of grant types knows what may be asked."""
    request = grants.parse(params, client)
    match request:
        case AuthorizationCodeRequest():
            return await code_exchange.exchange(hall, client, request, now)
        case RefreshTokenRequest():
            return await refreshing.refresh(hall, client, request, successor_key, now)
        case ClientCredentialsRequest():
            return await client_credentials.issue(hall, client, request, now)
        case _:
            assert_never(request)
