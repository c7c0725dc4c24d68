"""The keys that clients sign their assertions with: registered by value, or fetched from `jwks_uri` and kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from idp.crypto.client_jwt import ClientKeys, InvalidJwks
from idp.kernel.errors import InvalidClient
from idp.outgoing.errors import OutgoingError
from idp.outgoing.outgoing import Outgoing
from idp.protocol.client import Client

_KEPT: Final = timedelta(minutes=10)
# Any stranger can name an unknown kid in a client's name: neither we nor the client's host may pay for each one.
_REFETCH_AT_MOST_EVERY: Final = timedelta(seconds=30)
_MOST_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Fetched:
    at: datetime
    keys: ClientKeys


class ClientKeySets:
    """One per process. Parsed key sets by where they came from, so that a changed registration is never mixed up."""

    def __init__(self) -> None:
        self._fetched: dict[str, _Fetched] = {}
        self._tried: dict[str, datetime] = {}
        self._given: dict[str, tuple[object, ClientKeys]] = {}

    async def of(self, client: Client, kid: str | None, alg: str, outgoing: Outgoing, now: datetime) -> ClientKeys:
        """The client's keys; fetched anew where none of them serves this `kid` (RFC 7517 §4.5)."""
        if client.jwks_uri is None:
            return self._registered(client)
        kept = self._fetched.get(client.jwks_uri)
        if kept is not None and now - kept.at < _KEPT and kept.keys.candidates(alg, kid):
            return kept.keys
        return await self._fetch(client.jwks_uri, outgoing, now)

    def _registered(self, client: Client) -> ClientKeys:
        known = self._given.get(client.client_id)
        if known is not None and known[0] == client.jwks:
            return known[1]
        keys = _parsed(client.jwks)
        if len(self._given) >= _MOST_KEPT:
            self._given.clear()
        self._given[client.client_id] = (client.jwks, keys)
        return keys

    async def _fetch(self, uri: str, outgoing: Outgoing, now: datetime) -> ClientKeys:
        kept, tried = self._fetched.get(uri), self._tried.get(uri)
        if tried is not None and now - tried < _REFETCH_AT_MOST_EVERY:
            if kept is None:
                raise InvalidClient("the client's keys can't be fetched", hint="jwks_uri failed a moment ago")
            return kept.keys
        if len(self._tried) >= _MOST_KEPT:
            self._tried.clear()
            self._fetched.clear()
        self._tried[uri] = now
        try:
            keys = _parsed(await outgoing.get_json(uri))
        except OutgoingError as failure:
            # Keys that were good a while ago outlast a short failure of the client's host, but not for ever.
            if kept is not None and now - kept.at < 6 * _KEPT:
                return kept.keys
            raise InvalidClient("the client's keys can't be fetched", hint=f"jwks_uri: {failure.reason}") from None
        self._fetched[uri] = _Fetched(now, keys)
        return keys


def _parsed(document: object) -> ClientKeys:
    try:
        return ClientKeys.parse(document)
    except InvalidJwks as reason:
        raise InvalidClient("the client's keys can't be used", hint=str(reason)) from None
