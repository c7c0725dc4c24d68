"""Answers for one client's eyes: signed first, then encrypted to a key of its own (OpenID Connect Core §10.2)."""

from datetime import datetime

from idp.crypto import client_jwe
from idp.crypto.client_jwe import EncryptionKey
from idp.flows.hall import Hall
from idp.kernel.errors import InvalidClient, TemporarilyUnavailable
from idp.protocol.client import Client
from idp.protocol.encryption import Encryption


async def ready(hall: Hall, client: Client, now: datetime) -> None:
    """Before a code or refresh token is used up: without the client's key there would be nothing to answer with.

    Raises TemporarilyUnavailable.
    """
    if client.id_token_encryption is not None:
        await _key(hall, client, client.id_token_encryption, now)


async def hidden(hall: Hall, client: Client, how: Encryption, content: bytes, now: datetime, *, nested: bool) -> str:
    """JWE Compact Serialization. Raises TemporarilyUnavailable where the client's keys can't be had."""
    key = await _key(hall, client, how, now)
    return client_jwe.encrypt(content, key, how.alg, how.enc, nested=nested)


async def _key(hall: Hall, client: Client, how: Encryption, now: datetime) -> EncryptionKey:
    try:
        keys = await hall.encryption_keys.of(client, None, how.alg, hall.outgoing, now)
    except InvalidClient as failure:
        # Not what the caller sent is at fault, and never is anything sent in the clear instead.
        raise TemporarilyUnavailable("the encryption keys of the client cannot be had", hint=failure.hint) from None
    found = keys.candidates(how.alg)
    if not found:
        raise TemporarilyUnavailable("the client has no key for its encryption algorithm", hint=how.alg)
    return found[0]
