"""The consent page: what a service receives, why, on which basis; the necessary is listed, the rest may be ticked."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.consent.items import Item
from idp.consent.policy import ScopeTerms
from idp.consent.rules import Pending
from idp.decision.situation import Authentication
from idp.decision.step import Consent
from idp.flows import authorize, consent, proceed
from idp.flows.consent import Answered
from idp.flows.proceed import Page
from idp.identity.facts import claim_values
from idp.interaction import frame
from idp.interaction.login import dispatched
from idp.kernel.errors import AccessDenied
from idp.web import catalogue, forms
from idp.web.catalogue import Translator
from idp.web.deps import Door, in_language, name_of
from idp.web.facts import facts_of
from idp.web.pages.consent import Consent as ConsentPage
from idp.web.pages.consent import ConsentItem

STEP = "consent"


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if not isinstance(seen.step, Consent) or seen.present is None:
            return frame.onward(seen.interaction)
        return _page(door, request, seen, seen.step.pending, seen.present)

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], visitor, door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        decision = form.get("decision")
        is_answer = frame.is_current(door, seen.interaction, STEP, form) and decision in ("allow", "deny")
        if not isinstance(seen.step, Consent) or seen.present is None or not is_answer:
            # Whatever this was, it was no answer to the question that now stands.
            return frame.onward(seen.interaction)
        answered = Answered(decision == "allow", form.all("optional"))
        try:
            await consent.decide(door.hall, seen.interaction, seen.asked, seen.present, answered, door.now())
        except AccessDenied as error:
            outcome = authorize.answer_error(door.hall, seen.interaction.request, error)
            return frame.respond(door, request, outcome)
        return frame.onward(seen.interaction)

    path = "/i/{interaction_id}/consent"
    return [
        Route(path, frame.guarded(door, show), methods=["GET"]),
        Route(path, frame.guarded(door, submit), methods=["POST"]),
    ]


def _page(door: Door, request: Request, seen: Page, pending: Pending, present: Authentication) -> Response:
    context = frame.context(door, request, seen)
    t = catalogue.translator(context.lang)
    known = claim_values(present.person)
    terms = seen.asked.terms.scopes
    first = _first_terms(pending, seen)
    page = ConsentPage(
        action=frame.address(seen.interaction, STEP),
        transition=frame.transition(door, seen.interaction, STEP),
        person=name_of(present.person),
        purpose=in_language(first.purpose, context.lang) if first else "",
        legal_basis=(in_language(first.legal_reference, context.lang) or None) if first else None,
        necessary=_items(pending.necessary, known, t),
        optional=_items(pending.optional, known, t),
        task=_items(pending.notices, known, t),
        offline_access=any(item.scope == "offline_access" for item in pending.necessary + pending.optional),
        changed=present.decision is not None and any(name in present.decision.told for name in terms),
        switch_uri=frame.address(seen.interaction, "switch"),
    )
    return door.pages.render(page, context)


def _first_terms(pending: Pending, seen: Page) -> ScopeTerms | None:
    """The purpose on top of the page is that of what is asked first; a service states one purpose for its scopes."""
    for item in (*pending.necessary, *pending.notices, *pending.optional):
        terms = seen.asked.terms.scopes.get(item.scope)
        if terms is not None and terms.purpose:
            return terms
    return None


def _items(items: tuple[Item, ...], known: dict[str, object], t: Translator) -> tuple[ConsentItem, ...]:
    return tuple(
        ConsentItem(item.key, facts_of(sorted(item.claims) or [item.scope], known, t))
        for item in items
        if item.scope not in ("openid", "offline_access")
    )
