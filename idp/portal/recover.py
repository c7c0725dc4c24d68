"""The way back in: whose account it is, what is proven so far, and what comes next."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn import recovery_rules
from idp.authn.recovery_rules import Phase, Recovery
from idp.authn.roots import Root
from idp.flows import not_me, recovery, recovery_run
from idp.flows.interactions import binding
from idp.flows.not_me_link import Claim
from idp.flows.recovery import Enough, Locked, More, Running
from idp.flows.recovery_run import Run, RunLost
from idp.portal.recover_frame import (
    PATH,
    address,
    bound_token,
    browser_binding,
    guarded,
    is_bound,
    is_current,
    run_id,
    token,
)
from idp.web import forms
from idp.web.deps import Door, browser_of
from idp.web.forms import Form
from idp.web.pages import recovery as pages
from idp.web.pages.recovery import RecoveryError, Way
from idp.web.responses import see_other
from idp.web.routes import page_and_form

STEP = "standing"
_IDENTIFY = "identify"
_LONGEST_USERNAME = 254
# Which ways a proven root makes pointless, in the order in which the page offers them.
_WAYS: tuple[tuple[str, Root], ...] = (
    ("sms", Root.PHONE),
    ("email", Root.EMAIL),
    ("paper", Root.PAPER),
    ("card", Root.CARD),
    ("sign-in", Root.PHONE),
)


def routes(door: Door) -> list[Route]:
    async def identify(request: Request) -> Response:
        return _identify(door, request)

    async def begin(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        username = (form.get("username") or "").strip()[:_LONGEST_USERNAME]
        if visitor.browser is None or not is_bound(door, request, browser_binding(visitor), "", _IDENTIFY, form):
            return _identify(door, request, username, RecoveryError.STALE)
        if not username:
            return _identify(door, request, username, RecoveryError.USERNAME_MISSING)
        run = await recovery_run.begin(door.hall, username, visitor.browser, door.now())
        return see_other(address(run.id))

    async def show(request: Request) -> Response:
        visitor = door.visitor(request)
        try:
            run = await recovery_run.load(door.hall, run_id(request), visitor)
        except RunLost:
            return await _waiting(door, request, await recovery.seen(door.hall, run_id(request), visitor))
        return await _standing(door, request, run)

    async def act(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        try:
            run = await recovery_run.load(door.hall, run_id(request), visitor)
        except RunLost:
            return await _act_waiting(door, request, await recovery.seen(door.hall, run_id(request), visitor), form)
        if not is_current(door, request, run, STEP, form):
            return see_other(address(run.id))
        return await _act(door, request, run, form)

    return [
        page_and_form(PATH, identify, begin),
        page_and_form(PATH + "/{recovery_id}", guarded(door, show), guarded(door, act)),
    ]


def _identify(door: Door, request: Request, username: str = "", error: RecoveryError | None = None) -> Response:
    visitor = door.visitor(request)
    browser = browser_of(visitor)
    bound = binding(browser)
    page = pages.Identify(PATH, bound_token(door, bound, "", _IDENTIFY), username, error)
    response = door.pages.render(page, door.pages.context(request))
    door.remember_browser(response, visitor, browser)
    return response


async def _standing(door: Door, request: Request, run: Run) -> Response:
    context, action = door.pages.context(request), address(run.id)
    match await recovery.look(door.hall, run, door.now()):
        case More(known, methods):
            page = pages.Ways(
                _ways(door, run, known), _words(known), same_root=len(methods) > len(known), error=_told(request)
            )
            return door.pages.render(page, context)
        case Locked(lock, may_undo, known, methods):
            if may_undo:
                return see_other(address(run.id, "undo"))
            locked = pages.Ways(
                _ways(door, run, known), _words(known), len(methods) > len(known), lock.case_id, _told(request)
            )
            return door.pages.render(locked, context)
        case Running(found, may_finish, may_stop):
            running = pages.Running(
                action,
                token(door, run, STEP),
                found.due_at,
                own=False,
                may_finish=may_finish,
                may_stop=may_stop,
                ways=() if may_stop else _ways(door, run, frozenset()),
            )
            return door.pages.render(running, context)
        case Enough(known):
            due_at = door.now() + door.hall.policies.recovery.cooling
            return door.pages.render(pages.Ready(action, token(door, run, STEP), due_at, _words(known)), context)


async def _act(door: Door, request: Request, run: Run, form: Form) -> Response:
    visitor, now = door.visitor(request), door.now()
    match form.get("act"):
        case "begin":
            await recovery.begin(door.hall, run, visitor, now)
        case "bring":
            brought = await recovery.bring_here(door.hall, run, visitor, now)
            if brought is not None:
                return see_other(address(brought))
        case "stop":
            standing = await recovery.look(door.hall, run, now)
            if isinstance(standing, Running) and standing.may_stop and await recovery_run.use_up(door.hall, run):
                found = standing.recovery
                await not_me.act(door.hall, Claim(found.person_id, "recovery_begun", found.begun_at), now)
                return door.pages.render(pages.Done("stopped", PATH), door.pages.context(request))
    return see_other(address(run.id))


async def _waiting(door: Door, request: Request, found: Recovery) -> Response:
    """Begun in this browser: the day runs, or it is over."""
    match recovery_rules.phase(found, door.now()):
        case Phase.COOLING:
            bound = browser_binding(door.visitor(request))
            page = pages.Running(address(found.id), bound_token(door, bound, found.id, STEP), found.due_at)
            return door.pages.render(page, door.pages.context(request))
        case Phase.DUE:
            return see_other(address(found.id, "finish"))
        case Phase.OVER:
            raise RunLost


async def _act_waiting(door: Door, request: Request, found: Recovery, form: Form) -> Response:
    visitor = door.visitor(request)
    current = is_bound(door, request, browser_binding(visitor), found.id, STEP, form)
    if current and form.get("act") == "give_up":
        await recovery.give_up(door.hall, found.id, visitor, door.now())
        return door.pages.render(pages.Done("given_up", PATH), door.pages.context(request))
    return see_other(address(found.id))


def _ways(door: Door, run: Run, known: frozenset[Root]) -> tuple[Way, ...]:
    """The same for everybody, whatever they have: only what is proven makes a difference."""
    done = {proof.method for proof in run.proofs}
    offered = {
        "sms": "sms_code" not in done,
        "email": "email_code" not in done,
        "paper": "recovery_code" not in done,
        "card": "code_card" not in done,
        "sign-in": door.hall.vneid is not None,
    }
    return tuple(Way(key, address(run.id, key)) for key, root in _WAYS if root not in known and offered[key])


def _words(known: frozenset[Root]) -> tuple[str, ...]:
    return tuple(root.value for root in Root if root in known)


def _told(request: Request) -> RecoveryError | None:
    """A sign-in that proved nothing leads back here."""
    return RecoveryError.SIGN_IN if request.query_params.get("error") == RecoveryError.SIGN_IN.value else None
