"""Being verified by the population register: number, name and birthdate as on the card, and the consent to ask."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import own_verification, verify_by_register
from idp.flows.own_pages import Owner
from idp.flows.verify_by_register import Told
from idp.identity import name
from idp.identity.routes import register
from idp.kernel.errors import Refusal
from idp.portal.frame import context, is_own_form, signed_in, stale, token
from idp.portal.verify import PATH as LIST
from idp.portal.verify import uri
from idp.web import forms
from idp.web.deps import Door
from idp.web.forms import Form
from idp.web.pages.verification import RegisterForm
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = f"{LIST}/{register.ROUTE.name}"
_ACT = "verify_by_register"
_LONGEST = 200
# What can be mended in the form; anything else that is refused is refused by the case.
_OF_THE_NUMBER = frozenset(
    {"national_id_malformed", "national_id_century", "national_id_future", "id_number_inconsistent"}
)


def routes(door: Door) -> list[Route]:
    """Without a register, or with the route switched off, there are none."""
    if door.hall.population_register is None or register.ROUTE.name not in own_verification.open_routes(door.hall):
        return []

    async def show(request: Request, owner: Owner) -> Response:
        known = owner.person.facts
        held = {claim: str(known[claim].value) for claim in ("name", "birthdate", "gender") if claim in known}
        typed = _typed({**held, "wish": request.query_params.get("for", "")})
        return _page(door, request, owner, typed)

    async def submit(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        if not is_own_form(door, request, owner, _ACT, form):
            return stale(door, request, owner, PATH)
        typed = _typed({field: form.get(field) or "" for field in _FIELDS})
        errors = _errors(typed, form, door.now().date())
        if errors or not own_verification.is_reached(owner):
            return _page(door, request, owner, typed, errors)
        told = Told(typed.number, name.normalise(typed.name), date.fromisoformat(typed.birthdate), typed.gender)
        wish = await own_verification.wish(door.hall, typed.wish, door.visitor(request))
        try:
            case = await verify_by_register.verify(door.hall, owner, told, wish, door.now())
        except Refusal as refusal:
            if refusal.key in _OF_THE_NUMBER:
                return _page(door, request, owner, typed, (("number", refusal.key),))
            raise
        return see_other(uri(case.id))

    return [page_and_form(PATH, signed_in(door, show), signed_in(door, submit))]


_FIELDS = ("wish", "number", "name", "birthdate", "gender")


def _typed(said: Mapping[str, str]) -> RegisterForm:
    wish, number, full_name, birthdate, gender = (said.get(field, "").strip()[:_LONGEST] for field in _FIELDS)
    return RegisterForm(PATH, "", wish, number, full_name, birthdate, gender)


def _errors(typed: RegisterForm, form: Form, today: date) -> tuple[tuple[str, str], ...]:
    found = [(field, "missing") for field in ("number", "name", "birthdate", "gender") if not getattr(typed, field)]
    if typed.birthdate and not _is_past(typed.birthdate, today):
        found.append(("birthdate", "birthdate"))
    if typed.gender not in ("", "male", "female"):
        found.append(("gender", "missing"))
    if form.get("agree") != "yes":
        found.append(("agree", "agree"))
    return tuple(found)


def _is_past(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) <= today
    except ValueError:
        return False


def _page(
    door: Door, request: Request, owner: Owner, page: RegisterForm, errors: tuple[tuple[str, str], ...] = ()
) -> Response:
    reached = own_verification.is_reached(owner)
    shown = replace(page, csrf=token(door, owner, _ACT), errors=errors, reached=reached)
    return door.pages.render(shown, context(door, request, owner))
