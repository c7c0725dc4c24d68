"""Pushed authorization requests: RFC 9126. The reference, who may push, and the answer."""

import re
from typing import Any

from idp.kernel.errors import InvalidRequest, PageError
from idp.kernel.secret import Secret, new_secret
from idp.protocol.authorization_checks import ProvenRedirect, prove_client_and_redirect
from idp.protocol.client import Client
from idp.protocol.parameters import Parameters
from idp.protocol.policy import ProtocolPolicy

REQUEST_URI_PREFIX = "urn:ietf:params:oauth:request_uri:"

_REFERENCE = re.compile(re.escape(REQUEST_URI_PREFIX) + r"([A-Za-z0-9\-_]{43})", re.ASCII)


def new_request_uri() -> tuple[str, Secret]:
    """§2.2: unguessable, bound to the client by the store; the secret's digest is what is kept."""
    secret = new_secret()
    return REQUEST_URI_PREFIX + secret.reveal(), secret


def reference(request_uri: str) -> Secret | None:
    """The secret of a reference that could be ours; None for every other `request_uri`."""
    found = _REFERENCE.fullmatch(request_uri)
    return Secret(found[1]) if found else None


def check_push(params: Parameters, client: Client) -> ProvenRedirect:
    """§2.1, §2.3: the client is authenticated, so a wrong redirect URI is an answer in JSON instead of a page.

    `client_id` may be left out beside client authentication by header; it is then that of the client.
    """
    if not params.has("client_id"):
        params = Parameters.of((*params.as_pairs(), ("client_id", client.client_id)))
    try:
        return prove_client_and_redirect(params, client)
    except PageError as error:
        raise InvalidRequest(_DESCRIPTIONS.get(error.key, "the request is malformed")) from None


def response(request_uri: str, policy: ProtocolPolicy) -> dict[str, Any]:
    """§2.2, with status 201."""
    return {"request_uri": request_uri, "expires_in": int(policy.request_uri_lifetime.total_seconds())}


_DESCRIPTIONS = {
    "unknown_client": "client_id is not that of the authenticated client",
    "repeated_parameter": "client_id or redirect_uri is repeated",
    "redirect_uri_missing": "redirect_uri is missing",
    "redirect_uri_mismatch": "redirect_uri is not registered for this client",
}
