"""The proofs of a recovery: a code by SMS or e-mail, a code on paper or of a card, a sign-in with VNeID."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authn.message_code import Channel
from idp.flows import interactions, own_pages_client, recovery_proofs, recovery_run
from idp.flows.recovery_proofs import NotProven, Outcome, Overtaken, Proven, Wait
from idp.flows.recovery_run import Run
from idp.kernel.secret import Secret
from idp.portal.recover_frame import PATH, address, guarded, is_current, run_id, token, too_many
from idp.web import forms
from idp.web.deps import Door, browser_of
from idp.web.pages import recovery as pages
from idp.web.pages.recovery import RecoveryError
from idp.web.responses import see_other
from idp.web.routes import Endpoint, page_and_form

_LONGEST_CODE = 40
_PAPER, _CARD = "paper", "card"


def routes(door: Door) -> list[Route]:
    messages = [route for channel in Channel for route in _message_routes(door, channel)]

    async def paper(request: Request) -> Response:
        run = await recovery_run.load(door.hall, run_id(request), door.visitor(request))
        return _paper(door, request, run)

    async def submit_paper(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        run = await recovery_run.load(door.hall, run_id(request), visitor)
        if not is_current(door, request, run, _PAPER, form):
            return _paper(door, request, run, RecoveryError.STALE)
        code = (form.get("code") or "").strip()[:_LONGEST_CODE]
        if not code:
            return _paper(door, request, run, RecoveryError.CODE_MISSING)
        outcome = await recovery_proofs.by_paper(door.hall, run, Secret(code), visitor, door.now())
        return _onward(door, request, run, outcome, _PAPER) or _paper(door, request, run, RecoveryError.CODE)

    async def card(request: Request) -> Response:
        run = await recovery_run.load(door.hall, run_id(request), door.visitor(request))
        return await _card(door, request, run)

    async def submit_card(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        run = await recovery_run.load(door.hall, run_id(request), visitor)
        if not is_current(door, request, run, _CARD, form):
            return await _card(door, request, run, RecoveryError.STALE)
        code = (form.get("code") or "").strip()[:_LONGEST_CODE]
        if not code:
            return await _card(door, request, run, RecoveryError.CODE_MISSING)
        outcome = await recovery_proofs.by_card(door.hall, run, Secret(code), visitor, door.now())
        answer = _onward(door, request, run, outcome, _CARD)
        return answer or await _card(door, request, run, RecoveryError.CODE)

    async def to_sign_in(request: Request) -> Response:
        """To the sign-in page and back: what was proven there counts here."""
        visitor = door.visitor(request)
        run = await recovery_run.load(door.hall, run_id(request), visitor)
        wanted = own_pages_client.request_for(address(run.id, "signed-in"), anew=True)
        interaction = await interactions.open_(door.hall, wanted, browser_of(visitor), door.now())
        return see_other(f"/i/{interaction.id}?service={own_pages_client.CLIENT_ID}")

    async def signed_in(request: Request) -> Response:
        visitor = door.visitor(request)
        run = await recovery_run.load(door.hall, run_id(request), visitor)
        outcome = await recovery_proofs.by_sign_in(door.hall, run, visitor, door.now())
        failed = see_other(f"{address(run.id)}?error={RecoveryError.SIGN_IN.value}")
        return _onward(door, request, run, outcome, "") or failed

    return [
        *messages,
        page_and_form(PATH + "/{recovery_id}/paper", guarded(door, paper), guarded(door, submit_paper)),
        page_and_form(PATH + "/{recovery_id}/card", guarded(door, card), guarded(door, submit_card)),
        Route(PATH + "/{recovery_id}/sign-in", guarded(door, to_sign_in), methods=["GET"]),
        Route(PATH + "/{recovery_id}/signed-in", guarded(door, signed_in), methods=["GET"]),
    ]


def _message_routes(door: Door, channel: Channel) -> list[Route]:
    step = channel.value

    async def show(request: Request) -> Response:
        run = await recovery_run.load(door.hall, run_id(request), door.visitor(request))
        return _message(door, request, run, channel, sent=request.query_params.get("sent") == "1")

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        run = await recovery_run.load(door.hall, run_id(request), visitor)
        if not is_current(door, request, run, step, form):
            return _message(door, request, run, channel, sent=False, error=RecoveryError.STALE)
        if form.get("act") == "send":
            waiting = await recovery_proofs.send_code(door.hall, run, channel, visitor, door.now())
            here = f"{address(run.id, step)}?sent=1"
            return too_many(door, request, waiting.seconds, here) if waiting is not None else see_other(here)
        code = (form.get("code") or "").strip()[:_LONGEST_CODE]
        if not code:
            return _message(door, request, run, channel, sent=True, error=RecoveryError.CODE_MISSING)
        outcome = await recovery_proofs.by_message(door.hall, run, channel, code, visitor, door.now())
        wrong = _message(door, request, run, channel, sent=True, error=RecoveryError.CODE)
        return _onward(door, request, run, outcome, step) or wrong

    path = PATH + "/{recovery_id}/" + step
    endpoints: tuple[Endpoint, Endpoint] = (guarded(door, show), guarded(door, submit))
    return [page_and_form(path, *endpoints)]


def _onward(door: Door, request: Request, run: Run, outcome: Outcome, step: str) -> Response | None:
    """None: it was no proof."""
    match outcome:
        case Proven() | Overtaken():
            return see_other(address(run.id))
        case Wait(seconds):
            return too_many(door, request, seconds, address(run.id, step))
        case NotProven():
            return None


def _message(
    door: Door, request: Request, run: Run, channel: Channel, *, sent: bool, error: RecoveryError | None = None
) -> Response:
    step = channel.value
    page = pages.Message(address(run.id, step), token(door, run, step), step, address(run.id), sent, error)
    return door.pages.render(page, door.pages.context(request))


def _paper(door: Door, request: Request, run: Run, error: RecoveryError | None = None) -> Response:
    page = pages.Paper(address(run.id, _PAPER), token(door, run, _PAPER), address(run.id), error)
    return door.pages.render(page, door.pages.context(request))


async def _card(door: Door, request: Request, run: Run, error: RecoveryError | None = None) -> Response:
    number = await recovery_proofs.number_asked(door.hall, run, door.visitor(request))
    page = pages.Card(address(run.id, _CARD), token(door, run, _CARD), address(run.id), number, error)
    return door.pages.render(page, door.pages.context(request))
