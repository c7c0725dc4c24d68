"""The last pages of a recovery: a new password or passkey after the day of waiting; and what stays after a lock."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.crypto.webauthn_ceremony import InvalidPasskey
from idp.flows import passkeys, recovery_codes, recovery_finish, recovery_run, undo
from idp.flows.recovery_finish import Forbidden, NotDue
from idp.flows.recovery_run import Run
from idp.kernel.secret import Secret
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
from idp.storage.authenticators import Authenticator
from idp.web import catalogue, devices, forms
from idp.web.deps import Door
from idp.web.pages import recovery as pages
from idp.web.pages.recovery import Change, Kept, RecoveryError
from idp.web.pages.security import AuthenticatorLine
from idp.web.responses import see_other
from idp.web.routes import Endpoint, page_and_form

_PASSWORD, _PASSKEY, _UNDO = "new_password", "new_passkey", "undo"


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        return await _page(door, request)

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        visitor, recovery_id = door.visitor(request), run_id(request)
        bound = browser_binding(visitor)
        if is_bound(door, request, bound, recovery_id, _PASSWORD, form):
            password = Secret(form.get("password") or "")
            weak = await recovery_finish.by_password(door.hall, recovery_id, visitor, password, door.now())
            return (
                await _page(door, request, weak=weak.value) if weak is not None else _done(door, request, "recovered")
            )
        if is_bound(door, request, bound, recovery_id, _PASSKEY, form):
            answer, label = form.get("credential"), form.get("label") or ""
            try:
                await recovery_finish.by_passkey(door.hall, recovery_id, visitor, answer, label, door.now())
            except InvalidPasskey:
                return await _page(door, request, error=RecoveryError.PASSKEY)
            return _done(door, request, "recovered")
        return await _page(door, request, error=RecoveryError.STALE)

    async def show_undo(request: Request) -> Response:
        run = await recovery_run.load(door.hall, run_id(request), door.visitor(request))
        return await _undo(door, request, run)

    async def submit_undo(request: Request) -> Response:
        form = await forms.body(request)
        run = await recovery_run.load(door.hall, run_id(request), door.visitor(request))
        if not is_current(door, request, run, _UNDO, form):
            return see_other(address(run.id))
        password = form.get("password")
        kept, new = form.all("keep"), Secret(password) if password else None
        weak = await undo.act(door.hall, run, kept, new, door.now())
        return await _undo(door, request, run, weak.value) if weak is not None else _done(door, request, "undone")

    return [
        page_and_form(PATH + "/{recovery_id}/finish", _timely(door, show), _timely(door, submit)),
        page_and_form(PATH + "/{recovery_id}/undo", guarded(door, show_undo), guarded(door, submit_undo)),
    ]


def _timely(door: Door, endpoint: Endpoint) -> Endpoint:
    """Too early, or over: the page of the recovery says which."""

    async def respond(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotDue:
            return see_other(address(run_id(request)))
        except Forbidden:
            return see_other(address(run_id(request), "finish"))

    return guarded(door, respond)


async def _page(
    door: Door, request: Request, *, weak: str | None = None, error: RecoveryError | None = None
) -> Response:
    recovery_id, visitor, context = run_id(request), door.visitor(request), door.pages.context(request)
    bound, action = browser_binding(visitor), address(run_id(request), "finish")
    hub = door.pages.hub.called(context.lang)
    offered = await recovery_finish.offered(door.hall, recovery_id, visitor, door.now())
    options = None
    if passkeys.KIND in offered and passkeys.is_offered(door.hall):
        options = await recovery_finish.begin_passkey(door.hall, recovery_id, visitor, hub, door.now())
    page = pages.Finish(
        password_action=action if "password" in offered else "",
        password_token=bound_token(door, bound, recovery_id, _PASSWORD),
        passkey_action=action,
        passkey_token=bound_token(door, bound, recovery_id, _PASSKEY),
        options=orjson.dumps(options).decode() if options is not None else None,
        label=devices.describe(visitor.user_agent, catalogue.translator(context.lang)),
        weak=weak,
        error=error,
    )
    return door.pages.render(page, context)


async def _undo(door: Door, request: Request, run: Run, weak: str | None = None) -> Response:
    asked = await undo.questions(door.hall, run, door.now())
    page = pages.Undo(
        action=address(run.id, "undo"),
        transition=token(door, run, _UNDO),
        case=asked.lock.case_id,
        since=asked.lock.about_at,
        changes=tuple(Change(one.kind, one.at) for one in asked.changes),
        enrolled=tuple(Kept(one.id, _line(one)) for one in asked.enrolled_since),
        needs_password=asked.needs_password,
        weak=weak,
    )
    return door.pages.render(page, door.pages.context(request))


def _line(one: Authenticator) -> AuthenticatorLine:
    left = recovery_codes.left(one) if one.kind == recovery_codes.KIND else None
    return AuthenticatorLine(one.kind, one.label, one.enrolled_at, one.last_used_at, left=left)


def _done(door: Door, request: Request, key: str) -> Response:
    response = door.pages.render(pages.Done(key), door.pages.context(request))
    door.clear_session(response)
    return response
