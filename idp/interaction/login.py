"""The sign-in page: name and password, for whoever has to say who they are."""

from dataclasses import replace
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn.login_policy import LoginPolicy
from idp.authn.outage import Phase
from idp.decision.step import Login
from idp.flows import interactions, login, passkeys, proceed, upstream_health
from idp.flows.effort import Effort, Paid
from idp.flows.login import Halfway, NotProven, Overtaken, Proven, Wait
from idp.flows.proceed import Page
from idp.interaction import frame
from idp.kernel.secret import Secret
from idp.web import forms
from idp.web.deps import Door
from idp.web.forms import Form
from idp.web.pages import sign_in
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.pages.sign_in import PasskeyForm, SignInError
from idp.web.responses import see_other
from idp.web.routes import page_and_form

STEP = "login"
SHARED = "shared"
_LONGEST_USERNAME = 254
_LONGEST_SERVICE = 200


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if not isinstance(seen.step, Login):
            return frame.onward(seen.interaction)
        hint = seen.interaction.request.login_hint or ""
        # A passkey that was refused leads back here: that page is its own no longer.
        errors = (SignInError.PASSKEY,) if request.query_params.get("error") == SignInError.PASSKEY.value else ()
        return await _page(door, request, seen, username=hint, errors=errors)

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], visitor, door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if not isinstance(seen.step, Login):
            # Signed in already, in another tab or by a double click.
            return frame.onward(seen.interaction)
        username = (form.get("username") or "")[:_LONGEST_USERNAME]
        if seen.registered.login_policy is LoginPolicy.VNEID_ONLY:
            # There was no form to send: a password opens nothing here.
            return await _page(door, request, seen, username="")
        seen = await told_where(door, seen, form.get(SHARED))
        if not frame.is_current(door, seen.interaction, STEP, form):
            return await _page(door, request, seen, username=username, errors=(SignInError.STALE,))
        missing = _missing(form)
        if missing:
            return await _page(door, request, seen, username=username, errors=missing)
        password = Secret(form.get("password") or "")
        paid = Paid(form.get("effort") or "", form.get("effort_answer") or "")
        outcome = await login.by_password(door.hall, seen.interaction, username, password, visitor, door.now(), paid)
        return await _respond(door, request, seen, username, outcome)

    show_guarded, submit_guarded = frame.guarded(door, show), frame.guarded(door, submit)
    return [page_and_form("/i/{interaction_id}/login", show_guarded, submit_guarded)]


async def told_where(door: Door, seen: Page, said: str | None) -> Page:
    """Kept with the interaction from the first word on, so that neither an error nor a second step forgets it."""
    if said != "yes":
        return seen
    return replace(seen, interaction=await interactions.on_shared_computer(door.hall, seen.interaction))


def dispatched(request: Request) -> Response:
    """To the dispatcher; which service this is about goes along as it came."""
    service = request.query_params.get("service", "")[:_LONGEST_SERVICE]
    query = f"?{urlencode({'service': service})}" if service else ""
    return see_other(frame.path(request.path_params["interaction_id"]) + query)


def _missing(form: Form) -> tuple[SignInError, ...]:
    found = []
    if not (form.get("username") or "").strip():
        found.append(SignInError.USERNAME_MISSING)
    if not form.get("password"):
        found.append(SignInError.PASSWORD_MISSING)
    return tuple(found)


async def _respond(
    door: Door, request: Request, seen: Page, username: str, outcome: login.Outcome | Halfway | Effort
) -> Response:
    match outcome:
        case Effort(ticket, bits, seconds):
            asked = sign_in.Effort(ticket, bits, seconds)
            return await _page(door, request, seen, username=username, errors=(SignInError.EFFORT,), effort=asked)
        case Proven(cookie):
            response = frame.onward(seen.interaction)
            door.set_session(response, cookie)
            return response
        case Halfway():
            return frame.onward(seen.interaction, "code-card")
        case Overtaken():
            return frame.onward(seen.interaction)
        case NotProven():
            return await _page(door, request, seen, username=username, errors=(SignInError.CREDENTIALS,))
        case Wait(seconds):
            return too_many(door, request, seen, seconds, STEP)


def too_many(door: Door, request: Request, seen: Page, seconds: int, step: str) -> Response:
    """A wait that ends, said in minutes, with the way back to where one was."""
    page = ProblemPage(
        Problem.TOO_MANY, retry_uri=frame.address(seen.interaction, step), wait_minutes=-(-seconds // 60)
    )
    response = door.pages.render(page, frame.context(door, request, seen))
    response.headers["retry-after"] = str(seconds)
    return response


def passkey_form(door: Door, seen: Page, question: str) -> PasskeyForm:
    """What the script needs; the form goes to the passkey's own address."""
    return PasskeyForm(
        action=frame.address(seen.interaction, "passkey"),
        transition=frame.transition(door, seen.interaction, question),
        options=orjson.dumps(passkeys.options(door.hall, seen.interaction)).decode(),
    )


async def _page(
    door: Door,
    request: Request,
    seen: Page,
    *,
    username: str,
    errors: tuple[SignInError, ...] = (),
    effort: sign_in.Effort | None = None,
) -> Response:
    policy = seen.registered.login_policy
    phase = await _phase(door, policy)
    vneid_uri = frame.address(seen.interaction, "vneid") if phase in (Phase.CLOSED, Phase.TRIAL) else None
    if policy is LoginPolicy.VNEID_ONLY and phase in (Phase.OPEN, Phase.TRIAL):
        away = ProblemPage(Problem.VNEID_AWAY, retry_uri=vneid_uri or frame.address(seen.interaction, STEP))
        return door.pages.render(away, frame.context(door, request, seen))
    page = sign_in.Login(
        action=frame.address(seen.interaction, STEP),
        transition=frame.transition(door, seen.interaction, STEP),
        username=username,
        errors=errors,
        passkey=passkey_form(door, seen, STEP)
        if passkeys.is_offered(door.hall) and policy is not LoginPolicy.VNEID_ONLY
        else None,
        again=isinstance(seen.step, Login) and seen.step.again,
        vneid_uri=vneid_uri,
        vneid_shared_uri=f"{vneid_uri}&{urlencode({SHARED: 'yes'})}" if vneid_uri else None,
        shared=seen.interaction.shared,
        has_form=policy is not LoginPolicy.VNEID_ONLY,
        outage=phase in (Phase.OPEN, Phase.TRIAL),
        vneid_error=frame.vneid_error(request) if phase is not None else None,
        effort=effort,
        code_uri=frame.address(seen.interaction, "by-code") if policy is not LoginPolicy.VNEID_ONLY else None,
    )
    response = door.pages.render(page, frame.context(door, request, seen))
    if effort is not None:
        response.headers["retry-after"] = str(effort.seconds)
    return response


async def _phase(door: Door, policy: LoginPolicy) -> Phase | None:
    """How VNeID fares, where this service accepts it and this deployment has a connection to it."""
    if door.hall.vneid is None or policy is LoginPolicy.LOCAL:
        return None
    return await upstream_health.phase(door.hall, door.now())
