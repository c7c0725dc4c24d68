"""Connected services: what each may see, since when and on which legal basis, and how to take a consent back."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.consent.policy import Basis
from idp.flows import own_pages
from idp.flows.own_pages import Connection, Owner
from idp.portal import prove_more, receipt
from idp.portal.frame import context, is_own_form, sees_all, signed_in, stale, token
from idp.portal.shares import of_connection
from idp.web import discreet, forms
from idp.web.deps import Door, service_of
from idp.web.pages.account import ServiceLine, Services
from idp.web.responses import see_other
from idp.web.routes import page_and_form

PATH = "/account/services"


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        page_context = context(door, request, owner)
        found = await own_pages.connections(door.hall, owner.person.id, door.now())
        everything = sees_all(door, owner)
        named = [one for one in found if not discreet.is_hidden(one.registered, sees_all=everything)]
        page = Services(
            action=PATH,
            services=tuple(_line(door, owner, connection, page_context.lang) for connection in named),
            notice="withdrawn" if request.query_params.get("done") == "withdrawn" else None,
            prove_uri=prove_more.leading_to(PATH) if len(named) < len(found) else None,
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
    shares = of_connection(connection, lang)
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
        receipt_uri=receipt.address(connection.receipt_id) if connection.receipt_id else None,
    )
