"""Tokens that only this service can read: JWE (RFC 7516) with a key of its own, the signed token inside."""

from dataclasses import dataclass, field

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from cua_chung.errors import TokenRefused

# An encrypted token with what was verified of a person; beyond this it is an attack on our memory.
MAX_LENGTH = 65_536
ALGORITHMS = ("ECDH-ES", "ECDH-ES+A256KW", "RSA-OAEP-256")
ENCODINGS = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A private key in PEM whose public half is in the client's registered `jwks` with `"use": "enc"`.

    `alg` is what was registered as `id_token_encrypted_response_alg` or `userinfo_encrypted_response_alg`.
    """

    pem: str = field(repr=False)
    alg: str = "ECDH-ES+A256KW"


def is_encrypted(token: str) -> bool:
    """RFC 7516 §9: five segments."""
    return token.count(".") == 4


def opened(token: str, key: EncryptionKey | None) -> str:
    """The token inside. With the agreed algorithm only; a token that should be hidden and is not is refused too."""
    if key is None:
        raise TokenRefused("encrypted, and no key was given")
    if not is_encrypted(token):
        raise TokenRefused("not encrypted, though a key was agreed")
    if len(token) > MAX_LENGTH or not token.isascii():
        raise TokenRefused("not a token")
    try:
        found = jwe.decrypt_compact(token, _private(key), algorithms=[key.alg, *ENCODINGS])
    # Whatever a stranger's bytes do to the library below: one answer, which tells nothing of the key.
    except (JoseError, ValueError, TypeError, KeyError, AssertionError) as error:
        raise TokenRefused("cannot be decrypted") from error
    content = found.plaintext
    if "zip" in found.headers() or content is None or len(content) > MAX_LENGTH:
        raise TokenRefused("not a token")
    try:
        return content.decode("ascii")
    except UnicodeDecodeError as error:
        raise TokenRefused("what is inside is no signed token") from error


def _private(key: EncryptionKey) -> ECKey | RSAKey:
    if key.alg not in ALGORITHMS:
        msg = f"unknown algorithm {key.alg!r}; one of {', '.join(ALGORITHMS)}"
        raise ValueError(msg)
    return RSAKey.import_key(key.pem) if key.alg.startswith("RSA") else ECKey.import_key(key.pem)
