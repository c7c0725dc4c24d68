"""The one total pure function that decides what a request meets next; steps never route to one another."""

from dataclasses import replace
from datetime import datetime

from idp.authn.authenticator_kind import Factor
from idp.authn.authenticators import (
    AUTHENTICATORS,
    Ladder,
    alternatives,
    can_resist_phishing,
    is_phishing_resistant,
    ladder,
    next_proofs,
    reachable_level,
)
from idp.authn.login_policy import LoginPolicy
from idp.authn.own_changes import guard, is_strongest, strongest
from idp.authn.proof import Proof
from idp.authn.sign_in_route import OUTAGE_CEILING, Upstream, is_upstream
from idp.authn.sso_session import is_fresh, session_level, surviving_proofs
from idp.consent.rules import pending
from idp.decision.situation import Asked, Authentication, DecisionPolicy
from idp.decision.step import Consent, Issue, Login, Refuse, Step, StepUp, Verify
from idp.identity.assurance import may_sign_in, person_level
from idp.kernel.errors import (
    ConsentRequired,
    InteractionRequired,
    LoginRequired,
    OAuthError,
    TemporarilyUnavailable,
    UnmetAuthenticationRequirements,
)
from idp.kernel.level import Level
from idp.protocol import acr
from idp.protocol.request import AuthorizationRequest, Prompt


def next_step(asked: Asked, authentication: Authentication | None, now: datetime, policy: DecisionPolicy) -> Step:
    """OpenID Connect Core §3.1.2.3–§3.1.2.6. Total: every situation has exactly one next step.

    With prompt=none the answer is always Issue or Refuse.
    """
    try:
        step = _step(asked, authentication, now, policy)
    except OAuthError as error:
        return Refuse(error)
    if Prompt.NONE in asked.request.prompt:
        return _silent(asked, step, policy)
    return step


def _silent(asked: Asked, step: Step, policy: DecisionPolicy) -> Step:
    """OpenID Connect Core §3.1.2.1: with prompt=none the server MUST NOT display any page."""
    match step:
        case Login() if asked.login_policy is LoginPolicy.VNEID_ONLY and policy.upstream is Upstream.OUTAGE:
            return Refuse(TemporarilyUnavailable("sign-in with VNeID is not available"))
        case Login() | StepUp():
            return Refuse(LoginRequired("the person has to sign in"))
        case Verify():
            return Refuse(UnmetAuthenticationRequirements("the person is not verified well enough"))
        case Consent(waiting) if waiting.asks:
            return Refuse(ConsentRequired("the person has to consent"))
        case Consent():
            # A notice is no question, yet it has to be seen once.
            return Refuse(InteractionRequired("the person has to see a notice"))
        case _:
            return step


def _step(asked: Asked, authentication: Authentication | None, now: datetime, policy: DecisionPolicy) -> Step:
    if asked.login_policy is LoginPolicy.VNEID_ONLY and policy.upstream is Upstream.ABSENT:
        raise TemporarilyUnavailable("sign-in with VNeID is not available")
    present = _accepted(asked, _surviving(authentication, now, policy))
    if present is None or not may_sign_in(present.person):
        return Login()
    return (
        _fresh_sign_in(asked, present, now)
        or _right_person(asked, present, now)
        or _strongest_proof(asked, present, now, policy)
        or _enough_assurance(asked, present, now, policy)
        or _consent(asked, present)
        or Issue(_asserted_level(asked, present, now, policy), _labelled(asked, present, policy))
    )


def _surviving(authentication: Authentication | None, now: datetime, policy: DecisionPolicy) -> Authentication | None:
    """The person with the proofs that age and idleness left; what has lapsed counts for nothing below."""
    if authentication is None:
        return None
    kept = surviving_proofs(authentication.session, now, policy.sessions)
    return replace(authentication, session=replace(authentication.session, proofs=kept)) if kept else None


def _accepted(asked: Asked, present: Authentication | None) -> Authentication | None:
    """A client of VNeID alone hears no other proof, whatever else was proven in this browser."""
    if present is None or asked.login_policy is not LoginPolicy.VNEID_ONLY:
        return present
    kept = tuple(proof for proof in present.session.proofs if is_upstream(proof.method))
    return replace(present, session=replace(present.session, proofs=kept)) if kept else None


def _stands_in(asked: Asked, present: Authentication, policy: DecisionPolicy) -> bool:
    """Whether our own authenticators stand in for VNeID, which vouches for this person but is away."""
    return (
        policy.upstream is Upstream.OUTAGE
        and asked.login_policy is LoginPolicy.VNEID_OR_LOCAL
        and any(map(is_upstream, present.authenticators))
        and not any(is_upstream(proof.method) for proof in _counted(asked, present))
    )


def _labelled(asked: Asked, present: Authentication, policy: DecisionPolicy) -> tuple[Proof, ...]:
    """The grant remembers that its proofs stood in, so that they end with the outage."""
    counted = _counted(asked, present)
    return tuple(replace(proof, outage=True) for proof in counted) if _stands_in(asked, present, policy) else counted


