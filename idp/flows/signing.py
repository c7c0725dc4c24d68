"""Signing by the key that signs now, and the honest answer where none does."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from idp.crypto.jwk import is_alg
from idp.crypto.keyring import NoSigningKey
from idp.flows.hall import Hall
from idp.kernel.errors import TemporarilyUnavailable


def sign(hall: Hall, claims: Mapping[str, Any], alg: str, typ: str, now: datetime) -> str:
    """JWS Compact Serialization; `temporarily_unavailable` in the moments in which no key of `alg` is active."""
    if not is_alg(alg):
        raise TemporarilyUnavailable("no signing key", hint=f"a client is registered for alg {alg[:20]!r}")
    try:
        return hall.keys.ring.signer(alg, now).sign(claims, typ)
    except NoSigningKey:
        raise TemporarilyUnavailable("no signing key", hint=f"no active key for {alg}") from None
