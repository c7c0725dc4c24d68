"""grant_type=client_credentials: RFC 6749 §4.4. A client acts for itself: no person, no ID token, no refresh token."""

from dataclasses import dataclass

from idp.kernel.errors import UnauthorizedClient
from idp.protocol import scope as scopes
from idp.protocol.client import Client
from idp.protocol.parameters import Parameters


@dataclass(frozen=True, slots=True)
class ClientCredentialsRequest:
    """Scopes of APIs alone; empty where none was asked."""

    scope: tuple[str, ...] = ()
    resource: tuple[str, ...] = ()


def parse(params: Parameters, client: Client) -> ClientCredentialsRequest:
    """§4.4.2; never for a public client (§4.4), whatever its registration says."""
    if client.is_public:
        raise UnauthorizedClient("a public client has no credentials of its own")
    asked = scopes.parse(params.one("scope"))
    return ClientCredentialsRequest(scopes.for_client_itself(asked, client), params.all("resource"))
