"""Issues an authorization code: the grant, the code and their audit event in one commit."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from idp.audit import kinds
from idp.audit.event import event
from idp.authn.authenticators import amr_of, proof_to_json
from idp.authn.sso_session import Session, ends_at
from idp.consent import rules
from idp.decision.situation import Asked, Authentication
from idp.decision.step import Issue
from idp.flows.hall import Hall
from idp.flows.withdraw_grants import withdraw_grants
from idp.kernel.errors import ConsentRequired, LoginRequired
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.kernel.secret import Secret, new_secret
from idp.protocol.claims import CLAIMS, scope_of
from idp.protocol.claims_parameter import VERIFIED_CLAIMS, ClaimRequest, ClaimsParameter
from idp.protocol.client import Client
from idp.protocol.grant import CodeBinding, Grant
from idp.protocol.grants import GrantType, authorization_code
from idp.protocol.request import AuthorizationRequest
from idp.protocol.scope import IDENTITY_ASSURANCE, claims_of
from idp.protocol.verified_claims.asked import Verified
from idp.protocol.verified_claims.delivery import PREFIX
from idp.storage.clients import RegisteredClient
from idp.storage.database import Tx

# Claims about the sign-in itself (OpenID Connect Core §2): nothing about the person, so there is nothing to consent to.
_ABOUT_THE_SIGN_IN = frozenset({"sub", "acr", "amr", "auth_time", "sid"})


async def issue(
    hall: Hall, wanted: Asked, registered: RegisteredClient, present: Authentication, step: Issue, now: datetime
) -> Secret:
    """The code. Raises LoginRequired when the session, the person or the client came to an end meanwhile."""
    client, session = registered.client, replace(present.session, proofs=step.proofs)
    async with hall.db.tx() as tx:
        sub = present.sub or await _pseudonym(tx, present.person.id, client.sector, now)
        sid = await tx.client_sessions.ensure(session.id, client.client_id, sub, now)
    grant = _grant(wanted, client, present, session, step.level, sub, sid, now)
    code = new_secret()
    session_ends_at = ends_at(present.session, hall.policies.sessions)
    issued = await hall.db.hot.issue_code(
        grant,
        code.digest(),
        _binding(hall, wanted.request, now),
        event(
            kinds.CODE_ISSUED,
            at=now,
            actor=f"person:{present.person.id}",
            person_id=present.person.id,
            client_id=client.client_id,
            grant_id=grant.id,
            purpose=grant.purpose,
            scope=list(grant.scope),
            acr=grant.acr,
            session_id=grant.session_id,
        ),
        authorization_code.family_ends_at(hall.policies.protocol, grant, session_ends_at, now),
    )
    if not issued:
        raise LoginRequired("the session has ended")
    await _still_agreed(hall, present, grant, now)
    return code


async def _still_agreed(hall: Hall, present: Authentication, grant: Grant, now: datetime) -> None:
    """A consent taken back between the decision and the grant takes the grant with it; see `own_pages.withdraw`."""
    if present.decision is None:
        return
    async with hall.db.read() as tx:
        if await tx.consents.latest(grant.person_id, grant.client_id) is not None:
            return
    await withdraw_grants(hall, grant.person_id, grant.client_id, now)
    raise ConsentRequired("the consent was withdrawn meanwhile")


async def _pseudonym(tx: Tx, person_id: str, sector: str, now: datetime) -> str:
    """Made at the first release (OpenID Connect Core §8.1): random, so it is worth an event of its own."""
    sub = await tx.pseudonyms.ensure(person_id, sector, now)
    made = event(kinds.PSEUDONYM_MADE, at=now, actor=f"person:{person_id}", person_id=person_id, sector=sector)
    await tx.events.append(made, dedupe=f"pseudonym:{person_id}:{sector}")
    return sub


def _grant(
    wanted: Asked,
    client: Client,
    present: Authentication,
    session: Session,
    level: Level,
    sub: str,
    sid: str,
    now: datetime,
) -> Grant:
    granted = rules.granted(wanted.items, wanted.terms, present.decision)
    offline = "offline_access" in granted.scopes and GrantType.REFRESH_TOKEN in client.grant_types
    return Grant(
        id=new_id(),
        client_id=client.client_id,
        person_id=present.person.id,
        session_id=session.id,
        sid=sid,
        sub=sub,
        scope=granted.scopes,
        claims=_granted_claims(wanted.request, granted),
        resource=wanted.request.resource,
        nonce=wanted.request.nonce,
        auth_time=session.auth_time,
        proofs=tuple(proof_to_json(proof) for proof in session.proofs),
        offline=offline,
        created_at=now,
        acr=level.word,
        amr=amr_of(session.proofs, now),
        purpose=wanted.terms.purposes(dict.fromkeys((*granted.scopes, *_homes(granted.claims)))),
    )


def _homes(claims: Iterable[str]) -> tuple[str, ...]:
    """The scopes whose terms cover single claims."""
    return tuple(dict.fromkeys(scope for claim in sorted(claims) if (scope := scope_of(claim)) is not None))


def _granted_claims(request: AuthorizationRequest, granted: rules.Granted) -> ClaimsParameter:
    """What was asked, less what nobody granted: the grant carries nothing that a token may not say."""
    allowed = claims_of(granted.scopes) | granted.claims | _ABOUT_THE_SIGN_IN

    def kept(section: Mapping[str, ClaimRequest]) -> dict[str, ClaimRequest]:
        return {name: asked for name, asked in section.items() if name.partition("#")[0] in allowed}

    userinfo, id_token = kept(request.claims.userinfo), kept(request.claims.id_token)
    in_scopes = claims_of(granted.scopes)
    return ClaimsParameter(
        {**_localized(request, in_scopes | set(userinfo)), **userinfo},
        {**_localized(request, id_token), **id_token},
        _granted_verified(request, granted),
    )


def _granted_verified(request: AuthorizationRequest, granted: rules.Granted) -> Verified:
    """Only with a yes to the verification itself, and of the claims those that the person let go with it."""
    if IDENTITY_ASSURANCE not in granted.scopes and VERIFIED_CLAIMS not in granted.claims:
        return Verified()
    verified = {name.removeprefix(PREFIX) for name in granted.claims if name.startswith(PREFIX)}
    return request.claims.verified.only(frozenset(verified))


def _localized(request: AuthorizationRequest, names: Iterable[str]) -> dict[str, ClaimRequest]:
    """`claims_locales` (OpenID Connect Core §5.2) is the same as asking each localized claim by its tagged name."""
    return {
        f"{name}#{tag}": ClaimRequest()
        for name in sorted(names)
        if name in CLAIMS and CLAIMS[name].localized
        for tag in request.claims_locales
    }


def _binding(hall: Hall, request: AuthorizationRequest, now: datetime) -> CodeBinding:
    expires_at = now + hall.policies.protocol.code_lifetime
    return CodeBinding(request.client_id, request.redirect_uri, request.code_challenge, expires_at)