def _may_ask_vneid(asked: Asked, policy: DecisionPolicy) -> bool:
    return policy.upstream is Upstream.AVAILABLE and asked.login_policy is not LoginPolicy.LOCAL


def _fresh_sign_in(asked: Asked, present: Authentication, now: datetime) -> Step | None:
    request = asked.request
    again = not request.prompt.isdisjoint({Prompt.LOGIN, Prompt.SELECT_ACCOUNT})
    fresh = is_fresh(present.session, request.max_age, asked.begun_at, prompt_login=again, now=now)
    return None if fresh else Login(again=True)


def _signed_in_here(asked: Asked, present: Authentication, now: datetime) -> bool:
    """Whether the person signed in for this very interaction: asking once more would change nothing."""
    return is_fresh(present.session, None, asked.begun_at, prompt_login=True, now=now)


def _right_person(asked: Asked, present: Authentication, now: datetime) -> Step | None:
    """OpenID Connect Core §3.1.2.1 (id_token_hint) and §5.5.1 (a `sub` value): about this person, or not at all."""
    wanted = _wanted_subs(asked.request)
    if wanted is None or present.sub in wanted:
        return None
    if _signed_in_here(asked, present, now):
        raise LoginRequired("another person than the one asked for signed in")
    return Login(again=True)


def _wanted_subs(request: AuthorizationRequest) -> frozenset[object] | None:
    """None: anybody. Where the hint and the claims name different persons, nobody satisfies both."""
    subs: frozenset[object] | None = None if request.hinted_sub is None else frozenset({request.hinted_sub})
    for section in (request.claims.id_token, request.claims.userinfo):
        values = section["sub"].values if "sub" in section else ()
        if values:
            named = frozenset(value for value in values if isinstance(value, str))
            subs = named if subs is None else subs & named
    return subs


def _strongest_proof(asked: Asked, present: Authentication, now: datetime, policy: DecisionPolicy) -> Step | None:
    """Whoever changes their own authenticators proves all that they can; caps decide nothing here (own_changes)."""
    if not asked.strongest:
        return None
    counted, kinds = _counted(asked, present), _available(asked, present, policy)
    if is_strongest((proof.method for proof in counted), kinds):
        return None
    target = strongest(kinds)
    bare, by = [replace(proof, cap=Level.HIGH) for proof in counted], guard(kinds)
    methods = next_proofs(target, bare, kinds, now, by=by)
    choices = alternatives(target, bare, kinds, now, by=by)
    return _step_up(target, methods, choices) or _anew(asked, present, now, methods)


def _enough_assurance(asked: Asked, present: Authentication, now: datetime, policy: DecisionPolicy) -> Step | None:
    wish = acr.wish(asked.request, policy.issuer)
    reached = _reached(asked, present, now, policy)
    if Prompt.NONE in asked.request.prompt and acr.met(wish, reached):
        # Nobody can be asked to do more, and a listed level is reached: the preference gives way.
        return None
    target = _pursued(asked, present, wish, now, policy)
    if isinstance(target, Verify):
        return target
    if target is None or acr.satisfied(target, reached):
        return None
    counted, kinds = _counted(asked, present), _available(asked, present, policy)
    resistant = target.phishing_resistant and not reached.phishing_resistant
    by, caps = _ladder(asked), present.caps
    methods = next_proofs(target.level, counted, kinds, now, caps=caps, phishing_resistant=resistant, by=by)
    choices = alternatives(target.level, counted, kinds, now, caps=caps, phishing_resistant=resistant, by=by)
    step = _step_up(target.level, methods, choices)
    if step is not None and _identity_suffices(present, target.level, now):
        return step
    if not resistant and target.level <= Level.SUBSTANTIAL and _vneid_may_raise(asked, present, policy):
        return StepUp("vneid_2", target.level)
    return _anew(asked, present, now, methods)


def _pursued(
    asked: Asked, present: Authentication, wish: acr.Wish, now: datetime, policy: DecisionPolicy
) -> acr.AcrTarget | Verify | None:
    """What to reach now. Beyond what the person can prove lies what they could have verified, where the service
    lets them; where identity is not what is missing, that would be a detour to the same error.
    """
    reachable = _reachable(asked, present, now, policy)
    try:
        return acr.pursue(wish, reachable)
    except UnmetAuthenticationRequirements:
        if not asked.offers_verification:
            raise
    beyond = acr.pursue(wish, replace(reachable, level=max(reachable.level, policy.verifiable)))
    if beyond is None or _identity_suffices(present, beyond.level, now):
        raise UnmetAuthenticationRequirements("the asked level can not be reached now")
    return Verify(beyond.level)


def _step_up(target: Level, methods: tuple[str, ...], choices: tuple[str, ...]) -> Step | None:
    """One more authenticator; a password is asked for on the sign-in page alone."""
    if not methods or AUTHENTICATORS[methods[0]].input == "password":
        return None
    others = (one for one in dict.fromkeys(choices) if one != methods[0] and AUTHENTICATORS[one].input != "password")
    return StepUp(methods[0], target, tuple(others))


