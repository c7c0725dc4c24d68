"""Checked parameters kept for one use under a `request_uri`: pushed requests, and POSTs that go on with our own GET."""

import orjson

from idp.cache import ValueTooLarge
from idp.crypto.field_encryption import Undecryptable
from idp.flows.hall import Hall
from idp.identity import identity_number
from idp.kernel.errors import InvalidRequest
from idp.kernel.secret import Secret
from idp.protocol import par
from idp.protocol.parameters import Parameters


async def keep(hall: Hall, owner: str, request: Parameters) -> str:
    """Keep the parameters sealed; returns their `request_uri` (RFC 9126 §2.2). `owner` alone can take them."""
    request_uri, handle = par.new_request_uri()
    pairs = [pair for pair in request.as_pairs() if not _is_identity_number_hint(pair)]
    record = hall.vault.seal(orjson.dumps({"owner": owner, "pairs": pairs}), _context(handle))
    lifetime = int(hall.policies.protocol.request_uri_lifetime.total_seconds())
    try:
        await hall.cache.pushed_requests.put(handle.digest(), record, lifetime)
    except ValueTooLarge:
        raise InvalidRequest("the request is too large") from None
    return request_uri


async def take(hall: Hall, owner: str, request_uri: str) -> Parameters | None:
    """§4: the parameters, for their owner and once; None where there are none (any more)."""
    handle = par.reference(request_uri)
    if handle is None:
        return None
    record = await hall.cache.pushed_requests.take(handle.digest())
    if record is None:
        return None
    try:
        document = orjson.loads(hall.vault.open_(record, _context(handle)))
    except Undecryptable:
        return None
    if document["owner"] != owner:
        return None
    return Parameters.of((name, value) for name, value in document["pairs"])


def _is_identity_number_hint(pair: tuple[str, str]) -> bool:
    """Contract: a `login_hint` that is an identity number is dropped and never stored."""
    name, value = pair
    return name == "login_hint" and identity_number.looks_like(value)


def _context(handle: Secret) -> str:
    return f"kept-request:{handle.digest().hex()}"
