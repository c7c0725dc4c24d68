"""The dispatcher's door, and the way out: every step comes back here, none routes to another."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import interactions, proceed
from idp.interaction.frame import guarded, onward, respond
from idp.kernel.errors import AccessDenied
from idp.web.deps import Door


def routes(door: Door) -> list[Route]:
    async def dispatch(request: Request) -> Response:
        interaction_id = request.path_params["interaction_id"]
        outcome = await proceed.proceed(door.hall, interaction_id, door.visitor(request), door.now())
        return respond(door, request, outcome)

    async def cancel(request: Request) -> Response:
        interaction_id = request.path_params["interaction_id"]
        error = AccessDenied("the person turned back")
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
