"""The authorization endpoint by GET and POST: RFC 6749 §3.1, OpenID Connect Core §3.1.2."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import authorize
from idp.flows.authorize import Answer, Opened
from idp.protocol.endpoints import AUTHORIZE
from idp.protocol.parameters import Parameters
from idp.web import forms
from idp.web.deps import Door, browser_of
from idp.web.forms import Form, FormError
from idp.web.responses import answer, see_other


def routes(door: Door) -> list[Route]:
    async def by_get(request: Request) -> Response:
        parameters = Parameters.of(_query(request).pairs)
        visitor = door.visitor(request)
        browser = browser_of(visitor)
        outcome = await authorize.begin(door.hall, parameters, visitor, browser, door.now())
        response = _respond(door, request, outcome)
        door.remember_browser(response, visitor, browser)
        return response

    async def by_post(request: Request) -> Response:
        try:
            form = await forms.body(request)
        except FormError as error:
            raise error.page() from error
        kept = await authorize.keep_posted(door.hall, Parameters.of(form.pairs), door.now())
        if isinstance(kept, Answer):
            return _respond(door, request, kept)
        client_id = next(value for name, value in form.pairs if name == "client_id")
        return see_other(f"{AUTHORIZE}?{urlencode({'client_id': client_id, 'request_uri': kept})}")

    return [
        Route(AUTHORIZE, by_get, methods=["GET"]),
        Route(AUTHORIZE, by_post, methods=["POST"]),
    ]


def _query(request: Request) -> Form:
    try:
        return forms.query(request)
    except FormError as error:
        raise error.page() from error


def _respond(door: Door, request: Request, outcome: authorize.Outcome) -> Response:
    match outcome:
        case Opened(interaction_id, client_id):
            # Should the interaction be lost, its address still tells which service to lead back to.
            return see_other(f"/i/{interaction_id}?{urlencode({'service': client_id})}")
        case Answer(redirect_uri, mode, parameters):
            return answer(redirect_uri, mode, parameters, door.pages, door.pages.context(request))
