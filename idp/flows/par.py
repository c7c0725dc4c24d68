"""Pushed authorization requests (RFC 9126): checked when pushed, and checked again when used."""

from typing import Any

from idp.flows import kept_requests
from idp.flows.hall import Hall
from idp.flows.id_token_hint import verified_hint
from idp.identity import identity_number
from idp.protocol import authorization_checks, par
from idp.protocol.authorization_checks import Endpoint
from idp.protocol.parameters import Parameters
from idp.storage.clients import RegisteredClient

# What authenticates the client must not lie in the cache (RFC 9126 §2.1: it is no part of the request).
_AUTHENTICATION = ("client_secret", "client_assertion", "client_assertion_type")


async def push(hall: Hall, registered: RegisteredClient, params: Parameters) -> dict[str, Any]:
    """§2.2: the answer with the `request_uri`, after the same checks that the authorization endpoint makes."""
    client, policy = registered.client, hall.policies.protocol
    request = _with_client_id(params.without(*_AUTHENTICATION), client.client_id)
    par.check_push(request, client)
    authorization_checks.check(
        request,
        client,
        policy,
        endpoint=Endpoint.PAR,
        hint=verified_hint(hall, request),
        is_identity_number=identity_number.looks_like,
    )
    return par.response(await kept_requests.keep(hall, client.client_id, request), policy)


def _with_client_id(request: Parameters, client_id: str) -> Parameters:
    """§2.1: a client that authenticated need not name itself again in the body."""
    return request if request.has("client_id") else Parameters.of((*request.as_pairs(), ("client_id", client_id)))
