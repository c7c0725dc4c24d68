"""The page where a service needs a person verified better: what would do, from here or at a counter; the way back."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn.login_policy import LoginPolicy
from idp.authn.sign_in_route import Upstream
from idp.decision.step import Verify
from idp.flows import proceed, upstream_health
from idp.flows.proceed import Page
from idp.identity.assurance import person_level
from idp.identity.routes import ROUTES
from idp.interaction import frame
from idp.interaction.login import dispatched
from idp.interaction.vneid import START
from idp.kernel.level import Level
from idp.web.deps import Door, name_of
from idp.web.pages import sign_in
from idp.web.pages.sign_in import VerifyWay


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if not isinstance(seen.step, Verify) or seen.present is None:
            return frame.onward(seen.interaction)
        person = seen.present.person
        page = sign_in.Verify(
            level=person_level(person, door.now()).word,
            target=seen.step.target.word,
            ways=await _ways(door, seen, seen.step.target),
            person=name_of(person),
            vneid_error=frame.vneid_error(request),
            switch_uri=frame.address(seen.interaction, "switch"),
        )
        return door.pages.render(page, frame.context(door, request, seen))

    return [Route("/i/{interaction_id}/verify", frame.guarded(door, show), methods=["GET"])]


async def _ways(door: Door, seen: Page, target: Level) -> tuple[VerifyWay, ...]:
    """The quickest first; none that could not reach the level."""
    vneid = door.hall.vneid is not None and seen.registered.login_policy is not LoginPolicy.LOCAL
    if vneid and await upstream_health.standing(door.hall) is not Upstream.AVAILABLE:
        vneid = False
    own = [name for name in ROUTES if name in door.hall.policies.cases.routes]
    found = [VerifyWay("vneid", frame.address(seen.interaction, START))] if vneid else []
    for name in own:
        found.append(VerifyWay(name, f"/account/verify/{name}?for={seen.interaction.id}"))  # noqa: PERF401 - two kinds
    return tuple(way for way in found if ROUTES[way.way].ceiling >= target)
