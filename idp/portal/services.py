"""Connected services: what each may see, since when and on which legal basis, and how to take a consent back."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.consent.policy import Basis, ScopeTerms
from idp.flows import own_pages
from idp.flows.own_pages import Connection, Owner
from idp.portal.frame import context, is_own_form, signed_in, token
from idp.protocol.scope import claims_of
from idp.web import forms
from idp.web.deps import Door, in_language, service_of
from idp.web.pages.account import ServiceLine, Services
from idp.web.pages.problem import Problem, ProblemPage
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
        page = ProblemPage(Problem.STALE_FORM, retry_uri=PATH)
        return door.pages.render(page, context(door, request, owner))

    return [page_and_form(PATH, signed_in(door, show, PATH), signed_in(door, withdraw, PATH))]


def _act(client_id: str) -> str:
    return f"withdraw {client_id}"


def _line(door: Door, owner: Owner, connection: Connection, lang: str) -> ServiceLine:
    registered, decision = connection.registered, connection.decision
    service = service_of(registered, lang)
    terms = _main_terms(connection)
    basis = terms.basis if terms else Basis.CONSENT
    return ServiceLine(
        id=registered.client.client_id,
        name=service.name,
        agency=service.agency,
        sees=tuple(sorted(claims_of(decision.told) | decision.claims)),
        since=decision.decided_at,
        basis=basis.value,
        # No form, no token: what the law orders a service to know can't be taken back here.
        csrf=token(door, owner, _act(registered.client.client_id)) if basis is Basis.CONSENT else "",
        purpose=in_language(terms.purpose, lang) or None if terms else None,
        legal_basis=in_language(terms.legal_reference, lang) or None if terms else None,
        used_at=max((grant.created_at for grant in connection.grants), default=None),
        offline_access=any(grant.offline for grant in connection.grants),
    )


def _main_terms(connection: Connection) -> ScopeTerms | None:
    """A service with any scope by consent can be withdrawn from; one by task alone can't."""
    told = [terms for scope, terms in connection.registered.terms.scopes.items() if scope in connection.decision.told]
    return next((terms for terms in told if terms.basis is Basis.CONSENT), told[0] if told else None)
