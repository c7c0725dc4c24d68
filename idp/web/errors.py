"""The one renderer of errors: OAuth JSON, redirect or page, and never a trace. What is an error is said elsewhere."""

import logging
from typing import Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.cache import CacheUnavailable
from idp.crypto.password_workers import Busy
from idp.kernel.errors import (
    InsufficientScope,
    InvalidClient,
    InvalidToken,
    OAuthError,
    PageError,
    Refusal,
    ServerError,
    TemporarilyUnavailable,
)
from idp.kernel.ids import new_id
from idp.storage.errors import StorageUnavailable
from idp.web.context import Service
from idp.web.forms import FormError
from idp.web.pages.problem import InvalidRequestPage, Problem, ProblemPage, RefusalPage
from idp.web.templating import Pages

Challenge = Literal["Basic", "Bearer"]

_log = logging.getLogger("idp.web")
_STATUS: dict[type[OAuthError], int] = {
    InvalidClient: 401,
    InvalidToken: 401,
    InsufficientScope: 403,
    ServerError: 500,
    TemporarilyUnavailable: 503,
}
_RETRY_AFTER_SECONDS = "5"
# A store that does not answer, or more sign-ins at once than can be checked in time: it passes, and nothing was done.
_AWAY = (StorageUnavailable, CacheUnavailable, Busy)


def status_of(error: OAuthError) -> int:
    """RFC 6749 §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1; 400 unless a specification says otherwise."""
    return _STATUS.get(type(error), 400)


def oauth_json(error: OAuthError, *, realm: str, challenge: Challenge = "Basic") -> JSONResponse:
    """RFC 6749 §5.2. `challenge` names the scheme of the endpoint: Bearer at protected resources (RFC 6750 §3)."""
    content = {"error": error.code}
    if error.description:
        content["error_description"] = error.description
    headers = {"cache-control": "no-store", "pragma": "no-cache"}
    if isinstance(error, InvalidToken | InsufficientScope):
        challenge = "Bearer"
    if challenge == "Bearer" and status_of(error) < 500:
        headers["www-authenticate"] = _bearer(error, realm)
    elif isinstance(error, InvalidClient):
        headers["www-authenticate"] = f'Basic realm="{realm}", charset="UTF-8"'
    if isinstance(error, TemporarilyUnavailable):
        headers["retry-after"] = _RETRY_AFTER_SECONDS
    return JSONResponse(content, status_of(error), headers)


def bearer_required(realm: str) -> Response:
    """RFC 6750 §3.1: a request without any token learns the scheme and nothing else."""
    return Response(
        status_code=401, headers={"www-authenticate": f'Bearer realm="{realm}"', "cache-control": "no-store"}
    )


def wants_page(request: Request) -> bool:
    """A browser that navigates names text/html; programs name something else or nothing."""
    return "text/html" in request.headers.get("accept", "")


def page_error(error: PageError, pages: Pages, request: Request, *, service: Service | None = None) -> Response:
    """The page of invalid requests, on our own host; `service` gives it a way back."""
    _log.info("page error %s at %s: %s", error.key, _route(request), error.hint)
    return pages.render(InvalidRequestPage(error.key), pages.context(request, service=service))


def install(app: Starlette, pages: Pages, *, realm: str) -> None:
    """Make every door's exceptions come through here."""

    async def handle(request: Request, error: Exception) -> Response:
        return render(request, error, pages, realm=realm)

    for kind in (OAuthError, PageError, Refusal, FormError, HTTPException, *_AWAY, Exception):
        app.add_exception_handler(kind, handle)


def render(request: Request, error: Exception, pages: Pages, *, realm: str) -> Response:
    """What crosses HTTP for any exception; logs the hint, which holds no code, token, name or number."""
    match error:
        case FormError():
            known = error.page() if wants_page(request) else error.oauth()
            return render(request, known, pages, realm=realm)
        case OAuthError():
            _log.info("%s at %s: %s", error.code, _route(request), error.hint or error.description)
            return oauth_json(error, realm=realm)
        case PageError():
            return page_error(error, pages, request)
        case Refusal():
            _log.info("refusal %s at %s: %s", error.key, _route(request), error.hint)
            return pages.render(RefusalPage(error.key, tuple(error.values.items())), pages.context(request))
        case HTTPException():
            return _http(request, error, pages)
        case StorageUnavailable() | CacheUnavailable() | Busy():
            return _away(request, error, pages, realm=realm)
        case _:
            return _bug(request, error, pages)


class LastResort:
    """Pure ASGI, around the whole application: Starlette raises a bug again after it was answered and logged.

    The server would print that with its message, which may quote what a person typed, so it ends here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = complete = False

        async def watch(message: Message) -> None:
            nonlocal begun, complete
            begun = True
            complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:  # noqa: BLE001 - the last line of defence
            if not complete:
                _log.error("unrendered %s in %s", type(error).__name__, _place(error))
            if not begun:
                await Response(status_code=500)(scope, receive, send)


def _away(request: Request, error: Exception, pages: Pages, *, realm: str) -> Response:
    """503: come again in a moment."""
    if not wants_page(request):
        hint = type(error).__name__
        return render(request, TemporarilyUnavailable("try again in a moment", hint=hint), pages, realm=realm)
    _log.warning("unavailable at %s: %s", _route(request), type(error).__name__)
    context = pages.context(request)
    retry = context.here() if request.method == "GET" else None
    response = pages.render(ProblemPage(Problem.UNAVAILABLE, retry), context)
    response.headers["retry-after"] = _RETRY_AFTER_SECONDS
    return response


def _http(request: Request, error: HTTPException, pages: Pages) -> Response:
    problem = {404: Problem.NOT_FOUND, 405: Problem.METHOD_NOT_ALLOWED, 403: Problem.DENIED}.get(error.status_code)
    if wants_page(request) and (problem or error.status_code < 500):
        page = ProblemPage(problem) if problem else InvalidRequestPage("malformed_request")
        response: Response = pages.render(page, pages.context(request), status=error.status_code)
    else:
        response = JSONResponse({"error": "invalid_request"}, error.status_code, {"cache-control": "no-store"})
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _bug(request: Request, error: Exception, pages: Pages) -> Response:
    """500: the person gets a number to read out on the hotline, the log gets the rest.

    The log names the type and the place but not the message, which may quote what a person typed.
    """
    incident = new_id()[:10]
    _log.error("incident %s: %s at %s in %s", incident, type(error).__name__, _route(request), _place(error))
    if wants_page(request):
        context = pages.context(request)
        retry = context.here() if request.method == "GET" else None
        return pages.render(ProblemPage(Problem.UNEXPECTED, retry, incident), context)
    content = {"error": "server_error", "error_description": f"incident {incident}"}
    return JSONResponse(content, 500, {"cache-control": "no-store"})


def _route(request: Request) -> str:
    """The route's pattern, never the address itself: that may hold an identifier."""
    return str(getattr(request.scope.get("route"), "path", "no route"))


def _place(error: BaseException) -> str:
    places = []
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return " > ".join(places[-6:])


def _bearer(error: OAuthError, realm: str) -> str:
    parts = [f'realm="{realm}"', f'error="{error.code}"']
    if error.description:
        parts.append(f'error_description="{error.description}"')
    return "Bearer " + ", ".join(parts)
