"""Cookies: their names, their attributes, and a total parser. What a value means is decided elsewhere."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

# Cookies ignore ports: a service on the same host name must not overwrite ours by calling its own one "session".
SESSION = "cuachung_session"
BROWSER = "cuachung_browser"
LANGUAGE = "cuachung_lang"


@dataclass(frozen=True, slots=True)
class CookiePolicy:
    """Over TLS every cookie is Secure and bears `__Host-`, so no neighbour of the domain can plant one."""

    secure: bool

    def name(self, base: str) -> str:
        return f"__Host-{base}" if self.secure else base

    def read(self, cookies: dict[str, str], base: str) -> str | None:
        """The value of one of our cookies, None where it is absent or empty."""
        return cookies.get(self.name(base)) or None

    def set(self, response: Response, base: str, value: str, *, max_age: timedelta | None = None) -> None:
        """HttpOnly, SameSite=Lax, Path=/, host only; without `max_age` it ends with the browser."""
        response.set_cookie(
            self.name(base),
            value,
            max_age=None if max_age is None else int(max_age.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def clear(self, response: Response, base: str) -> None:
        response.delete_cookie(self.name(base), path="/", secure=self.secure, httponly=True, samesite="lax")


def parse(header: str | None) -> dict[str, str]:
    """RFC 6265 §5.4 read backwards; never raises.

    A name that stands twice with different values is dropped: one of the two was planted, and nobody can say which.
    """
    found: dict[str, str] = {}
    planted: set[str] = set()
    for crumb in (header or "").split(";"):
        name, equals, value = crumb.strip().partition("=")
        if not equals or not name:
            continue
        if name in found and found[name] != value:
            planted.add(name)
        found[name] = value
    return {name: value for name, value in found.items() if name not in planted}
