"""Being verified: the ways that are open here, what runs, and one verification with what happens next."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import interactions, own_verification, situation
from idp.flows.interactions import InteractionFinished, InteractionLost, OtherBrowser
from idp.flows.own_pages import Owner
from idp.identity.assurance import person_level
from idp.identity.routes import ROUTES
from idp.identity.verification_case import CaseState, VerificationCase
from idp.portal.frame import context, is_own_form, signed_in, stale, token
from idp.web import forms
from idp.web.deps import Door, home_of, leads_back_to, service_of
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.pages.verification import Case, CaseLine, Verification, VerifyLink
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = "/account/verify"
_MOST_SHOWN = 10
_LONGEST = 64


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        wish = await own_verification.wish(door.hall, _for(request), door.visitor(request))
        query = f"?for={quote(wish.interaction_id)}" if wish.interaction_id else ""
        cases = await own_verification.cases(door.hall, owner)
        page = Verification(
            level=person_level(owner.person, door.now()).word,
            ways=tuple(
                VerifyLink(way, f"{PATH}/{way}{query}", ROUTES[way].ceiling.word)
                for way in own_verification.open_routes(door.hall)
            ),
            cases=tuple(map(line, cases[:_MOST_SHOWN])),
        )
        return door.pages.render(page, context(door, request, owner))

    async def one(request: Request, owner: Owner) -> Response:
        case = await own_verification.case(door.hall, owner, request.path_params["case_id"])
        if case is None:
            page = ProblemPage(Problem.NOT_FOUND, retry_uri=PATH)
            return door.pages.render(page, context(door, request, owner))
        return await _case(door, request, owner, case)

    async def act(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        case_id = request.path_params["case_id"]
        if not is_own_form(door, request, owner, _act(case_id), form):
            return stale(door, request, owner, PATH)
        if form.get("act") == "stop":
            await own_verification.stop(door.hall, owner, case_id, door.now())
        return see_other(uri(case_id))

    return [
        Route(PATH, signed_in(door, show, PATH), methods=["GET"]),
        page_and_form(PATH + "/case/{case_id}", signed_in(door, one), signed_in(door, act)),
    ]


def uri(case_id: str) -> str:
    return f"{PATH}/case/{quote(case_id, safe='')}"


def line(case: VerificationCase) -> CaseLine:
    return CaseLine(
        number=case.id,
        way=case.route,
        state=case.state.value,
        opened_at=case.opened_at,
        uri=uri(case.id),
        due_at=case.due_at if case.state is CaseState.STANDS else None,
        reason=case.reason if case.state is CaseState.REFUSED else None,
    )


def _for(request: Request) -> str:
    return request.query_params.get("for", "")[:_LONGEST]


def _act(case_id: str) -> str:
    return f"verification {case_id}"


async def _case(door: Door, request: Request, owner: Owner, case: VerificationCase) -> Response:
    page_context = context(door, request, owner)
    service, onward = await _onward(door, request, case, page_context.lang)
    page = Case(
        line=line(case),
        action=uri(case.id),
        csrf=token(door, owner, _act(case.id)),
        level=person_level(owner.person, door.now()).word,
        stoppable=case.runs and case.state is not CaseState.WAITS_FOR_SECOND,
        service=service,
        onward_uri=onward,
    )
    return door.pages.render(page, page_context)


async def _onward(door: Door, request: Request, case: VerificationCase, lang: str) -> tuple[str, str | None]:
    """The service that waits, and the way there: the sign-in of this browser, or where one can begin again anywhere."""
    if case.client_id is None:
        return "", None
    registered = await situation.registered_client(door.hall, case.client_id, door.now())
    if registered is None or not leads_back_to(registered):
        return "", None
    name = service_of(registered, lang).name
    try:
        interaction = await interactions.load(door.hall, case.interaction_id or "", door.visitor(request))
    except (InteractionLost, InteractionFinished, OtherBrowser):
        return name, home_of(registered)
    return name, f"/i/{quote(interaction.id, safe='')}"
