"""The short way answers what it knows and passes on everything else unchanged."""

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from idp.web.fixed_paths import FixedPaths


async def _word(request: Request) -> Response:
    return PlainTextResponse(request.scope["route"].path)


async def _bug(_: Request) -> Response:
    raise KeyError("a bug")


ROUTES = [Route("/word", _word, methods=["GET"]), Route("/bug", _bug, methods=["POST"])]


class Watched:
    """The application behind, which notes what reaches it."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._app = Starlette(routes=ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(f"{scope['method']} {scope['path']}")
        await self._app(scope, receive, send)


def client(behind: Watched) -> httpx.AsyncClient:
    app = FixedPaths(behind, ROUTES, lambda _, error: PlainTextResponse(type(error).__name__, 500))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub.example")


async def test_a_known_address_does_not_reach_the_application_behind() -> None:
    behind = Watched()
    async with client(behind) as http:
        answer = await http.get("/word?lang=vi")
    assert (answer.status_code, answer.text, behind.seen) == (200, "/word", [])


async def test_head_is_answered_as_get_is() -> None:
    behind = Watched()
    async with client(behind) as http:
        answer = await http.head("/word")
    assert (answer.status_code, behind.seen) == (200, [])


async def test_another_method_another_address_and_a_longer_path_go_on() -> None:
    behind = Watched()
    async with client(behind) as http:
        refused = await http.delete("/word")
        unknown = await http.get("/words")
        longer = await http.get("/word/")
    assert refused.status_code == 405
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert unknown.status_code == 404
    assert longer.is_redirect
    assert behind.seen == ["DELETE /word", "GET /words", "GET /word/"]


async def test_what_an_endpoint_raises_is_rendered() -> None:
    async with client(Watched()) as http:
        answer = await http.post("/bug")
    assert (answer.status_code, answer.text) == (500, "KeyError")
