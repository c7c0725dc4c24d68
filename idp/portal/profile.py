"""The first own page: who the hub says one is, from which source, and how one signs in."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.flows import own_pages
from idp.flows.own_pages import Owner
from idp.identity.assurance import person_level
from idp.identity.facts import claim_values
from idp.portal.frame import context, signed_in
from idp.web import catalogue
from idp.web.deps import Door, name_of
from idp.web.facts import facts_of
from idp.web.pages.account import Profile, SourcedFact

PATH = "/account"
_CONTACTS = frozenset({"email", "phone_number", "address"})


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        page_context = context(door, request, owner)
        seen = await own_pages.overview(door.hall, owner, door.now())
        facts = _facts(owner, page_context.lang)
        page = Profile(
            name=name_of(owner.person),
            level=person_level(owner.person, door.now()),
            facts=tuple(fact for fact in facts if fact.fact.claim not in _CONTACTS),
            contacts=tuple(fact for fact in facts if fact.fact.claim in _CONTACTS),
            second_factor=any(one.kind != "password" for one in seen.authenticators),
            password_changed_at=next((one.enrolled_at for one in seen.authenticators if one.kind == "password"), None),
            sessions=seen.sessions,
            services=seen.services,
            evidence=seen.evidence.source if seen.evidence else None,
            evidence_at=seen.evidence.at if seen.evidence else None,
            level_ends_at=owner.person.level_ends_at,
            sources=tuple(dict.fromkeys(fact.source for fact in facts)),
        )
        return door.pages.render(page, page_context)

    return [Route(PATH, signed_in(door, show, PATH), methods=["GET"])]


def _facts(owner: Owner, lang: str) -> tuple[SourcedFact, ...]:
    known, held = claim_values(owner.person), owner.person.facts
    return tuple(
        SourcedFact(line, held[line.claim].source, held[line.claim].as_of)
        for line in facts_of(held.keys(), known, catalogue.translator(lang))
        if line.claim in held
    )
