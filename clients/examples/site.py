"""What the three examples share of a web site: templates, words in two languages, headers, and how they are served."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clients.examples.settings import Settings
from cua_chung import SignInRefused

_HERE = Path(__file__).parent
LANGUAGES = ("vi", "en")


class Site:
    """The pages of one example."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._settings = settings
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )
        self._words = {language: _catalogue(language) for language in LANGUAGES}

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:  # noqa: ANN401
        """A page in the language that the reader chose; Vietnamese otherwise."""
        language = self.language(request)
        text = self._templates.get_template(template).render(
            lang=language,
            other=next(one for one in LANGUAGES if one != language),
            path=request.url.path,
            t=self.words(language),
            settings=self._settings,
            **values,
        )
        response = HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie("lang", language, max_age=31_536_000, samesite="lax", httponly=True)
        return response

    def language(self, request: Request) -> str:
        for wanted in (request.query_params.get("lang"), request.cookies.get("lang")):
            if wanted in LANGUAGES:
                return str(wanted)
        return "vi"

    def words(self, language: str) -> Mapping[str, Any]:
        return {**self._words[language]["shared"], **self._words[language][self._name]}

    def refused(self, request: Request, refused: SignInRefused) -> Response:
        """A failed sign-in: what happened, what it means, what to do."""
        words = self._words[self.language(request)]["refused"]
        told = words.get(refused.code, words["otherwise"])
        status = 503 if refused.code == "provider_unreachable" else 400
        return self.page(
            request, "refused.html", status=status, told=told, code=refused.code[:64], next_path=refused.next_path
        )

    def application(self) -> FastAPI:
        """An application with the headers and static files that all examples have."""
        app = FastAPI(openapi_url=None)
        app.mount("/static", StaticFiles(directory=_HERE / "static"))
        app.add_middleware(Headers, issuer_origin=self._settings.issuer_origin, api_url=self._settings.api_url)

        async def healthz() -> dict[str, str]:
            return {"status": "ok"}

        app.add_api_route("/healthz", healthz)
        app.add_exception_handler(404, self._not_found)
        return app

    async def _not_found(self, request: Request, _error: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"detail": "not found"}, status_code=404)
        return self.page(request, "not_found.html", status=404)


class Headers:
    """Response headers of every page; a plain ASGI middleware."""

    def __init__(self, app: ASGIApp, issuer_origin: str, api_url: str) -> None:
        self._app = app
        # form-action: the sign-out form is answered by a redirect to the provider, and Chromium checks that too.
        self._policy = (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
            f"connect-src 'self' {issuer_origin} {api_url}; form-action 'self' {issuer_origin}; "
            "base-uri 'none'; frame-ancestors 'none'"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", self._policy)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, send_with_headers)


def serve(app: FastAPI, settings: Settings) -> None:
    """Until Ctrl-C or SIGTERM."""
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )


def _catalogue(language: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / "words" / f"{language}.toml").read_text(encoding="utf-8"))
