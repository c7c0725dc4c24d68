"""Tokens of a living grant: level and methods computed anew, access and ID token signed. Nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import authenticators, sign_in_route
from idp.authn.sign_in_route import Route, Upstream
from idp.flows import encrypting, upstream_health, verified_claims
from idp.flows.hall import Hall
from idp.flows.signing import sign
from idp.identity import assurance, facts
from idp.kernel.clock import epoch
from idp.kernel.errors import InvalidGrant
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from idp.protocol import access_token, acr, claims, grants, id_token
from idp.protocol import scope as scopes
from idp.protocol.acr import Reached
from idp.protocol.claim_names import short, wire
from idp.protocol.claims_parameter import VERIFIED_CLAIMS
from idp.protocol.client import Client, ClientState
from idp.protocol.grant import Grant
from idp.storage.hot import Live

# RFC 9068 §2.1 leaves the algorithm to us: ES256 costs a twentieth of RS256.
ACCESS_TOKEN_ALG = "ES256"
ID_TOKEN_TYP = "JWT"


@dataclass(frozen=True, slots=True)
class Standing:
    """What this sign-in is worth at this moment; `ends_at`: when the identity behind it lapses, where that is known."""

    level: Level
    amr: tuple[str, ...]
    route: Route = Route.LOCAL
    phishing_resistant: bool = False
    ends_at: datetime | None = None

    @property
    def reached(self) -> Reached:
        return Reached(self.level, self.phishing_resistant)


@dataclass(frozen=True, slots=True)
class Issue:
    """What differs between a code's redemption and a refresh."""

    scope: tuple[str, ...]
    audience: tuple[str, ...]
    nonce: str | None
    refresh_token: Secret | None


async def issue(hall: Hall, client: Client, live: Live, what: Issue, now: datetime) -> dict[str, Any]:
    """RFC 6749 §5.1, OpenID Connect Core §3.1.3.3: the answer of the token endpoint."""
    policy, grant = hall.policies.protocol, live.grant
    standing = await _standing(hall, client, live, now)
    if not acr.still_met(grant.claims, policy.issuer, standing.reached):
        raise InvalidGrant("the requested acr is no longer reached", hint=f"grant {grant.id}")
    scope = still_allowed(what.scope, client)
    access_payload = access_token.payload(
        policy,
        grant,
        scope=scope,
        audience=what.audience,
        jti=access_token.new_jti(grant.id),
        level=standing.level,
        amr=standing.amr,
        now=now,
    )
    access = sign(hall, access_payload, ACCESS_TOKEN_ALG, access_token.TYP, now)
    return grants.token_response(
        access,
        expires_in=int(policy.access_token_lifetime.total_seconds()),
        scope=scope,
        id_token=await _id_token(hall, client, grant, standing, what, scope, access, now),
        refresh_token=what.refresh_token,
    )


async def _standing(hall: Hall, client: Client, live: Live, now: datetime) -> Standing:
    """What stood in for VNeID bears nothing once VNeID is back; only grants of an outage have to look."""
    stood_in = any(proof.get("outage") for proof in live.grant.proofs)
    lapsed = stood_in and await upstream_health.standing(hall) is not Upstream.OUTAGE
    return standing_of(live, now, outage_over=lapsed, accepts_restricted=client.accepts_restricted_factors)


def standing_of(live: Live, now: datetime, *, outage_over: bool = False, accepts_restricted: bool = False) -> Standing:
    """The lower of identity and authentication, from proofs still within their own age: a lapsed one is gone."""
    proofs = tuple(authenticators.proof_from_json(proof) for proof in live.grant.proofs)
    bearing = tuple(proof for proof in proofs if not (proof.outage and outage_over))
    by = authenticators.ladder(accepts_restricted=accepts_restricted)
    proven = authenticators.level_of(bearing, now, by) or Level.BASIC
    known = assurance.level_at(live.person_level, live.person_level_ends_at, now)
    # How the person signed in stays true when the proof has aged; what it is worth does not.
    # An essential acr was answered by one of its own values (§5.5.1.1), perhaps below what the session bears.
    asserted = Level[live.grant.acr.upper()]
    amr = authenticators.amr_of(proofs, now) or live.grant.amr
    resistant = authenticators.is_phishing_resistant(proofs, now)
    worth, route = min(proven, known, asserted), sign_in_route.route_of(proofs)
    return Standing(worth, amr, route, resistant, live.person_level_ends_at if known > Level.BASIC else None)


