"""The provider's own word on a token (RFC 7662), for an API that cannot wait until a revoked token expires."""

from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from cua_chung.errors import ProviderUnreachable
from cua_chung.provider import Provider, json_object


@dataclass(frozen=True, slots=True)
class Introspection:
    """The API's own client credentials."""

    client_id: str
    client_secret: str = field(repr=False)

    async def is_active(self, provider: Provider, token: str) -> bool:
        """§2.2: only `true` is active."""
        url = await provider.endpoint("introspection_endpoint")
        # RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
        credentials = httpx.BasicAuth(quote(self.client_id, safe=""), quote(self.client_secret, safe=""))
        try:
            async with httpx.AsyncClient(**provider.http) as http:
                answer = await http.post(url, data={"token": token}, auth=credentials)
                answer.raise_for_status()
        except httpx.HTTPError as error:
            raise ProviderUnreachable("no answer from introspection") from error
        return json_object(answer).get("active") is True
