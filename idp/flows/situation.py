"""Loads what a decision looks at: the request's service on one side, the person in this browser on the other."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from idp.authn.login_policy import LoginPolicy
from idp.authn.sign_in_route import VNEID_METHODS, Upstream
from idp.consent.items import Item, claim_item, scope_item
from idp.decision.next_step import next_step
from idp.decision.situation import Asked, Authentication, DecisionPolicy
from idp.decision.step import Step
from idp.flows import own_pages_client, sessions, switched_off, upstream_health, usable
from idp.flows.hall import Hall
from idp.flows.visitor import Visitor
from idp.identity.routes import ROUTES
from idp.kernel.level import Level
from idp.protocol import claims, scope
from idp.protocol.client import Client
from idp.protocol.request import AuthorizationRequest
from idp.storage.authenticators import Authenticator
from idp.storage.clients import RegisteredClient
from idp.storage.database import Tx


def items_of(request: AuthorizationRequest, client: Client) -> tuple[Item, ...]:
    """Everything that the request asks for, as a person decides about it: scopes, and single claims beside them."""
    scopes = (scope_item(name, scope.claims_of([name])) for name in request.scope)
    singles = (claim_item(c.name, c.scope, c.voluntary, c.purpose) for c in claims.single_claims(request, client))
    return (*scopes, *singles)


def asked(request: AuthorizationRequest, registered: RegisteredClient, begun_at: datetime) -> Asked:
    items = items_of(request, registered.client)
    strongest = own_pages_client.wants_strongest(request)
    accepts_restricted = registered.client.accepts_restricted_factors
    offers_verification = registered.client.offers_verification
    return Asked(
        request,
        registered.terms,
        registered.login_policy,
        items,
        begun_at,
        strongest,
        accepts_restricted,
        offers_verification,
    )


def here(wanted: Asked, present: Authentication | None) -> Asked:
    """On a public computer nobody is given access that outlives the session: RFC 6749 §3.3 lets us grant less."""
    if present is None or not present.session.shared or not wanted.request.wants_offline_access:
        return wanted
    lasting = "offline_access"
    request = replace(wanted.request, scope=tuple(name for name in wanted.request.scope if name != lasting))
    return replace(wanted, request=request, items=tuple(item for item in wanted.items if item.scope != lasting))


async def authentication(
    tx: Tx, hall: Hall, visitor: Visitor, registered: RegisteredClient, now: datetime
) -> Authentication | None:
    """The person who is signed in here, with what they have and what they decided about this service."""
    session = await sessions.current(tx, hall, visitor, now)
    if session is None:
        return None
    person = await tx.persons.get(session.person_id)
    if person is None:
        return None
    enrolled = await usable.of_person(tx, hall, person, now)
    client = registered.client
    return Authentication(
        session,
        person,
        frozenset(authenticator.kind for authenticator in enrolled) | await _at_vneid(tx, hall, person.id),
        await tx.pseudonyms.find(person.id, client.sector),
        await tx.consents.latest(person.id, client.client_id),
        caps_of(enrolled),
    )


async def _at_vneid(tx: Tx, hall: Hall, person_id: str) -> frozenset[str]:
    """The kind of the account that this person has there, as of its last word."""
    link = await tx.upstream_links.of_person(person_id) if hall.vneid is not None else None
    known = frozenset({VNEID_METHODS[link.level]}) if link is not None else frozenset[str]()
    return known - await switched_off.kinds(tx, person_id) if known else known


def caps_of(enrolled: Iterable[Authenticator]) -> dict[str, Level]:
    """The best that the person has of each kind."""
    found: dict[str, Level] = {}
    for one in enrolled:
        found[one.kind] = max(one.level_cap, found.get(one.kind, one.level_cap))
    return found


async def decide(hall: Hall, wanted: Asked, present: Authentication | None, now: datetime) -> Step:
    policies = hall.policies
    asks_vneid = wanted.login_policy is not LoginPolicy.LOCAL
    upstream = await upstream_health.standing(hall) if asks_vneid else Upstream.ABSENT
    best = verifiable(hall, wanted.login_policy, upstream) if wanted.offers_verification else Level.BASIC
    return next_step(wanted, present, now, DecisionPolicy(policies.issuer, policies.sessions, upstream, best))


def verifiable(hall: Hall, login_policy: LoginPolicy, upstream: Upstream) -> Level:
    """The best that somebody can be verified at from here: by VNeID, and on the routes that are switched on."""
    by_vneid = upstream is Upstream.AVAILABLE and login_policy is not LoginPolicy.LOCAL
    open_routes = {*hall.policies.cases.routes, *(("vneid",) if by_vneid else ())}
    return max((ROUTES[name].ceiling for name in open_routes), default=Level.BASIC)


async def registered_client(hall: Hall, client_id: str, now: datetime) -> RegisteredClient | None:
    """A registered service, or the hub's own pages."""
    if client_id == own_pages_client.CLIENT_ID:
        return own_pages_client.OWN_PAGES
    return await hall.clients.fresh(client_id, now)