def _anew(asked: Asked, present: Authentication, now: datetime, methods: tuple[str, ...]) -> Step:
    """`methods`: the shortest way to what is asked, where there is one."""
    if not _signed_in_here(asked, present, now):
        return Login(again=True)
    if methods and AUTHENTICATORS[methods[0]].input == "password" and _by_a_code_alone(asked, present):
        # Whoever began with a code by message goes on with the password, and is not sent back for it.
        return Login(again=True)
    raise UnmetAuthenticationRequirements("the asked level can not be reached now")


def _by_a_code_alone(asked: Asked, present: Authentication) -> bool:
    """Signed in for this very interaction by something that they have and by nothing else."""
    here = [AUTHENTICATORS[proof.method] for proof in present.session.proofs if proof.at >= asked.begun_at]
    first = [kind for kind in here if kind.primary]
    return all(kind.factor is Factor.POSSESSION and not kind.verifies_user for kind in first)


def _consent(asked: Asked, present: Authentication) -> Step | None:
    decision = present.decision
    decided_here = decision is not None and decision.decided_at >= asked.begun_at
    insist = Prompt.CONSENT in asked.request.prompt and not decided_here
    waiting = pending(asked.items, asked.terms, decision, prompt_consent=insist)
    return None if waiting is None else Consent(waiting)


def _counted(asked: Asked, present: Authentication) -> tuple[Proof, ...]:
    """With prompt=login only what was proven since counts: a second factor of this morning is not proof of now."""
    if Prompt.LOGIN not in asked.request.prompt:
        return present.session.proofs
    return tuple(proof for proof in present.session.proofs if proof.at >= asked.begun_at)


def _available(asked: Asked, present: Authentication, policy: DecisionPolicy) -> frozenset[str]:
    """Kinds that may still be asked for: none of our own for a client of VNeID alone, none of VNeID's for the others.

    Whom VNeID never vouched for is not sent there either: nobody knows whether it could.
    """
    theirs = frozenset(filter(is_upstream, present.authenticators))
    own = frozenset[str]() if asked.login_policy is LoginPolicy.VNEID_ONLY else present.authenticators - theirs
    return own | theirs if _may_ask_vneid(asked, policy) else own


def _identity_suffices(present: Authentication, target: Level, now: datetime) -> bool:
    """Where it does not, only VNeID can raise it: our own codes prove who signs in, not who that is."""
    return person_level(present.person, now) >= target


def _vneid_may_raise(asked: Asked, present: Authentication, policy: DecisionPolicy) -> bool:
    """VNeID's level 2 raises the identity as well as the sign-in, once."""
    vouched_now = any(proof.method == "vneid_2" for proof in _counted(asked, present))
    return "vneid_2" in _available(asked, present, policy) and not vouched_now


def _ladder(asked: Asked) -> Ladder:
    return ladder(accepts_restricted=asked.accepts_restricted)


def _reached_level(asked: Asked, present: Authentication, now: datetime, policy: DecisionPolicy) -> Level:
    """`acr` is the lower of the identity level and the authentication level, recomputed each time."""
    counted = replace(present.session, proofs=_counted(asked, present))
    proven = session_level(counted, now, policy.sessions, _ladder(asked)) or Level.BASIC
    level = min(person_level(present.person, now), proven)
    return min(level, OUTAGE_CEILING) if _stands_in(asked, present, policy) else level


def _reached(asked: Asked, present: Authentication, now: datetime, policy: DecisionPolicy) -> acr.Reached:
    level = _reached_level(asked, present, now, policy)
    return acr.Reached(level, is_phishing_resistant(_counted(asked, present), now))


def _reachable(asked: Asked, present: Authentication, now: datetime, policy: DecisionPolicy) -> acr.Reached:
    available = _available(asked, present, policy)
    reached = _reached(asked, present, now, policy)
    resistant = reached.phishing_resistant or can_resist_phishing(available)
    enrolled = reachable_level(available, present.caps, _ladder(asked)) or Level.BASIC
    own = min(person_level(present.person, now), enrolled)
    if _stands_in(asked, present, policy):
        return acr.Reached(max(reached.level, min(own, OUTAGE_CEILING)), resistant)
    if _vneid_may_raise(asked, present, policy):
        return acr.Reached(max(reached.level, own, Level.SUBSTANTIAL), resistant)
    return acr.Reached(max(reached.level, own), resistant)


def _asserted_level(asked: Asked, present: Authentication, now: datetime, policy: DecisionPolicy) -> Level:
    """OpenID Connect Core §5.5.1.1: an essential `acr` is answered by one of its values, the highest reached."""
    reached = _reached(asked, present, now, policy)
    required = acr.wish(asked.request, policy.issuer).required
    if required is None:
        return reached.level
    met = [target.level for target in required if acr.satisfied(target, reached)]
    if not met:
        raise UnmetAuthenticationRequirements("the essential acr can not be reached")
    return max(met)
