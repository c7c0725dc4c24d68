"""Our public keys as anybody holds them: a saved JWKS (RFC 7517 §5) or key history, read back for an offline check."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from idp.crypto.jwk import PublicKey, alg_of
from idp.crypto.jwt import VerificationKey


class UnreadableKeys(Exception):
    """Not a set of public keys such as we publish."""


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """`ended` (NumericDate) is when it ceased to sign, where the document says so."""

    key: VerificationKey
    ended: int | None = None
    compromised: bool = False


def read(text: bytes) -> Mapping[str, PublishedKey]:
    """By `kid`. Raises UnreadableKeys."""
    try:
        entries = orjson.loads(text)["keys"]
        return {str(entry["kid"]): _one(entry) for entry in entries}
    except (orjson.JSONDecodeError, JoseError, KeyError, TypeError, ValueError):
        raise UnreadableKeys("not a set of public keys") from None


def _one(entry: Mapping[str, Any]) -> PublishedKey:
    kind = ECKey if entry["kty"] == "EC" else RSAKey
    members = {name: entry[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in entry}
    public: PublicKey = kind.import_key(members).public_key
    ended = entry.get("exp")
    return PublishedKey(
        VerificationKey(entry["kid"], alg_of(public), public),
        ended if isinstance(ended, int) else None,
        "revoked" in entry,
    )
