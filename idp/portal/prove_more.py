"""On the way to what is kept from a passer-by's eyes: prove more, or learn where one can."""

import re
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import prove_more
from idp.flows.own_pages import Owner
from idp.portal.frame import context, sees_all, signed_in
from idp.web.deps import Door
from idp.web.pages.history import ProveMore
from idp.web.responses import see_other
from idp.web.sign_in_first import to_sign_in

PATH: Final = "/account/prove"
_TO: Final = "to"
# Only our own pages, by their own addresses: no host, no query, nothing that a browser would read as another one.
_OWN_PAGE: Final = re.compile(r"/account(/[A-Za-z0-9_-]{1,80}){0,3}", re.ASCII)


def leading_to(path: str) -> str:
    """The address of the step that comes back to this page."""
    return f"{PATH}?{urlencode({_TO: path})}"


def own_page(asked: str) -> str:
    """The page that was asked for where it is one of ours, else the first of them."""
    return asked if _OWN_PAGE.fullmatch(asked) else "/account"


def routes(door: Door) -> list[Route]:
    async def prove(request: Request, owner: Owner) -> Response:
        back = own_page(request.query_params.get(_TO, ""))
        if sees_all(door, owner):
            return see_other(back)
        wanted = prove_more.request_for(door.hall, back)
        if await prove_more.is_possible(door.hall, wanted, door.visitor(request), door.now()):
            return await to_sign_in(door, request, wanted)
        page = ProveMore(back, vneid=door.hall.vneid is not None)
        return door.pages.render(page, context(door, request, owner))

    return [Route(PATH, signed_in(door, prove), methods=["GET"])]
