"""How one signs in: the list of one's authenticators, and the page on which one of them is renamed or removed."""

from dataclasses import replace
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import code_cards, credentials, passkeys, recovery_codes
from idp.flows.own_pages import Owner
from idp.portal.frame import context, fresh, is_own_form, signed_in, stale, token
from idp.storage.authenticators import Authenticator
from idp.web import forms
from idp.web.deps import Door
from idp.web.pages.security import AuthenticatorLine, OneAuthenticator, Security
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = "/account/security"
_NOTICES = frozenset({"added", "renamed", "confirmed", "removed", "codes", "password", "way_off", "way_on", "not_done"})
_WITHOUT_A_PAGE = frozenset({"password", "pin"})


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        standing = await credentials.standing(door.hall, owner, door.now())
        kinds = {one.kind for one in standing.authenticators}
        done = request.query_params.get("done", "")
        page = Security(
            authenticators=(
                *(_line(one, owner) for one in standing.authenticators),
                *(replace(_line(one, owner), dormant=True) for one in standing.dormant),
            ),
            passkeys=passkeys.is_offered(door.hall),
            channels=tuple(sorted(door.hall.channels.all(), reverse=True)),
            nudge=not (kinds & {"totp", "passkey", "code_card"} and "recovery_code" in kinds),
            notice=done if done in _NOTICES else None,
        )
        return door.pages.render(page, context(door, request, owner))

    async def one(request: Request, owner: Owner) -> Response:
        standing = await credentials.standing(door.hall, owner, door.now())
        wanted = request.path_params["authenticator_id"]
        every = (*standing.authenticators, *standing.dormant)
        found = next((one for one in every if one.id == wanted and _has_page(one)), None)
        if found is None:
            return see_other(f"{PATH}?done=not_done")
        page = OneAuthenticator(
            action=_uri(found.id),
            csrf=token(door, owner, _act(found.id)),
            line=_line(found, owner),
            confirmable=found.level_cap < credentials.level_of_session(door.hall, owner, door.now()),
            removable=standing.removable(found),
        )
        return door.pages.render(page, context(door, request, owner))

    async def act(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        wanted = request.path_params["authenticator_id"]
        if not is_own_form(door, request, owner, _act(wanted), form):
            return stale(door, request, owner, PATH)
        done = "not_done"
        try:
            match form.get("act"):
                case "rename":
                    await credentials.rename(door.hall, owner, wanted, form.get("label") or "", door.now())
                    done = "renamed"
                case "confirm":
                    await credentials.confirm(door.hall, owner, wanted, door.now())
                    done = "confirmed"
                case "remove":
                    await credentials.remove(door.hall, owner, wanted, door.now())
                    done = "removed"
        except credentials.Refused:
            done = "not_done"
        return see_other(f"{PATH}?done={done}")

    return [
        Route(PATH, signed_in(door, show, PATH), methods=["GET"]),
        page_and_form(PATH + "/one/{authenticator_id}", fresh(door, one), fresh(door, act)),
    ]


def _has_page(one: Authenticator) -> bool:
    return one.kind not in _WITHOUT_A_PAGE


def _uri(authenticator_id: str) -> str:
    return f"{PATH}/one/{quote(authenticator_id, safe='')}"


def _act(authenticator_id: str) -> str:
    return f"change_authenticator {authenticator_id}"


def _line(one: Authenticator, owner: Owner) -> AuthenticatorLine:
    return AuthenticatorLine(
        kind=one.kind,
        name=one.label,
        added_at=one.enrolled_at,
        used_at=one.last_used_at,
        uri=_uri(one.id) if _has_page(one) else None,
        left=_left(one),
        held=one.level_cap.word if one.level_cap < owner.person.level else None,
    )


def _left(one: Authenticator) -> int | None:
    match one.kind:
        case recovery_codes.KIND:
            return recovery_codes.left(one)
        case code_cards.KIND:
            return len(code_cards.left(one))
        case _:
            return None