def still_allowed(scope: tuple[str, ...], client: Client) -> tuple[str, ...]:
    """What the registration lost since the grant is lost at once: scope only ever shrinks."""
    if client.state is ClientState.DRAFT:
        return tuple(name for name in scope if name == "openid")
    return tuple(name for name in scope if name in client.scopes)


def single_claims(grant: Grant) -> frozenset[str]:
    """Claims granted by name outside of the grant's scopes: the grant holds only those that the person allowed."""
    covered = claims.CLAIMS
    bases = {name.partition("#")[0] for name in grant.claims.names()} if grant.claims.names() else frozenset[str]()
    return frozenset(name for name in bases if name in covered and covered[name].scope not in grant.scope)


async def _id_token(
    hall: Hall,
    client: Client,
    grant: Grant,
    standing: Standing,
    what: Issue,
    scope: tuple[str, ...],
    access: str,
    now: datetime,
) -> str | None:
    if "openid" not in scope:
        return None
    alg = client.id_token_signed_response_alg
    payload = id_token.payload(
        hall.policies.protocol,
        grant,
        level=standing.level,
        phishing_resistant=standing.phishing_resistant,
        amr=standing.amr,
        now=now,
        access_token=access,
        alg=alg,
        nonce=what.nonce,
        claims={
            **await _asked_by_name(hall, client, grant, scope, now),
            **_route(hall, standing),
            **_expiry(scope, standing),
        },
    )
    signed, how = sign(hall, payload, alg, ID_TOKEN_TYP, now), client.id_token_encryption
    return signed if how is None else await encrypting.hidden(hall, client, how, signed.encode(), now, nested=True)


def _route(hall: Hall, standing: Standing) -> Mapping[str, Any]:
    """How this very sign-in was made: told to everybody, as `amr` is, wherever there is more than one door."""
    told = hall.vneid is not None or standing.route is not Route.LOCAL
    return {sign_in_route.CLAIM: standing.route.value} if told else {}


def _expiry(scope: tuple[str, ...], standing: Standing) -> Mapping[str, Any]:
    """Until when a service may rely on the level; a day of somebody's card, so only where it may ask about evidence."""
    if standing.ends_at is None or scopes.IDENTITY_ASSURANCE not in scope:
        return {}
    return {wire("qn:loa_expires_at"): epoch(standing.ends_at)}


async def _asked_by_name(
    hall: Hall, client: Client, grant: Grant, scope: tuple[str, ...], now: datetime
) -> Mapping[str, Any]:
    """OpenID Connect Core §5.5: facts are read, and their release recorded, only where the ID token carries them."""
    asked, by_name = grant.claims, {name.partition("#")[0] for name in grant.claims.id_token} & claims.CLAIMS.keys()
    if not by_name and not asked.verified.id_token:
        return {}
    async with hall.db.read() as tx:
        person = await tx.persons.get(grant.person_id)
    if person is None:
        raise InvalidGrant("the grant has ended", hint=f"grant {grant.id}: no person")
    told = {
        **claims.id_token_claims(scope, asked, single_claims(grant), facts.claim_values(person)),
        **await _verified(hall, client, grant, scope, by_name, now),
    }
    released = event(
        kinds.USERINFO_RELEASED,
        at=now,
        actor=f"client:{grant.client_id}",
        person_id=grant.person_id,
        client_id=grant.client_id,
        grant_id=grant.id,
        purpose=grant.purpose,
        claims=verified_claims.names(told),
    )
    await hall.db.hot.record_release(released, f"id_token:{new_id()}")
    return told


async def _verified(
    hall: Hall, client: Client, grant: Grant, scope: tuple[str, ...], by_name: set[str], now: datetime
) -> Mapping[str, Any]:
    """With what was verified; the identity number by itself only where the ID token was asked for it by name."""
    asked, encrypted = grant.claims.verified.id_token, client.id_token_encryption is not None
    found = await verified_claims.told(hall, client, grant, scope, asked, now, encrypted=encrypted)
    return {name: value for name, value in found.items() if name == VERIFIED_CLAIMS or short(name) in by_name}
