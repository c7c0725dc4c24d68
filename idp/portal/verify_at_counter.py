"""Where a person goes who is to be verified in person: what to bring, and how the service that waits goes on."""

import re
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows.counter_case import is_on
from idp.flows.own_pages import Owner
from idp.portal.frame import context, signed_in
from idp.web.deps import Door
from idp.web.pages.account import VerifyAtCounter

PATH: Final = "/account/verify"
_INTERACTION: Final = re.compile(r"[a-z0-9]{26}", re.ASCII)


def routes(door: Door) -> list[Route]:
    def page_of(route: str) -> Route:
        async def show(request: Request, owner: Owner) -> Response:
            if not is_on(door.hall, route):
                raise HTTPException(404)
            waiting = request.query_params.get("for", "")
            back = f"/i/{waiting}" if _INTERACTION.fullmatch(waiting) else None
            return door.pages.render(VerifyAtCounter(route, back), context(door, request, owner))

        return Route(f"{PATH}/{route}", signed_in(door, show), methods=["GET"])

    return [page_of("counter"), page_of("witness")]
