"""What an upstream publishes about itself, and its keys: fetched when needed, believed for a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from authlib.oidc.discovery import OpenIDProviderMetadata

from idp.crypto import client_jwt
from idp.crypto.client_jwt import ClientKeys, InvalidJwks
from idp.crypto.jose import Claims, InvalidJwt
from idp.identity.upstream_pin import Pin
from idp.outgoing import Outgoing, OutgoingError
from idp.upstream.errors import Reason, UpstreamFailed

_BELIEVED: Final = timedelta(minutes=10)
# An unknown `kid` may be a new key; whoever sends unknown ones on purpose makes us ask this often at most.
_KEYS_AT_MOST_EVERY: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Metadata:
    """OpenID Connect Discovery §3; `names_itself`: RFC 9207 §3."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool


class Published:
    """Of one issuer, cached in this process."""

    def __init__(self, issuer: str, outgoing: Outgoing) -> None:
        self._issuer = issuer
        self._outgoing = outgoing
        self._metadata: tuple[Metadata, datetime] | None = None
        self._keys: tuple[ClientKeys, datetime] | None = None

    async def metadata(self, now: datetime) -> Metadata:
        """Discovery §4. Raises UpstreamFailed."""
        if self._metadata is None or now >= self._metadata[1] + _BELIEVED:
            document = await self._get(f"{self._issuer}/.well-known/openid-configuration")
            self._metadata = _read(document, self._issuer), now
        return self._metadata[0]

    async def keys(self, jwks_uri: str, now: datetime, *, unknown: bool = False) -> ClientKeys:
        """The JWK Set; `unknown`: a signature did not verify with what we have, so look again, now and then."""
        kept = _KEYS_AT_MOST_EVERY if unknown else _BELIEVED
        if self._keys is None or now >= self._keys[1] + kept:
            document = await self._get(jwks_uri)
            try:
                self._keys = ClientKeys.parse(document), now
            except InvalidJwks:
                raise UpstreamFailed(Reason.MISTRUSTED, "jwks") from None
        return self._keys[0]

    async def verified(
        self, token: str, jwks_uri: str, pin: Pin | None, now: datetime, typ: str | None = None
    ) -> Claims:
        """By approved keys alone. A good signature by a new key of its own is told apart from a forged one."""
        keys = await self.keys(jwks_uri, now)
        try:
            return client_jwt.verify(token, _approved(keys, pin), typ)
        except InvalidJwt:
            keys = await self.keys(jwks_uri, now, unknown=True)
        try:
            return client_jwt.verify(token, _approved(keys, pin), typ)
        except InvalidJwt as reason:
            hint = str(reason)
        try:
            client_jwt.verify(token, keys, typ)
        except InvalidJwt:
            raise UpstreamFailed(Reason.MISTRUSTED, hint) from None
        raise UpstreamFailed(Reason.UNAPPROVED, "key")

    def forget(self) -> None:
        """Whoever proposes or approves looks at what is published now."""
        self._metadata = self._keys = None

    async def _get(self, url: str) -> object:
        try:
            return await self._outgoing.get_json(url)
        except OutgoingError as error:
            raise UpstreamFailed(Reason.UNAVAILABLE, error.reason) from None


def _approved(keys: ClientKeys, pin: Pin | None) -> ClientKeys:
    return keys if pin is None else keys.only(pin.thumbprints)


def _read(document: object, issuer: str) -> Metadata:
    """Discovery §4.3: the issuer is ours to the letter. Authlib holds each member to the specification.

    Endpoints lie with the issuer: a document that was tampered with sends no secret elsewhere.
    """
    if not isinstance(document, Mapping):
        raise UpstreamFailed(Reason.MISTRUSTED, "discovery")
    stated = OpenIDProviderMetadata(document)
    try:
        if urlsplit(issuer).scheme == "https":
            stated.validate()
    except ValueError:
        raise UpstreamFailed(Reason.MISTRUSTED, "discovery") from None
    if stated.get("issuer") != issuer:
        raise UpstreamFailed(Reason.MISTRUSTED, "discovery issuer")
    ends = [stated.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(end, str) and _origin(end) == _origin(issuer) for end in ends):
        raise UpstreamFailed(Reason.MISTRUSTED, "discovery endpoints")
    names_itself = stated.get("authorization_response_iss_parameter_supported") is True
    return Metadata(str(ends[0]), str(ends[1]), str(ends[2]), names_itself)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
