"""What this server can do, at both well-known addresses: OpenID Connect Discovery §4, RFC 8414 §3."""

import hashlib
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn import authenticators
from idp.crypto.keyring import Document
from idp.flows.hall import Hall
from idp.kernel.clock import Clock
from idp.kernel.level import Level
from idp.oidc.cors import public_preflight
from idp.oidc.documents import Published
from idp.protocol import discovery
from idp.protocol.endpoints import OAUTH_AUTHORIZATION_SERVER, OPENID_CONFIGURATION

# Long enough to spare both sides, short enough that a new feature is seen the same hour.
_MAX_AGE = 3600


def routes(hall: Hall, clock: Clock) -> list[Route]:
    """The document changes with the settings alone, so it is built once."""
    del clock
    # No more is promised than the installed authenticators can reach.
    levels = [level for level in Level if level <= authenticators.highest_level()]
    resistant = authenticators.can_resist_phishing(authenticators.AUTHENTICATORS)
    body = orjson.dumps(discovery.document(hall.policies.protocol, levels=levels, phishing_resistant=resistant))
    etag = f'"{hashlib.sha256(body).hexdigest()[:22]}"'
    published = Published(Document(body, etag), max_age=_MAX_AGE, media_type="application/json")

    async def show(request: Request) -> Response:
        return published.answer(request)

    found = []
    for path in addresses(hall.policies.issuer):
        found += [Route(path, show, methods=["GET"]), Route(path, public_preflight, methods=["OPTIONS"])]
    return found


def addresses(issuer: str) -> tuple[str, ...]:
    """RFC 8414 §3.1 puts the well-known word before the issuer's path, OpenID Connect Discovery §4 behind it."""
    path = urlsplit(issuer).path.rstrip("/")
    both = (OPENID_CONFIGURATION, OAUTH_AUTHORIZATION_SERVER)
    if not path:
        return both
    return (*both, path + OPENID_CONFIGURATION, OPENID_CONFIGURATION + path, OAUTH_AUTHORIZATION_SERVER + path)
