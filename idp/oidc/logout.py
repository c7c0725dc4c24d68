"""RP-initiated logout by GET and POST, with its confirmation: OpenID Connect RP-Initiated Logout 1.0."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.crypto.root_keys import Purpose
from idp.flows import logout
from idp.flows.logout import Asked
from idp.protocol.endpoints import LOGOUT
from idp.protocol.logout import destination
from idp.protocol.parameters import Parameters
from idp.protocol.redirect_uri import origin
from idp.web import catalogue, csrf, discreet, forms
from idp.web.context import PageContext
from idp.web.deps import Door, name_of, service_of
from idp.web.forms import Form, FormError
from idp.web.pages.logout import LoggedOut, LogoutConfirm, ServiceSignedOut
from idp.web.responses import see_other
from idp.web.routes import page_and_form

_ACT = "logout"
# A checked request, sealed into our own addresses: pages may be reloaded, left open and read in another language.
_KEPT = "request"
CONFIRM = f"{LOGOUT}/confirm"


def routes(door: Door) -> list[Route]:
    async def by_get(request: Request) -> Response:
        asked = await _asked(door, request)
        return await (_confirm if asked.confirm else _end)(door, request, asked)

    async def by_post(request: Request) -> Response:
        """From another site it comes without cookies: check it, keep it, and go on with our own GET."""
        try:
            form = await forms.body(request)
        except FormError as error:
            raise error.page() from error
        asked = await logout.check(door.hall, Parameters.of(form.pairs), door.visitor(request), door.now())
        return see_other(f"{LOGOUT}?{_kept(door, asked)}")

    async def confirmed(request: Request) -> Response:
        form = await forms.body(request)
        asked = await _asked(door, request)
        session = _session(door, request)
        sure = form.get("logout") == "yes" and csrf.verify(_key(door), session, _ACT, form.get("transition"))
        if asked.signed_in and not sure:
            # The session that the page was about is gone, or somebody forged the form: ask again.
            return see_other(f"{LOGOUT}?{_kept(door, asked)}")
        return await _end(door, request, asked)

    async def back(request: Request) -> Response:
        """The language link of a page that answered the form."""
        return see_other(f"{LOGOUT}?{urlencode(_query(request).pairs)}")

    return [
        page_and_form(LOGOUT, by_get, by_post),
        page_and_form(CONFIRM, back, confirmed),
    ]


async def _asked(door: Door, request: Request) -> Asked:
    parameters, visitor = Parameters.of(_query(request).pairs), door.visitor(request)
    kept = parameters.peek(_KEPT)
    if kept is None:
        return await logout.check(door.hall, parameters, visitor, door.now())
    return await logout.check_kept(door.hall, kept, visitor, door.now())


def _query(request: Request) -> Form:
    try:
        return forms.query(request)
    except FormError as error:
        raise error.page() from error


def _kept(door: Door, asked: Asked) -> str:
    return urlencode({_KEPT: logout.keep(door.hall, asked.request)})


async def _confirm(door: Door, request: Request, asked: Asked) -> Response:
    context = _context(door, request, asked)
    stay = context.service.return_uri if context.service and context.service.return_uri else "/account"
    page = LogoutConfirm(
        f"{CONFIRM}?{_kept(door, asked)}",
        csrf.token(_key(door), _session(door, request), _ACT),
        stay,
        person=name_of(asked.person) if asked.person else "",
        services=await _names(door, asked, asked.reached, context.lang),
    )
    return door.pages.render(page, context)


async def _end(door: Door, request: Request, asked: Asked) -> Response:
    ended = await logout.end(door.hall, door.visitor(request), door.now())
    leads_to = destination(asked.request)
    response = see_other(leads_to) if leads_to is not None else await _done(door, request, asked, ended.client_ids)
    if _session(door, request):
        # A cross-site POST comes without its cookie: it must not be able to delete what it could not show.
        door.clear_session(response)
    if ended.shared:
        door.leave_nothing(response)
    return response


async def _done(door: Door, request: Request, asked: Asked, client_ids: Sequence[str]) -> Response:
    context = _context(door, request, asked)
    services = tuple(ServiceSignedOut(name) for name in await _names(door, asked, client_ids, context.lang))
    return door.pages.render(LoggedOut(services, sign_in_uri="/account"), context)


async def _names(door: Door, asked: Asked, client_ids: Sequence[str], lang: str) -> tuple[str, ...]:
    """Those that tell something by their name alone, and how many they are, stay between the person and them."""
    found = [await door.hall.clients.get(client_id, door.now()) for client_id in client_ids]
    t = catalogue.translator(lang)
    called = (discreet.shown(one, t, sees_all=asked.sees_all).name for one in found if one is not None)
    return tuple(dict.fromkeys(called))


def _session(door: Door, request: Request) -> str:
    session = door.visitor(request).session
    return session.reveal() if session else ""


def _context(door: Door, request: Request, asked: Asked) -> PageContext:
    lang = door.pages.context(request, ui_locales=asked.request.ui_locales).lang
    service = service_of(asked.registered, lang) if asked.registered else None
    uri = asked.request.post_logout_redirect_uri
    targets = (uri,) if uri is not None and origin(uri) is not None else ()
    return door.pages.context(request, service=service, form_targets=targets, ui_locales=asked.request.ui_locales)


def _key(door: Door) -> bytes:
    return door.hall.roots.derive(Purpose.TRANSITION_TOKENS)
