"""Tra cứu hồ sơ: an API that accepts only tokens meant for it, and a page on which its own people can try it."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from clients.examples import settings as example
from clients.examples.applications import applications_of
from clients.examples.settings import Settings
from clients.examples.site import Site, serve
from cua_chung import AccessTokenVerifier, Caller, CuaChung, Introspection, Person


def create_app(settings: Settings) -> FastAPI:
    """The service for these settings. With a secret it asks the provider about each token: revocation acts at once."""
    site = Site("api", settings)
    login = CuaChung(
        issuer=settings.issuer,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        base_url=settings.base_url,
        ca=settings.ca,
        refused=site.refused,
    )
    verifier = AccessTokenVerifier(
        settings.issuer,
        settings.audience,
        ca=settings.ca,
        introspection=Introspection(settings.client_id, settings.client_secret) if settings.client_secret else None,
    )
    app = site.application()
    login.install(app)

    @app.get("/api/applications")
    async def applications(caller: Annotated[Caller, Depends(verifier.caller())]) -> dict[str, Any]:
        return _answer(caller)

    @app.get("/api/applications/details")
    async def details(caller: Annotated[Caller, Depends(verifier.caller(level="substantial"))]) -> dict[str, Any]:
        return _answer(caller)

    @app.get("/")
    async def home(request: Request, person: Annotated[Person | None, Depends(login.person)]) -> Response:
        found = [] if person is None else applications_of(person.sub)
        return site.page(
            request, "api_home.html", person=person, found=found, signed_out=request.query_params.get("signed_out")
        )

    return app


def _answer(caller: Caller) -> dict[str, Any]:
    return {
        "sub": caller.sub,
        "client_id": caller.client_id,
        "level": caller.level,
        "applications": [asdict(one) for one in applications_of(caller.sub)],
    }


if __name__ == "__main__":
    configured = example.read("api", 8103)
    serve(create_app(configured), configured)
