"""The consent page: what a service receives, why, on which basis; the necessary is listed, the rest may be ticked."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.consent.items import Item
from idp.consent.policy import ScopeTerms, ServiceTerms
from idp.consent.rules import Pending, wording
from idp.decision.situation import Authentication
from idp.decision.step import Consent
from idp.flows import authorize, consent, proceed, verified_claims
from idp.flows.consent import Answered
from idp.flows.proceed import Page
from idp.identity.facts import claim_values
from idp.interaction import frame
from idp.interaction.login import dispatched
from idp.kernel.errors import AccessDenied
from idp.protocol.scope import AGE, IDENTITY_ASSURANCE, NATIONAL_ID
from idp.web import catalogue, forms
from idp.web.catalogue import Translator
from idp.web.deps import Door, in_language, name_of
from idp.web.facts import facts_of
from idp.web.pages.consent import Consent as ConsentPage
from idp.web.pages.consent import ConsentItem
from idp.web.routes import page_and_form

STEP = "consent"
# `openid` shares no data; lasting access is a sentence of its own, unless the person may leave it out.
_LASTING = "offline_access"
_NOT_DATA = ("openid", _LASTING)


def routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], door.visitor(request), door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if not isinstance(seen.step, Consent) or seen.present is None:
            return frame.onward(seen.interaction)
        known = await _known(door, seen.step.pending, seen.present)
        return _page(door, request, seen, seen.step.pending, seen.present, known)

    async def submit(request: Request) -> Response:
        form = await forms.body(request)
        visitor = door.visitor(request)
        seen = await proceed.look(door.hall, request.path_params["interaction_id"], visitor, door.now())
        if not isinstance(seen, Page):
            return dispatched(request)
        if not isinstance(seen.step, Consent) or seen.present is None:
            return frame.onward(seen.interaction)
        pending, decision = seen.step.pending, form.get("decision")
        current = frame.is_current(door, seen.interaction, _question(seen, pending, seen.present), form)
        if not current or decision not in ("allow", "deny"):
            # Whatever this was, it was no answer to the question that now stands.
            return frame.onward(seen.interaction)
        answered = Answered(decision == "allow", form.all("optional"))
        try:
            await consent.decide(door.hall, seen.interaction, seen.asked, seen.present, pending, answered, door.now())
        except AccessDenied as error:
            outcome = authorize.answer_error(door.hall, seen.interaction.request, error)
            return frame.respond(door, request, outcome)
        return frame.onward(seen.interaction)

    show_guarded, submit_guarded = frame.guarded(door, show), frame.guarded(door, submit)
    return [page_and_form("/i/{interaction_id}/consent", show_guarded, submit_guarded)]


def _question(seen: Page, pending: Pending, present: Authentication) -> str:
    """What the answer is bound to: this person, and these very words. Either may change while a page is open."""
    return f"{STEP} {present.person.id} {wording(pending, seen.asked.terms)}"


async def _known(door: Door, pending: Pending, present: Authentication) -> Mapping[str, object]:
    """What the page can show as values: facts, and what was verified where the service asks for that."""
    facts = claim_values(present.person)
    asked = {item.scope for item in pending.shown}
    if AGE in asked:
        facts |= verified_claims.ages(facts.get("birthdate"), door.now())
    if asked.isdisjoint((IDENTITY_ASSURANCE, NATIONAL_ID)):
        return facts
    verified = await verified_claims.as_shown(door.hall, present.person.id, door.now())
    return {**facts, **verified, "qn:pin": verified.get("verified_claims.qn:pin")}


def _page(
    door: Door,
    request: Request,
    seen: Page,
    pending: Pending,
    present: Authentication,
    known: Mapping[str, object],
) -> Response:
    context = frame.context(door, request, seen)
    words = _Words(catalogue.translator(context.lang), known, seen.asked.terms)
    first = _first_terms(pending, seen)
    page = ConsentPage(
        action=frame.address(seen.interaction, STEP),
        transition=frame.transition(door, seen.interaction, _question(seen, pending, present)),
        person=name_of(present.person),
        purpose=words.purpose(first),
        legal_basis=words.legal_basis(first),
        necessary=words.items(pending.necessary, first, silent=_NOT_DATA),
        optional=words.items(pending.optional, first),
        task=words.items(pending.notices, first, silent=_NOT_DATA),
        offline_access=any(item.scope == _LASTING for item in pending.necessary),
        offline_reason=words.reason(_LASTING, first),
        changed=pending.changed,
        switch_uri=frame.address(seen.interaction, "switch"),
    )
    return door.pages.render(page, context)


def _first_terms(pending: Pending, seen: Page) -> ScopeTerms | None:
    """The purpose on top of the page is that of what is asked first; what has another one says so itself."""
    for item in (*pending.necessary, *pending.notices, *pending.optional):
        terms = seen.asked.terms.scopes.get(item.scope)
        if terms is not None and terms.purpose:
            return terms
    return None


@dataclass(frozen=True, slots=True)
class _Words:
    """What the items of a service say to this person, in the language of the page."""

    t: Translator
    known: Mapping[str, object]
    terms: ServiceTerms

    def items(
        self, items: Iterable[Item], first: ScopeTerms | None, *, silent: Container[str] = ()
    ) -> tuple[ConsentItem, ...]:
        return tuple(
            ConsentItem(
                item.key,
                facts_of(sorted(item.claims) or [item.scope], self.known, self.t),
                reason=self.reason(item.scope, first, item.purpose),
            )
            for item in items
            if item.scope not in silent
        )

    def purpose(self, terms: ScopeTerms | None) -> str:
        return in_language(terms.purpose, self.t.lang) if terms else ""

    def legal_basis(self, terms: ScopeTerms | None) -> str | None:
        return (in_language(terms.legal_reference, self.t.lang) or None) if terms else None

    def reason(self, scope: str, first: ScopeTerms | None, said: str | None = None) -> str | None:
        """Its own purpose and legal basis, where they are not those on top of the page; and what the request said."""
        terms = self.terms.scopes.get(scope)
        own = (
            # In quotation marks: nobody but the service itself answers for these words.
            f"“{said}”" if said else "",
            self.purpose(terms) if self.purpose(terms) != self.purpose(first) else "",
            self.legal_basis(terms) if self.legal_basis(terms) != self.legal_basis(first) else "",
        )
        return " · ".join(part for part in own if part) or None
