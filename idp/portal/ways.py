"""Ways to sign in to one's own account: each may be forbidden, against everybody, and allowed again."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import own_ways
from idp.flows.own_pages import Owner
from idp.portal.credentials import PATH as LIST
from idp.portal.frame import context, fresh, is_own_form, stale, token
from idp.web import forms
from idp.web.deps import Door
from idp.web.pages.security import WayLine, Ways
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = f"{LIST}/ways"
_ACT = "ways"


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        standing = await own_ways.standing(door.hall, owner, door.now())
        lines = tuple(WayLine(way, off, changeable) for way, (off, changeable) in standing.items())
        return door.pages.render(Ways(PATH, token(door, owner, _ACT), lines), context(door, request, owner))

    async def submit(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        if not is_own_form(door, request, owner, _ACT, form):
            return stale(door, request, owner, LIST)
        if way := form.get("off"):
            await own_ways.switch_off(door.hall, owner, way, door.now())
            return see_other(f"{LIST}?done=way_off")
        if way := form.get("on"):
            await own_ways.switch_on(door.hall, owner, way, door.now())
            return see_other(f"{LIST}?done=way_on")
        return see_other(f"{LIST}?done=not_done")

    return [page_and_form(PATH, fresh(door, show), fresh(door, submit))]
