"""Routes of the door kit itself: static files and the standing pages that every frame links to."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.web.pages.guide import Guide, Topic
from idp.web.static import PREFIX
from idp.web.templating import Pages


def routes(pages: Pages) -> list[Route]:
    """`/static/{name}` and one address per topic."""
    return [Route(f"{PREFIX}{{name}}", pages.assets.serve, methods=["GET"]), *(_guide(pages, t) for t in Topic)]


def _guide(pages: Pages, topic: Topic) -> Route:
    async def show(request: Request) -> Response:
        return pages.render(Guide(topic), pages.context(request))

    return Route(f"/{topic.value}", show, methods=["GET"])
