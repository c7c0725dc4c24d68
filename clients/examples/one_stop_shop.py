"""Một cửa điện tử: a server-rendered service with a confidential client, a page that demands a level, an API call."""

from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from clients.examples import settings as example
from clients.examples.settings import Settings
from clients.examples.site import Site, serve
from cua_chung import CuaChung, Person, ProviderUnreachable, SignInRefused
from cua_chung.provider import trust

LEVEL = "substantial"


def create_app(settings: Settings) -> FastAPI:
    """The service for these settings."""
    site = Site("one_stop_shop", settings)
    login = CuaChung(
        issuer=settings.issuer,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        base_url=settings.base_url,
        scope="openid profile phone",
        ca=settings.ca,
        refused=site.refused,
    )
    app = site.application()
    login.install(app)
    trusted = trust(settings.ca)

    @app.get("/")
    async def home(request: Request, person: Annotated[Person | None, Depends(login.person)]) -> Response:
        return site.page(
            request, "shop_home.html", person=person, level=LEVEL, signed_out=request.query_params.get("signed_out")
        )

    @app.get("/ho-so")
    async def applications(request: Request, person: Annotated[Person, Depends(login.signed_in)]) -> Response:
        return await show(request, person, "/api/applications")

    @app.get("/ho-so/chi-tiet")
    async def details(request: Request, person: Annotated[Person, Depends(login.signed_in)]) -> Response:
        # This page demands no level itself: the API behind it does, and says so (RFC 9470).
        return await show(request, person, "/api/applications/details")

    async def show(request: Request, person: Person, path: str) -> Response:
        try:
            token = await login.access_token(request, resource=settings.audience)
            answer = await _ask_api(settings, path, token, trusted)
        except (ProviderUnreachable, SignInRefused, httpx.HTTPError):
            answer = None
        if answer is not None:
            await login.follow(request, answer)
        found = _found(answer)
        status = 200 if found is not None else 502
        return site.page(request, "shop_applications.html", status=status, person=person, found=found)

    @app.get("/nop-ho-so")
    async def submit(request: Request, person: Annotated[Person, Depends(login.require_level(LEVEL))]) -> Response:
        return site.page(request, "shop_submit.html", person=person)

    @app.get("/privacy")
    async def privacy(request: Request, person: Annotated[Person | None, Depends(login.person)]) -> Response:
        return site.page(request, "shop_privacy.html", person=person)

    return app


async def _ask_api(settings: Settings, path: str, token: str, trusted: Any) -> httpx.Response:  # noqa: ANN401
    async with httpx.AsyncClient(verify=trusted, timeout=10) as http:
        return await http.get(f"{settings.api_url}{path}", headers={"Authorization": f"Bearer {token}"})


def _found(answer: httpx.Response | None) -> dict[str, Any] | None:
    """The API's answer, or nothing that could be shown."""
    try:
        found = answer.json() if answer is not None and answer.is_success else None
    except ValueError:
        found = None
    return found if isinstance(found, dict) else None


if __name__ == "__main__":
    configured = example.read("one_stop_shop", 8101)
    serve(create_app(configured), configured)
