"""A service that uses the SDK, a browser in front of it, and a provider that does what a test tells it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI, Request

from cua_chung import CuaChung, MemoryStore, Person
from tests.clients.fake_provider import FakeProvider

BASE_URL = "http://127.0.0.1:8101"


@dataclass
class Service:
    """The service, its sign-in, and one browser."""

    provider: FakeProvider
    login: CuaChung
    app: FastAPI
    browser: httpx.AsyncClient

    async def begin(self, path: str = "/sign-in") -> str:
        """The address at the provider to which the browser is sent."""
        answer = await self.browser.get(path)
        while answer.headers["location"].startswith("/"):
            answer = await self.browser.get(answer.headers["location"])
        return answer.headers["location"]

    async def come_back(self, answer: dict[str, str]) -> httpx.Response:
        return await self.browser.get("/sign-in/callback", params=answer)

    async def sign_in(self, path: str = "/sign-in") -> httpx.Response:
        return await self.come_back(self.provider.authorize(await self.begin(path)))

    def another_browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=BASE_URL)


def service_app(login: CuaChung) -> FastAPI:
    app = FastAPI()
    login.install(app)

    @app.get("/")
    async def front(person: Annotated[Person | None, Depends(login.person)]) -> dict[str, str | None]:
        return {"name": person.name if person else None}

    @app.get("/mine")
    async def mine(person: Annotated[Person, Depends(login.signed_in)]) -> dict[str, str | None]:
        return {"sub": person.sub, "name": person.name, "level": person.level}

    @app.post("/mine")
    async def change(person: Annotated[Person, Depends(login.signed_in)]) -> None:
        return None

    @app.get("/weighty")
    async def weighty(person: Annotated[Person, Depends(login.require_level("substantial"))]) -> dict[str, str | None]:
        return {"level": person.level}

    @app.get("/token")
    async def token(request: Request, resource: str | None = None) -> str:
        return await login.access_token(request, resource)

    return app


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
async def service(provider: FakeProvider) -> AsyncIterator[Service]:
    login = CuaChung(
        issuer=provider.issuer,
        client_id="shop",
        client_secret="shop-secret",
        base_url=BASE_URL,
        store=MemoryStore(),
        transport=provider.transport,
    )
    app = service_app(login)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL) as browser:
        yield Service(provider, login, app, browser)
