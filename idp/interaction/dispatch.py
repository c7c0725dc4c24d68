"""The dispatcher's door, and the way out: every step comes back here, none routes to another."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.decision.step import Issue, Verify
from idp.flows import interactions, own_pages_client, proceed, recovery_running, vneid
from idp.interaction.frame import address, guarded, onward, respond
from idp.interaction.vneid import answered as joined_with_vneid
from idp.kernel.errors import AccessDenied, OAuthError, UnmetAuthenticationRequirements
from idp.web.deps import Door
from idp.web.pages.recovery import Warned

_TOLD = "told"


def routes(door: Door) -> list[Route]:
    async def dispatch(request: Request) -> Response:
        interaction_id = request.path_params["interaction_id"]
        joined = await vneid.agreed_otherwise(door.hall, interaction_id, door.visitor(request), door.now())
        if joined is not None:
            return await joined_with_vneid(door, request, joined)
        warning = await _warning(door, request, interaction_id)
        if warning is not None:
            return warning
        outcome = await proceed.proceed(door.hall, interaction_id, door.visitor(request), door.now())
        return respond(door, request, outcome)

    async def cancel(request: Request) -> Response:
        interaction_id = request.path_params["interaction_id"]
        seen = await proceed.look(door.hall, interaction_id, door.visitor(request), door.now())
        error: OAuthError = AccessDenied("the person turned back")
        if isinstance(seen, proceed.Page) and isinstance(seen.step, Verify):
            error = UnmetAuthenticationRequirements("the person is not verified well enough")
        outcome = await proceed.cancel(door.hall, interaction_id, door.visitor(request), error, door.now())
        return respond(door, request, outcome)

    async def switch(request: Request) -> Response:
        interaction = await interactions.load(door.hall, request.path_params["interaction_id"], door.visitor(request))
        await interactions.switch_person(door.hall, interaction, door.now())
        return onward(interaction)

    return [
        Route("/i/{interaction_id}", guarded(door, dispatch), methods=["GET"]),
        Route("/i/{interaction_id}/switch", guarded(door, switch), methods=["GET"]),
        Route("/i/{interaction_id}/cancel", guarded(door, cancel), methods=["GET"]),
    ]


async def _warning(door: Door, request: Request, interaction_id: str) -> Response | None:
    """Whoever has just proven who they are is told that somebody recovers their account, before they go on."""
    visitor, now = door.visitor(request), door.now()
    if request.query_params.get(_TOLD) == "1":
        return None
    found = await recovery_running.of_browser(door.hall, visitor, now)
    if found is None or not isinstance(await proceed.look(door.hall, interaction_id, visitor, now), Issue):
        return None
    interaction = await interactions.load(door.hall, interaction_id, visitor)
    if interaction.request.client_id == own_pages_client.CLIENT_ID:
        return None
    page = Warned(found.due_at, f"{door.pages.hub.account_uri}/recovery", f"{address(interaction)}&{_TOLD}=1")
    return door.pages.render(page, door.pages.context(request))
