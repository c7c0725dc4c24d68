"""Keys made once for all tests of this room, and tokens put together by hand, as an attacker would."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from idp.crypto import base64url
from idp.crypto.field_encryption import Vault
from idp.crypto.jwk import Alg, thumbprint
from idp.crypto.jwk import public_jwk as jwk_of
from idp.crypto.jwt import PrivateKey, SigningKey, VerificationKey

NOW: Final = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
CLAIMS: Final[dict[str, object]] = {"iss": "http://localhost:8000", "sub": "k7w2", "name": "Nguyễn Thị Ánh", "exp": 1}
AT: Final = frozenset({"at+jwt"})


@cache
def private_key(alg: Alg) -> PrivateKey:
    if alg == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def signing_key(alg: Alg) -> SigningKey:
    return SigningKey(kid_of(alg), private_key(alg))


@cache
def kid_of(alg: Alg) -> str:
    return thumbprint(public_jwk(alg))


@cache
def public_jwk(alg: Alg) -> dict[str, str]:
    return jwk_of(private_key(alg).public_key())


@cache
def verification_keys() -> Mapping[str, VerificationKey]:
    algs: tuple[Alg, ...] = ("ES256", "RS256")
    return {kid_of(alg): signing_key(alg).verification_key() for alg in algs}


@cache
def vault() -> Vault:
    return Vault({"0001": b"\x01" * 32}, "0001")


def segment(value: object) -> str:
    return base64url.encode(json.dumps(value).encode())


def signed_by_hand(alg: Alg, header: bytes, payload: bytes = b"{}") -> str:
    """A signature of the real key over whatever header and payload: only the reader's strictness can refuse it."""
    signing_input = f"{base64url.encode(header)}.{base64url.encode(payload)}"
    signature = signing_key(alg)._signature(signing_input.encode())
    return f"{signing_input}.{base64url.encode(signature)}"
