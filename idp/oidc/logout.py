"""RP-initiated logout by GET and POST, with its confirmation: OpenID Connect RP-Initiated Logout 1.0."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.crypto.root_keys import Purpose
from idp.flows import kept_requests, logout
from idp.flows.logout import Asked
from idp.kernel.errors import PageError
from idp.protocol.endpoints import LOGOUT
from idp.protocol.logout import destination
from idp.protocol.parameters import Parameters
from idp.protocol.redirect_uri import origin
from idp.web import csrf, forms
from idp.web.context import PageContext
from idp.web.deps import Door, service_of
from idp.web.forms import Form, FormError
from idp.web.pages.logout import LoggedOut, LogoutConfirm, ServiceSignedOut
from idp.web.responses import see_other

# Under which owner a request waits for our own GET; client ids hold no colon.
_KEPT_FOR = "hub:logout"
_ACT = "logout"


def routes(door: Door) -> list[Route]:
    async def by_get(request: Request) -> Response:
        parameters = await _parameters(door, _read(request))
        asked = await logout.check(door.hall, parameters, door.visitor(request), door.now())
        if asked.confirm:
            return await _confirm(door, request, parameters, asked)
        return await _end(door, request, asked)

    async def by_post(request: Request) -> Response:
        """From another site it comes without cookies: check it, keep it, and go on with our own GET."""
        try:
            form = await forms.body(request)
        except FormError as error:
            raise error.page() from error
        parameters = Parameters.of(form.pairs)
        await logout.check(door.hall, parameters, door.visitor(request), door.now())
        kept = await kept_requests.keep(door.hall, _KEPT_FOR, parameters)
        return see_other(f"{LOGOUT}?{urlencode({'request_uri': kept})}")

    async def confirmed(request: Request) -> Response:
        form = await forms.body(request)
        parameters = await _parameters(door, _read(request))
        visitor = door.visitor(request)
        asked = await logout.check(door.hall, parameters, visitor, door.now())
        if not asked.signed_in:
            return await _end(door, request, asked)
        session = visitor.session.reveal() if visitor.session else ""
        if form.get("logout") != "yes" or not csrf.verify(_key(door), session, _ACT, form.get("transition")):
            return await _confirm(door, request, parameters, asked)
        return await _end(door, request, asked)

    return [
        Route(LOGOUT, by_get, methods=["GET"]),
        Route(LOGOUT, by_post, methods=["POST"]),
        Route(f"{LOGOUT}/confirm", confirmed, methods=["POST"]),
    ]


def _read(request: Request) -> Form:
    try:
        return forms.query(request)
    except FormError as error:
        raise error.page() from error


async def _parameters(door: Door, form: Form) -> Parameters:
    """The request itself, or the one that was kept under a reference."""
    parameters = Parameters.of(form.pairs)
    reference = parameters.peek("request_uri")
    if reference is None:
        return parameters
    kept = await kept_requests.take(door.hall, _KEPT_FOR, reference)
    if kept is None:
        raise PageError("request_uri_expired")
    return kept


async def _confirm(door: Door, request: Request, parameters: Parameters, asked: Asked) -> Response:
    visitor = door.visitor(request)
    kept = await kept_requests.keep(door.hall, _KEPT_FOR, parameters)
    context = _context(door, request, asked)
    token = csrf.token(_key(door), visitor.session.reveal() if visitor.session else "", _ACT)
    stay = context.service.return_uri if context.service and context.service.return_uri else "/account"
    page = LogoutConfirm(f"{LOGOUT}/confirm?{urlencode({'request_uri': kept})}", token, stay)
    return door.pages.render(page, context)


async def _end(door: Door, request: Request, asked: Asked) -> Response:
    ended = await logout.end(door.hall, door.visitor(request), door.now())
    leads_to = destination(asked.request)
    response = see_other(leads_to) if leads_to is not None else await _done(door, request, ended.client_ids)
    door.clear_session(response)
    return response


async def _done(door: Door, request: Request, client_ids: Sequence[str]) -> Response:
    context = door.pages.context(request)
    lines = []
    for client_id in client_ids:
        registered = await door.hall.clients.get(client_id, door.now())
        if registered is not None:
            lines.append(ServiceSignedOut(service_of(registered, context.lang).name))
    return door.pages.render(LoggedOut(tuple(lines), sign_in_uri="/account"), context)


def _context(door: Door, request: Request, asked: Asked) -> PageContext:
    lang = door.pages.context(request, ui_locales=asked.request.ui_locales).lang
    service = service_of(asked.registered, lang) if asked.registered else None
    uri = asked.request.post_logout_redirect_uri
    targets = (uri,) if uri is not None and origin(uri) is not None else ()
    return door.pages.context(request, service=service, form_targets=targets, ui_locales=asked.request.ui_locales)


def _key(door: Door) -> bytes:
    return door.hall.roots.derive(Purpose.TRANSITION_TOKENS)
