"""What the pages of an interaction share: finding it, the frame around it, and a way out when it is no more."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from idp.authn.authenticators import AUTHENTICATORS
from idp.authn.sign_in_route import is_upstream
from idp.crypto.root_keys import Purpose
from idp.decision.step import Consent, Issue, Login, Refuse, Step, StepUp, Verify
from idp.flows import own_pages_client, proceed, situation
from idp.flows.authorize import Answer
from idp.flows.interactions import Interaction, InteractionFinished, InteractionLost, OtherBrowser
from idp.flows.proceed import OwnPage, Page
from idp.protocol import redirect_uri
from idp.web.context import PageContext
from idp.web.deps import Door, leads_back_to, service_of
from idp.web.forms import Form
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.pages.sign_in import VneidError
from idp.web.responses import answer, see_other
from idp.web.steps import FIELD, Transition, seal, verify

VNEID_ERROR = "vneid"

Endpoint = Callable[[Request], Awaitable[Response]]


def path(interaction_id: str, step: str = "") -> str:
    return f"/i/{quote(interaction_id, safe='')}" + (f"/{step}" if step else "")


def address(interaction: Interaction, step: str = "") -> str:
    """A page of the interaction; the service's id goes along for the day when the interaction is lost."""
    return f"{path(interaction.id, step)}?{urlencode({'service': interaction.request.client_id})}"


def onward(interaction: Interaction, step: str = "") -> Response:
    """To another page of the same interaction."""
    return see_other(address(interaction, step))


def guarded(door: Door, endpoint: Endpoint) -> Endpoint:
    """A lost, finished or foreign interaction is answered by a page with a way back to the service."""

    async def respond(request: Request) -> Response:
        try:
            return await endpoint(request)
        except InteractionLost:
            return await _problem(door, request, Problem.EXPIRED)
        except InteractionFinished:
            return await _problem(door, request, Problem.FINISHED)
        except OtherBrowser:
            return await _problem(door, request, Problem.OTHER_BROWSER)

    return respond


async def _problem(door: Door, request: Request, problem: Problem) -> Response:
    client_id = request.query_params.get("service", "")[:200]
    registered = await situation.registered_client(door.hall, client_id, door.now()) if client_id else None
    context = door.pages.context(request)
    if registered is not None and leads_back_to(registered) and client_id != own_pages_client.CLIENT_ID:
        context = door.pages.context(request, service=service_of(registered, context.lang))
    retry = "/account" if client_id == own_pages_client.CLIENT_ID else None
    return door.pages.render(ProblemPage(problem, retry_uri=retry), context)


def step_name(step: Step) -> str:
    match step:
        case Login():
            return "login"
        case StepUp(method):
            return "raise" if is_upstream(method) else AUTHENTICATORS[method].input
        case Verify():
            return "verify"
        case Consent():
            return "consent"
        case Issue() | Refuse():
            return ""


def vneid_error(request: Request) -> VneidError | None:
    """What the page that follows a failure explains; a word that is none of ours explains nothing."""
    word = request.query_params.get(VNEID_ERROR, "")
    return next((error for error in VneidError if error.value == word), None)


def respond(door: Door, request: Request, outcome: proceed.Outcome) -> Response:
    """What the dispatcher decided, as a response."""
    match outcome:
        case Page(step, interaction):
            return onward(interaction, step_name(step))
        case OwnPage(own_path):
            return see_other(own_path)
        case Answer(target, mode, parameters):
            return answer(target, mode, parameters, door.pages, door.pages.context(request))


def context(door: Door, request: Request, page: Page) -> PageContext:
    """The frame: which service asks, and where a form may end (Chromium checks the redirects that follow it)."""
    asked, begun_at = page.interaction.request, page.interaction.begun_at
    if asked.client_id == own_pages_client.CLIENT_ID:
        return door.pages.context(request, ui_locales=asked.ui_locales, asked_at=begun_at)
    lang = door.pages.context(request, ui_locales=asked.ui_locales, asked_at=begun_at).lang
    return door.pages.context(
        request,
        service=service_of(page.registered, lang, return_uri=address(page.interaction, "cancel")),
        form_targets=(asked.redirect_uri, *sorted(redirect_uri.origins(page.registered.client))),
        ui_locales=asked.ui_locales,
        asked_at=begun_at,
    )


def transition(door: Door, interaction: Interaction, step: str) -> str:
    """`step` names the page, and where an answer depends on what it showed, that too."""
    return seal(door.hall.roots.derive(Purpose.TRANSITION_TOKENS), _bound(interaction, step))


def is_current(door: Door, interaction: Interaction, step: str, form: Form) -> bool:
    """Whether a form came from the page that this interaction now shows, in this browser."""
    key = door.hall.roots.derive(Purpose.TRANSITION_TOKENS)
    return verify(key, _bound(interaction, step), form.get(FIELD))


def _bound(interaction: Interaction, step: str) -> Transition:
    return Transition(interaction.browser, interaction.id, step, interaction.nonce)
