"""Response headers that make a browser careful: a strict baseline on everything, and the policy of a page."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# "same-origin" and not "no-referrer": under the latter browsers send `Origin: null` with our own forms (Fetch §4.1).
REFERRER_POLICY = "same-origin"
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), usb=(), browsing-topics=()"
)
HSTS = "max-age=63072000; includeSubDomains"

_BASELINE = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", REFERRER_POLICY),
    ("permissions-policy", PERMISSIONS_POLICY),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    # Absence of a rule is a refusal: only what says otherwise (static files, discovery, JWKS) is ever cached.
    ("cache-control", "no-store"),
)


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """What one page may load, and where its forms may end."""

    nonce: str
    form_targets: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    isolated: bool = False
    """Own pages sever their opener; a sign-in page keeps it, since services open it in a pop-up (`display=popup`)."""
    works: bool = False
    """The page has a worker of our own, which computes in the background."""
    names_us_to_target: bool = False
    """The form_post page lets the service see our origin (and nothing more) in `Origin`."""

    def content_security_policy(self) -> str:
        return "; ".join(
            (
                "default-src 'none'",
                "style-src 'self'",
                f"script-src 'nonce-{self.nonce}'",
                f"img-src {_sources(self.images)}",
                f"form-action {_sources(self.form_targets)}",
                *(["worker-src 'self'"] if self.works else []),
                "frame-ancestors 'none'",
                "base-uri 'none'",
            )
        )

    def headers(self) -> dict[str, str]:
        found = {
            "content-security-policy": self.content_security_policy(),
            "cache-control": "no-store",
            "referrer-policy": "strict-origin" if self.names_us_to_target else REFERRER_POLICY,
        }
        if self.isolated:
            found["cross-origin-opener-policy"] = "same-origin"
        return found


def csp_source(uri: str) -> str | None:
    """The source expression (CSP Level 3 §2.3.1) that admits a proven URI; None where none can.

    Host sources know neither IPv6 addresses nor the private schemes of native apps (RFC 8252 §7.1); there the
    scheme stands alone.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if not scheme or not scheme.replace("+", "").replace("-", "").replace(".", "").isalnum() or not scheme.isascii():
        return None
    if scheme not in ("http", "https") or (host and ":" in host):
        return f"{scheme}:"
    if not host or not host.isascii() or not host.replace("-", "").replace(".", "").replace("_", "").isalnum():
        return None
    return f"{scheme}://{host}" if port is None else f"{scheme}://{host}:{port}"


def _sources(uris: Iterable[str]) -> str:
    found = dict.fromkeys(source for uri in uris if (source := csp_source(uri)))
    return " ".join(("'self'", *found))


class BaselineHeaders:
    """Pure ASGI: adds what a response does not already say for itself."""

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self.app = app
        pairs = [*_BASELINE, *([("strict-transport-security", HSTS)] if tls else [])]
        self._baseline = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_baseline(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                said = {name for name, _ in headers}
                message["headers"] = [*headers, *[pair for pair in self._baseline if pair[0] not in said]]
            await send(message)

        await self.app(scope, receive, send_with_baseline)
