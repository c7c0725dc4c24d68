"""A signed token opened: its signature, algorithm and type, and nothing yet of what it claims."""

import base64
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import jwt

from cua_chung.claims import Claims
from cua_chung.errors import TokenRefused
from cua_chung.keys import KeyCache

# Tokens of this provider are below 4 kB; a megabyte of base64 is an attack on our memory.
MAX_LENGTH = 16_384

_SIGNATURE_ONLY = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


@dataclass(frozen=True, slots=True)
class Opened:
    """Header and claims of a token whose signature is the provider's."""

    header: dict[str, Any]
    claims: Claims

    @property
    def alg(self) -> str:
        return str(self.header["alg"])


async def open_signed(
    token: str, keys: KeyCache, *, algorithms: Collection[str], types: Collection[str] | None
) -> Opened:
    """RFC 7515 §5.2 with RFC 8725: alg is pinned by us, the key chosen by `kid` from the JWKS, `typ` is exact.

    `types` None admits a token without `typ` or with `JWT`, as ID tokens are; one made for another use is refused.
    """
    if not token or len(token) > MAX_LENGTH or not token.isascii():
        raise TokenRefused("not a token")
    _require_canonical(token)
    header = _header(token)
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str) or alg not in algorithms:
        raise TokenRefused("alg is not the one that was agreed")
    if "crit" in header or "b64" in header:
        raise TokenRefused("the header demands an extension")
    if not isinstance(kid, str):
        raise TokenRefused("the header names no key")
    _require_type(header.get("typ"), types)
    key = await keys.key(kid, alg)
    try:
        opened = jwt.decode_complete(token, key=key, algorithms=[alg], options=_SIGNATURE_ONLY)  # type: ignore[arg-type]
    except jwt.PyJWTError as error:
        raise TokenRefused("the signature is wrong") from error
    return Opened(header=opened["header"], claims=opened["payload"])


def _require_canonical(token: str) -> None:
    """RFC 7515 §2: one spelling. Decoders pass over stray characters and spare bits: a changed token would do."""
    for part in token.split("."):
        try:
            content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        except ValueError as error:
            raise TokenRefused("not a token") from error
        if base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii") != part:
            raise TokenRefused("not a token")


def _header(token: str) -> dict[str, Any]:
    try:
        return dict(jwt.get_unverified_header(token))
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise TokenRefused("not a token") from error


def _require_type(typ: object, types: Collection[str] | None) -> None:
    """RFC 8725 §3.11; RFC 7515 §4.1.9: compared without case, `application/` may be left out."""
    if types is None:
        if typ is None or (isinstance(typ, str) and typ.lower() == "jwt"):
            return
        raise TokenRefused("typ says that this is no ID token")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in types:
        raise TokenRefused("typ is not the expected one")
