"""How endpoints for programs answer: JSON that nobody caches, errors of RFC 6749 §5.2, no 500 for bad input."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import orjson
from starlette.requests import Request
from starlette.responses import Response

from idp.cache import CacheUnavailable
from idp.kernel.errors import InvalidRequest, OAuthError, TemporarilyUnavailable
from idp.protocol.parameters import Parameters
from idp.storage.errors import StorageUnavailable
from idp.web import forms, request_headers
from idp.web.errors import Challenge, oauth_json
from idp.web.forms import FormError

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

_log = logging.getLogger("idp.oidc")
# RFC 6749 §5.1
_ALWAYS: Final = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
)


class _Json(Response):
    """Headers as bytes from the start: most of them never change, and Starlette would encode each anew."""

    def __init__(self, body: bytes, status: int) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = [*_ALWAYS, (b"content-length", str(len(body)).encode("ascii"))]


def json(content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that may hold a token or something about a person."""
    answer = _Json(orjson.dumps(content), status)
    if headers:
        answer.headers.update(headers)
    return answer


async def form(request: Request) -> Parameters:
    """RFC 6749 §3.2, Appendix B: the body's parameters; what can't be read is `invalid_request`."""
    try:
        return Parameters.of((await forms.body(request)).pairs)
    except FormError as error:
        raise error.oauth() from None


def named_error(failure: Exception) -> OAuthError:
    """The registered error for whatever a flow may raise; a bug stays what it is."""
    if isinstance(failure, OAuthError):
        return failure
    if isinstance(failure, FormError):
        return failure.oauth()
    if isinstance(failure, StorageUnavailable | CacheUnavailable):
        # RFC 7009 §2.2.1: a store that does not answer is never taken for success.
        return TemporarilyUnavailable("try again in a moment", hint=type(failure).__name__)
    raise failure


def error(failure: Exception, request: Request, *, realm: str, challenge: Challenge = "Basic") -> Response:
    """Render a failure, and leave the hint in our own log."""
    named = named_error(failure)
    _log.info("%s at %s: %s", named.code, _path(request), named.hint or named.description)
    return oauth_json(named, realm=realm, challenge=challenge)


def guarded(endpoint: Endpoint, *, realm: str) -> Endpoint:
    """For endpoints without CORS: every failure that has a name becomes its answer."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (OAuthError, FormError, StorageUnavailable, CacheUnavailable) as failure:
            return error(failure, request, realm=realm)

    return answer


def authorization_header(request: Request) -> str | None:
    """RFC 9110 §11.6.2: one header; two would let two readers see two different clients."""
    values = request_headers.values(request, b"authorization")
    if len(values) > 1:
        raise InvalidRequest("the authorization header is repeated")
    return values[0] if values else None


def _path(request: Request) -> str:
    """The route's pattern: an address may hold what a stranger wrote into it."""
    return str(getattr(request.scope.get("route"), "path", "an endpoint"))
