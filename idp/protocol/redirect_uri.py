"""Redirect URIs: which may be registered, and which presented one is a registered one. Nothing is ever normalised.

RFC 6749 §3.1.2, RFC 8252 §7 and §8, RFC 9700 §2.1: simple string comparison, loopback ports of native apps excepted.
"""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from idp.kernel.errors import InvalidClientMetadata, InvalidRedirectUri
from idp.protocol.client import ApplicationType, Client

MAX_LENGTH = 2048

# RFC 3986 §2 without "*": printable ASCII that a URI may hold. Backslash, quotes, controls and spaces are what parsers
# disagree about (CVE-2024-8883, CVE-2026-7504).
_URI = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")
_LOOPBACK_IP = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)", re.ASCII)
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)
_CUSTOM_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)
_LOOPBACK_127 = re.compile(r"127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}", re.ASCII)
_DOT_SEGMENT = re.compile(r"/(\.|%2e){1,2}([/;?]|$)", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"https": 443, "http": 80}
_MAX_PORT = 65535


def matches(registered: Iterable[str], presented: str, application_type: ApplicationType) -> bool:
    """RFC 9700 §2.1: exact; RFC 8252 §7.3: for a native app the port of a loopback address may vary."""
    candidates = tuple(registered)
    if presented in candidates:
        return True
    if application_type is not ApplicationType.NATIVE:
        return False
    without_port = _without_loopback_port(presented)
    return without_port is not None and any(_without_loopback_port(uri) == without_port for uri in candidates)


def check_registrable(uri: str, application_type: ApplicationType, *, sandbox: bool) -> None:
    """RFC 7591 §5, OpenID Connect Registration §2 (application_type), RFC 8252 §7; `invalid_redirect_uri`."""
    parts = _parts(uri)
    if parts is None:
        raise InvalidRedirectUri("a redirect URI is no absolute URI of plain characters without fragment")
    if parts.scheme in _DEFAULT_PORTS:
        if not _is_web(parts):
            raise InvalidRedirectUri("a redirect URI has no proper host, or holds userinfo or dot segments")
        native_loopback = application_type is ApplicationType.NATIVE and _LOOPBACK_IP.fullmatch(uri) is not None
        if parts.scheme == "http" and not native_loopback and not (sandbox and is_loopback(parts.hostname)):
            raise InvalidRedirectUri("redirect URIs use https; plain http is for loopback addresses")
        return
    # RFC 8252 §7.1: private-use schemes carry a domain name; this also keeps out javascript:, data: and their kin.
    if application_type is not ApplicationType.NATIVE or not _CUSTOM_SCHEME.fullmatch(parts.scheme):
        raise InvalidRedirectUri("this URI scheme is not allowed for redirect URIs")


def check_web_uri(uri: str, field: str, *, sandbox: bool) -> None:
    """Every other URI of a registration: https, and http to loopback in the sandbox; `invalid_client_metadata`."""
    parts = _parts(uri)
    if parts is None or parts.scheme not in _DEFAULT_PORTS or not _is_web(parts):
        raise InvalidClientMetadata(f"{field} is no https address")
    if parts.scheme == "http" and not (sandbox and is_loopback(parts.hostname)):
        raise InvalidClientMetadata(f"{field} must use https")


def is_loopback(host: str | None) -> bool:
    """localhost, 127.x.x.x or ::1, by their text: a name is never resolved here."""
    return host in {"localhost", "::1"} or (host is not None and _LOOPBACK_127.fullmatch(host) is not None)


def host(uri: str) -> str | None:
    """The host of an http or https address: OpenID Connect Core §8.1 calls it the sector."""
    parts = _parts(uri)
    return parts.hostname if parts is not None and parts.scheme in _DEFAULT_PORTS else None


def origin(uri: str) -> str | None:
    """RFC 6454 §6.2 for CORS and CSP `form-action`; the bare scheme (`vn.example.app:`) for private-use schemes."""
    parts = _parts(uri)
    if parts is None:
        return None
    if parts.scheme not in _DEFAULT_PORTS:
        return f"{parts.scheme}:"
    if not _is_web(parts):
        return None
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{name}{port}"


def origins(client: Client) -> frozenset[str]:
    """The web origins that may call the token endpoint for this client (CORS)."""
    found = (origin(uri) for uri in client.redirect_uris)
    return frozenset(value for value in found if value is not None and "://" in value)


def _without_loopback_port(uri: str) -> str | None:
    found = _LOOPBACK_IP.fullmatch(uri)
    if found is None or (found[2] and int(found[2]) > _MAX_PORT):
        return None
    return found[1] + found[3]


def _parts(uri: str) -> SplitResult | None:
    """The parts of an absolute URI without fragment; None for what parsers could read in two ways."""
    if len(uri) > MAX_LENGTH or not _URI.fullmatch(uri):
        return None
    try:
        parts = urlsplit(uri)
        if parts.port is not None and not 0 < parts.port <= _MAX_PORT:
            return None
    except ValueError:
        return None
    return parts if parts.scheme and uri[len(parts.scheme)] == ":" else None


def _is_web(parts: SplitResult) -> bool:
    name = parts.hostname
    if not name or "@" in parts.netloc or "%" in parts.netloc or parts.netloc.endswith(":"):
        return False
    if _DOT_SEGMENT.search(parts.path):
        return False
    if name == "::1":
        # Python 3.11's urlsplit also finds it in `junk[::1]junk`, where other readers find something else.
        return parts.netloc == "[::1]" or parts.netloc.startswith("[::1]:")
    return _HOST.fullmatch(name) is not None
