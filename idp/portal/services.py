"""Connected services: what each may see, since when and on which legal basis, and how to take a consent back."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.consent.policy import Basis
from idp.flows import own_pages
from idp.flows.own_pages import Connection, Owner
from idp.portal.frame import context, is_own_form, signed_in, stale, token
from idp.protocol.scope import claims_of
from idp.web import forms
from idp.web.deps import Door, in_language, service_of
from idp.web.facts import worth_saying
from idp.web.pages.account import ServiceLine, Services, Share
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = "/account/services"


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        page_context = context(door, request, owner)
        found = await own_pages.connections(door.hall, owner.person.id)
        page = Services(
            action=PATH,
            services=tuple(_line(door, owner, connection, page_context.lang) for connection in found),
            notice="withdrawn" if request.query_params.get("done") == "withdrawn" else None,
        )
        return door.pages.render(page, page_context)

    async def withdraw(request: Request, owner: Owner) -> Response:
        form = await forms.body(request)
        client_id = form.get("withdraw")
        if client_id and is_own_form(door, request, owner, _act(client_id), form):
            await own_pages.withdraw(door.hall, owner, client_id, door.now())
            return see_other(f"{PATH}?done=withdrawn")
        return stale(door, request, owner, PATH)

    return [page_and_form(PATH, signed_in(door, show, PATH), signed_in(door, withdraw, PATH))]


def _act(client_id: str) -> str:
    return f"withdraw {client_id}"


def _line(door: Door, owner: Owner, connection: Connection, lang: str) -> ServiceLine:
    registered, decision = connection.registered, connection.decision
    service = service_of(registered, lang)
    shares = _shares(connection, lang)
    # No form, no token: what the law orders a service to know can't be taken back here.
    only_by_law = bool(shares) and all(share.basis == Basis.TASK.value for share in shares)
    return ServiceLine(
        id=registered.client.client_id,
        name=service.name,
        agency=service.agency,
        shares=shares,
        since=decision.decided_at,
        csrf="" if only_by_law else token(door, owner, _act(registered.client.client_id)),
        used_at=max((grant.created_at for grant in connection.grants), default=None),
        offline_access=any(grant.offline for grant in connection.grants),
    )


def _shares(connection: Connection, lang: str) -> tuple[Share, ...]:
    """What the service may have, by basis and purpose: the scopes not refused, and single claims under theirs."""
    decision, terms = connection.decision, connection.registered.terms.scopes
    given: dict[str, set[str]] = {
        scope: set(claims_of((scope,))) for scope in terms if scope in decision.told and scope not in decision.refused
    }
    for claim in decision.claims:
        home = next((scope for scope in terms if claim in claims_of((scope,))), None)
        if home is not None:
            given.setdefault(home, set()).add(claim)
    together: dict[tuple[str, str, str], set[str]] = {}
    for scope, claims in given.items():
        of = terms[scope]
        words = (of.basis.value, in_language(of.purpose, lang), in_language(of.legal_reference, lang))
        together.setdefault(words, set()).update(claims)
    shares = [Share(basis, tuple(claims), why or None, law or None) for (basis, why, law), claims in together.items()]
    return tuple(share for share in shares if worth_saying(share.sees))
