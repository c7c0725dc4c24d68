"""The authorization endpoint by GET and POST: RFC 6749 §3.1, OpenID Connect Core §3.1.2."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import authorize
from idp.flows.authorize import Answer, Opened
from idp.kernel.errors import PageError
from idp.protocol.endpoints import AUTHORIZE
from idp.protocol.parameters import Parameters
from idp.web import forms
from idp.web.deps import Door, browser_of, leads_back_to, service_of
from idp.web.errors import page_error
from idp.web.forms import Form, FormError
from idp.web.responses import answer, see_other
from idp.web.routes import page_and_form


def routes(door: Door) -> list[Route]:
    async def by_get(request: Request) -> Response:
        parameters = Parameters.of(_query(request).pairs)
        visitor = door.visitor(request)
        browser = browser_of(visitor)
        try:
            outcome = await authorize.begin(door.hall, parameters, visitor, browser, door.now())
        except PageError as error:
            return await _explained(door, request, parameters, error)
        response = _respond(door, request, outcome)
        door.remember_browser(response, visitor, browser)
        return response

    async def by_post(request: Request) -> Response:
        try:
            form = await forms.body(request)
        except FormError as error:
            raise error.page() from error
        parameters = Parameters.of(form.pairs)
        try:
            kept = await authorize.keep_posted(door.hall, parameters, door.now())
        except PageError as error:
            return await _explained(door, request, parameters, error)
        if isinstance(kept, Answer):
            return _respond(door, request, kept)
        client_id = next(value for name, value in form.pairs if name == "client_id")
        return see_other(f"{AUTHORIZE}?{urlencode({'client_id': client_id, 'request_uri': kept})}")

    return [page_and_form(AUTHORIZE, by_get, by_post)]


def _query(request: Request) -> Form:
    try:
        return forms.query(request)
    except FormError as error:
        raise error.page() from error


async def _explained(door: Door, request: Request, parameters: Parameters, error: PageError) -> Response:
    """The page says what is wrong; where the client is known it leads to the address that this client registered."""
    client_id = parameters.peek("client_id")
    registered = await door.hall.clients.get(client_id, door.now()) if client_id else None
    lang = door.pages.context(request).lang
    service = service_of(registered, lang) if registered and leads_back_to(registered) else None
    return page_error(error, door.pages, request, service=service)


def _respond(door: Door, request: Request, outcome: authorize.Outcome) -> Response:
    match outcome:
        case Opened(interaction_id, client_id):
            # Should the interaction be lost, its address still tells which service to lead back to.
            return see_other(f"/i/{interaction_id}?{urlencode({'service': client_id})}")
        case Answer(redirect_uri, mode, parameters):
            return answer(redirect_uri, mode, parameters, door.pages, door.pages.context(request))
