"""What the console's pages share: the door that only a proven officer finds, and forms bound to session and state."""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from idp.crypto.root_keys import Purpose
from idp.flows import counter_case, officers, own_pages_client
from idp.flows.counter_case import NoSuchCase, Stale
from idp.flows.officers import Officer, Unproven
from idp.web import csrf
from idp.web.context import PageContext
from idp.web.deps import Door, name_of
from idp.web.forms import Form
from idp.web.pages.admin import NeedsPasskey
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.sign_in_first import to_sign_in

PATH: Final = "/admin"
CASES: Final = f"{PATH}/cases"
_PHISHING_RESISTANT: Final = ("phr",)
OfficerPage = Callable[[Request, Officer], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(door: Door, page: OfficerPage) -> Endpoint:
    """Show the page to an officer. Whoever is signed in and is none gets what an address of nothing gives."""

    async def respond(request: Request) -> Response:
        if not any(counter_case.is_on(door.hall, route) for route in counter_case.ROUTES):
            raise HTTPException(404)
        seen = await officers.at_the_door(door.hall, door.visitor(request), door.now())
        here = quote(request.url.path)
        match seen:
            case Officer():
                return await _answered(door, request, seen, page)
            case Unproven.NOBODY:
                raise HTTPException(404)
            case Unproven.NO_PASSKEY:
                return door.pages.render(NeedsPasskey(), door.pages.context(request))
            case Unproven.SIGN_IN:
                return await to_sign_in(door, request, own_pages_client.request_for(here))
            case Unproven.PASSKEY:
                asked = own_pages_client.request_for(here, anew=True, acr_values=_PHISHING_RESISTANT)
                return await to_sign_in(door, request, asked)

    return respond


async def _answered(door: Door, request: Request, officer: Officer, page: OfficerPage) -> Response:
    try:
        return await page(request, officer)
    except NoSuchCase:
        raise HTTPException(404) from None
    except Stale:
        return stale(door, request, officer, quote(request.url.path) if request.method == "POST" else PATH)


def context(door: Door, request: Request, officer: Officer) -> PageContext:
    return door.pages.context(request, person=name_of(officer.person))


def token(door: Door, officer: Officer, act: str) -> str:
    return csrf.token(_key(door), officer.session.id, f"admin {act}")


def is_own_form(door: Door, request: Request, officer: Officer, act: str, form: Form) -> bool:
    """Two locks: the token of this session and act, and the browser's own word where the form came from."""
    genuine = csrf.verify(_key(door), officer.session.id, f"admin {act}", form.get(csrf.FIELD))
    return genuine and csrf.is_same_origin(request.headers, door.hall.policies.issuer)


def stale(door: Door, request: Request, officer: Officer, retry_uri: str) -> Response:
    """A form that is not ours, or no longer."""
    return door.pages.render(ProblemPage(Problem.STALE_FORM, retry_uri=retry_uri), context(door, request, officer))


def case_uri(case_id: str, step: str = "") -> str:
    return f"{CASES}/{quote(case_id, safe='')}" + (f"/{step}" if step else "")


def _key(door: Door) -> bytes:
    return door.hall.roots.derive(Purpose.TRANSITION_TOKENS)
