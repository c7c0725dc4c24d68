"""What a person's own pages share: they need a sign-in, and their forms are bound to the session."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from idp.crypto.root_keys import Purpose
from idp.flows import credentials, discretion, own_pages, own_pages_client
from idp.flows.own_pages import Owner
from idp.web import csrf
from idp.web.context import PageContext
from idp.web.deps import Door, name_of
from idp.web.forms import Form
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.responses import see_other
from idp.web.sign_in_first import to_sign_in

OwnPage = Callable[[Request, Owner], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def signed_in(door: Door, page: OwnPage, path: str | None = None) -> Endpoint:
    """Show the page to its owner; anybody else signs in first and comes to `path` then, or to where they wanted to."""

    async def respond(request: Request) -> Response:
        owner = await own_pages.owner(door.hall, door.visitor(request), door.now())
        if owner is not None:
            return await page(request, owner)
        return await to_sign_in(door, request, own_pages_client.request_for(path or quote(request.url.path)))

    return respond


def fresh(door: Door, page: OwnPage) -> Endpoint:
    """The same for a change of one's own authenticators: whoever has not just proven all they can does so first."""

    async def respond(request: Request) -> Response:
        wanted = own_pages_client.request_for(quote(request.url.path), fresh=True)
        owner = await own_pages.owner(door.hall, door.visitor(request), door.now())
        if owner is None or not (await credentials.standing(door.hall, owner, door.now())).may_change:
            return await to_sign_in(door, request, wanted)
        try:
            return await page(request, owner)
        except credentials.NeedsProof:
            return await to_sign_in(door, request, wanted)
        except credentials.Refused:
            return see_other("/account/security?done=not_done")

    return respond


def stale(door: Door, request: Request, owner: Owner, retry_uri: str) -> Response:
    """A form that is not ours, or no longer."""
    return door.pages.render(ProblemPage(Problem.STALE_FORM, retry_uri=retry_uri), context(door, request, owner))


def sees_all(door: Door, owner: Owner) -> bool:
    """Whether sensitive services may be named to whoever sits here."""
    return discretion.sees_all(door.hall, owner.person, owner.session, door.now())


def context(door: Door, request: Request, owner: Owner) -> PageContext:
    return door.pages.context(request, person=name_of(owner.person), shared=owner.session.shared, alert=owner.alert)


def token(door: Door, owner: Owner, act: str) -> str:
    return csrf.token(door.hall.roots.derive(Purpose.TRANSITION_TOKENS), owner.session.id, act)


def is_own_form(door: Door, request: Request, owner: Owner, act: str, form: Form) -> bool:
    """Two locks: the token of this session and act, and the browser's own word where the form came from."""
    key = door.hall.roots.derive(Purpose.TRANSITION_TOKENS)
    genuine = csrf.verify(key, owner.session.id, act, form.get(csrf.FIELD))
    return genuine and csrf.is_same_origin(request.headers, door.hall.policies.issuer)
