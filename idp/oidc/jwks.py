"""The public keys: those in use (RFC 7517 §5), and those of the past."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.crypto.keyring import Document, KeyRing
from idp.flows.hall import Hall
from idp.flows.key_holder import KeyHolder
from idp.kernel.clock import Clock
from idp.oidc.answers import Endpoint
from idp.oidc.cors import public_preflight
from idp.oidc.documents import Published
from idp.protocol.endpoints import JWKS, JWKS_HISTORY

# RFC 7517 §8.5.1
_JWK_SET = "application/jwk-set+json"


def routes(hall: Hall, clock: Clock) -> list[Route]:
    """How long a JWKS may be cached is part of the rotation: a key is published that long before it signs."""
    del clock
    max_age = int(hall.policies.rotation.jwks_cache.total_seconds())
    current = _shower(hall.keys, KeyRing.jwks_document, max_age)
    history = _shower(hall.keys, KeyRing.history_document, max_age)
    found = []
    for path, show in ((JWKS, current), (JWKS_HISTORY, history)):
        found += [Route(path, show, methods=["GET"]), Route(path, public_preflight, methods=["OPTIONS"])]
    return found


def _shower(keys: KeyHolder, document: Callable[[KeyRing], Document], max_age: int) -> Endpoint:
    """Rebuilt only when the keys were: a reload brings new documents."""
    published = Published(document(keys.ring), max_age=max_age, media_type=_JWK_SET)

    async def show(request: Request) -> Response:
        nonlocal published
        latest = document(keys.ring)
        if latest is not published.document:
            published = Published(latest, max_age=max_age, media_type=_JWK_SET)
        return published.answer(request)

    return show
