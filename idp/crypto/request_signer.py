"""What we sign for one destination by a key of its own, out of a file: questions to a register, never our tokens."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey


class UnusableKey(Exception):
    """The file holds no private P-256 key in PEM without a password; the message names the file."""


class RequestSigner:
    """JWS Compact Serialization (RFC 7515 §7.1) by ES256; the key is known there by its thumbprint (RFC 7638)."""

    def __init__(self, key: ECKey) -> None:
        self._key = key
        self._kid = key.thumbprint()

    @classmethod
    def open(cls, path: Path) -> "RequestSigner":
        """Raises UnusableKey."""
        try:
            key = ECKey.import_key(path.read_bytes())
        except (OSError, ValueError, TypeError, JoseError):
            raise UnusableKey(f"{path} holds no private key that can be used") from None
        if key.curve_name != "P-256" or not key.is_private:
            raise UnusableKey(f"{path} holds no private P-256 key")
        return cls(key)

    def sign(self, claims: Mapping[str, Any], typ: str) -> str:
        """RFC 8725 §3.11: what it is stands in its header, so that it counts as nothing else."""
        header = {"alg": "ES256", "kid": self._kid, "typ": typ}
        return jws.serialize_compact(header, json.dumps(claims, ensure_ascii=False).encode(), self._key)
