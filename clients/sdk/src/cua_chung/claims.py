"""Claims read with their types: a token is a stranger's JSON until each value has been looked at."""

from collections.abc import Mapping
from typing import TypeAlias

from cua_chung.errors import TokenRefused

Claims: TypeAlias = Mapping[str, object]


def text(claims: Claims, name: str) -> str:
    """A required, non-empty string."""
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise TokenRefused(f"{name} is missing or no string")
    return value


def optional_text(claims: Claims, name: str) -> str | None:
    return None if claims.get(name) is None else text(claims, name)


def instant(claims: Claims, name: str) -> float:
    """A required NumericDate (RFC 7519 §2). `True` is an int in Python, but no date."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(f"{name} is missing or no date")
    return float(value)


def optional_instant(claims: Claims, name: str) -> float | None:
    return None if claims.get(name) is None else instant(claims, name)


def texts(claims: Claims, name: str) -> tuple[str, ...]:
    """A string, or an array of strings, as `aud` is written (RFC 7519 §4.1.3); absent is empty."""
    value = claims.get(name)
    if value is None:
        return ()
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in values):
        raise TokenRefused(f"{name} holds something that is no string")
    return tuple(values)


def require_issuer(claims: Claims, issuer: str) -> None:
    if text(claims, "iss") != issuer:
        raise TokenRefused("iss is another issuer")


def require_fresh(claims: Claims, *, now: float, leeway: float) -> None:
    """RFC 7519 §4.1.4 to §4.1.6: `exp` and `iat` are required; a token from the future is refused."""
    if instant(claims, "exp") + leeway <= now:
        raise TokenRefused("expired")
    if instant(claims, "iat") - leeway > now:
        raise TokenRefused("iat lies in the future")
    not_before = optional_instant(claims, "nbf")
    if not_before is not None and not_before - leeway > now:
        raise TokenRefused("nbf lies in the future")
