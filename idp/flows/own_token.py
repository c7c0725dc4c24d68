"""A client that calls for itself with a token of its own (RFC 6749 §4.4), at a resource of ours."""

from datetime import datetime

from idp.flows.hall import Hall
from idp.flows.introspect import is_active
from idp.kernel.errors import InvalidToken
from idp.kernel.secret import Secret
from idp.protocol import access_token
from idp.protocol.client import Client


async def client_of_own_token(hall: Hall, token: Secret, now: datetime) -> Client:
    """RFC 6750 §3.1: `invalid_token` for any other: one about a person says what they allowed, and not who calls."""
    read = await hall.verified.read(hall.keys, token, now)
    if read is None or not await is_active(hall, read, now):
        raise InvalidToken("the access token is malformed, expired, revoked or not ours")
    access_token.check_own(read.payload, hall.policies.issuer)
    registered = await hall.clients.get(read.client_id, now)
    if registered is None:
        raise InvalidToken("the access token is not valid any more", hint="its client is gone")
    return registered.client
