"""The cookies of a service: one names the session, one binds a sign-in to its browser, one a sign-out."""

import hashlib
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from cua_chung.oauth import ClientSettings, new_secret


class Cookies:
    """HttpOnly, SameSite=Lax (the answer comes back from another site), and over TLS Secure with `__Host-`."""

    def __init__(self, settings: ClientSettings) -> None:
        # Cookies ignore ports: two services on one host must not share a name.
        mark = hashlib.sha256(f"{settings.client_id} {settings.base_url}".encode()).hexdigest()[:8]
        prefix = "__Host-" if settings.is_secure else ""
        self._session, self._browser = f"{prefix}session_{mark}", f"{prefix}browser_{mark}"
        self._signing_out = f"{prefix}signing_out_{mark}"
        self._secure = settings.is_secure

    def session(self, request: Request) -> str | None:
        return request.cookies.get(self._session)

    def set_session(self, response: Response, session_id: str) -> None:
        self._set(response, self._session, session_id)

    def clear_session(self, response: Response) -> None:
        self._clear(response, self._session)

    def browser(self, request: Request) -> str | None:
        return request.cookies.get(self._browser)

    def keep_browser(self, request: Request, response: Response) -> str:
        """The browser's secret, made on first need; several tabs share it."""
        held = self.browser(request)
        if held is not None and 32 <= len(held) <= 128:
            return held
        secret = new_secret()
        self._set(response, self._browser, secret)
        return secret

    def set_signing_out(self, response: Response, state: str) -> None:
        self._set(response, self._signing_out, state)

    def is_signing_out(self, request: Request, state: str | None) -> bool:
        return bool(state) and request.cookies.get(self._signing_out) == state

    def clear_signing_out(self, response: Response) -> None:
        self._clear(response, self._signing_out)

    def _set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(name, value, path="/", secure=self._secure, httponly=True, samesite="lax")

    def _clear(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="lax")


def local_path(wanted: str | None) -> str:
    """Where to go after a sign-in: a path of this service, or its front page. Nobody is sent elsewhere (CWE-601)."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or len(wanted) > 2000:
        return "/"
    # Browsers read a backslash as a slash and drop tabs and line ends (WHATWG URL §4.4).
    if "\\" in wanted or any(ord(c) < 0x20 or ord(c) == 0x7F for c in wanted):
        return "/"
    parts = urlsplit(wanted)
    return "/" if parts.scheme or parts.netloc else wanted
