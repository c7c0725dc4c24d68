"""Access tokens of ours that come back: signature, type, issuer and expiry. Revocation is read elsewhere, each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from idp.crypto import jwt
from idp.crypto.jose import InvalidJwt
from idp.crypto.keyring import KeyRing
from idp.flows.key_holder import KeyHolder
from idp.kernel.clock import epoch
from idp.kernel.errors import InvalidToken
from idp.kernel.secret import Digest, Secret

# RFC 9068 §2.1: an ID token or a logout token is never taken for an access token.
_TYP: Final = frozenset({"at+jwt"})
# About 2 kB each.
_MOST_KEPT: Final = 5_000


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The payload of a token that we signed, with the members that every one of ours has."""

    payload: Mapping[str, Any]
    jti: str
    client_id: str
    expires_at: int

    def is_current(self, now: datetime) -> bool:
        return epoch(now) < self.expires_at


class VerifiedTokens:
    """What is kept is that a signature is right, by the token's digest, for as long as the same keys are loaded."""

    def __init__(self) -> None:
        self._ring: KeyRing | None = None
        self._known: dict[Digest, AccessToken] = {}

    async def read(self, keys: KeyHolder, token: Secret, now: datetime) -> AccessToken | None:
        """The token whether expired or not; None where it is none that a key in use has signed."""
        digest = token.digest()
        known = self._kept_under(keys.ring).get(digest)
        if known is not None:
            return known
        try:
            kid = jwt.read_kid(token.reveal())
        except InvalidJwt:
            return None
        if not keys.ring.knows(kid):
            # Another node may have rotated a moment ago.
            await keys.reload_if_stale(now)
        return self._verify(keys.ring, token, digest)

    def _kept_under(self, ring: KeyRing) -> dict[Digest, AccessToken]:
        if ring is not self._ring:
            # A key may have left: nothing that it signed is believed any longer.
            self._ring, self._known = ring, {}
        return self._known

    def _verify(self, ring: KeyRing, token: Secret, digest: Digest) -> AccessToken | None:
        kept = self._kept_under(ring)
        try:
            read = _read(jwt.verify(token.reveal(), ring.token_keys, typ=_TYP))
        except InvalidJwt:
            return None
        if len(kept) >= _MOST_KEPT:
            del kept[next(iter(kept))]  # the oldest, which expires first
        if read is not None:
            kept[digest] = read
        return read


async def current(verified: VerifiedTokens, keys: KeyHolder, token: Secret, now: datetime) -> AccessToken:
    """RFC 6750 §3.1: the token at a protected resource of ours, or `invalid_token`."""
    read = await verified.read(keys, token, now)
    if read is None or not read.is_current(now):
        raise InvalidToken("the access token is malformed, expired or not ours")
    return read


def _read(payload: Mapping[str, Any]) -> AccessToken | None:
    jti, client_id, expires_at = payload.get("jti"), payload.get("client_id"), payload.get("exp")
    if isinstance(jti, str) and isinstance(client_id, str) and isinstance(expires_at, int):
        return AccessToken(payload, jti, client_id, expires_at)
    return None
