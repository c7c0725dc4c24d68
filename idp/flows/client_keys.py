"""The keys of clients, registered by value or fetched from `jwks_uri` and kept: to verify by, and to encrypt to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

from idp.crypto.client_jwt import InvalidJwks
from idp.kernel.errors import InvalidClient
from idp.outgoing.errors import OutgoingError
from idp.outgoing.outgoing import Outgoing
from idp.protocol.client import Client

_KEPT: Final = timedelta(minutes=10)
# Any stranger can name an unknown kid in a client's name: neither we nor the client's host may pay for each one.
_REFETCH_AT_MOST_EVERY: Final = timedelta(seconds=30)
_MOST_KEPT: Final = 1_000


class _Keys(Protocol):
    def candidates(self, alg: str, kid: str | None) -> Sequence[object]: ...


Keys = TypeVar("Keys", bound=_Keys)


@dataclass(frozen=True, slots=True)
class _Fetched(Generic[Keys]):
    at: datetime
    keys: Keys


class ClientKeySets(Generic[Keys]):
    """One per process and use. Key sets by where they came from, so that a changed registration is never mixed up.

    `parse` raises InvalidJwks for a set that has nothing for this use.
    """

    def __init__(self, parse: Callable[[object], Keys]) -> None:
        self._parse = parse
        self._fetched: dict[str, _Fetched[Keys]] = {}
        self._tried: dict[str, datetime] = {}
        self._given: dict[str, tuple[object, Keys]] = {}

    async def of(self, client: Client, kid: str | None, alg: str, outgoing: Outgoing, now: datetime) -> Keys:
        """The client's keys; fetched anew where none of them serves this `kid` (RFC 7517 §4.5)."""
        if client.jwks_uri is None:
            return self._registered(client)
        kept = self._fetched.get(client.jwks_uri)
        if kept is not None and now - kept.at < _KEPT and kept.keys.candidates(alg, kid):
            return kept.keys
        return await self._fetch(client.jwks_uri, outgoing, now)

    def _registered(self, client: Client) -> Keys:
        known = self._given.get(client.client_id)
        if known is not None and known[0] == client.jwks:
            return known[1]
        keys = self._parsed(client.jwks)
        if len(self._given) >= _MOST_KEPT:
            self._given.clear()
        self._given[client.client_id] = (client.jwks, keys)
        return keys

    async def _fetch(self, uri: str, outgoing: Outgoing, now: datetime) -> Keys:
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
            keys = self._parsed(await outgoing.get_json(uri))
        except OutgoingError as failure:
            # Keys that were good a while ago outlast a short failure of the client's host, but not for ever.
            if kept is not None and now - kept.at < 6 * _KEPT:
                return kept.keys
            raise InvalidClient("the client's keys can't be fetched", hint=f"jwks_uri: {failure.reason}") from None
        self._fetched[uri] = _Fetched(now, keys)
        return keys

    def _parsed(self, document: object) -> Keys:
        try:
            return self._parse(document)
        except InvalidJwks as reason:
            raise InvalidClient("the client's keys can't be used", hint=str(reason)) from None
