"""Đặt lịch làm việc: serves a page of plain JavaScript. The sign-in is in the browser (static/spa.js), not here."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from clients.examples import settings as example
from clients.examples.settings import Settings
from clients.examples.site import Site, serve


def create_app(settings: Settings) -> FastAPI:
    """The page for these settings."""
    site = Site("spa", settings)
    app = site.application()

    @app.get("/")
    async def home(request: Request) -> Response:
        language = site.language(request)
        told: dict[str, Any] = {
            "issuer": settings.issuer,
            "client_id": settings.client_id,
            "redirect_uri": f"{settings.base_url}/",
            "scope": "openid profile",
            "ui_locales": language,
            "words": site.words(language)["script"],
        }
        return site.page(request, "spa.html", told=told)

    return app


if __name__ == "__main__":
    configured = example.read("spa", 8102)
    serve(create_app(configured), configured)
