"""Situations as Hypothesis draws them: any request, any session, any person, any decision, at any time."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from idp.authn.login_policy import LoginPolicy
from idp.authn.proof import Proof
from idp.authn.sign_in_route import Upstream, is_upstream
from idp.authn.sso_session import Session, SessionPolicy, surviving_proofs
from idp.consent import rules
from idp.consent.decision import ConsentDecision
from idp.consent.items import Item, claim_item, scope_item
from idp.consent.policy import Basis, ScopeTerms, ServiceTerms
from idp.decision.next_step import next_step
from idp.decision.situation import Asked, Authentication, DecisionPolicy
from idp.decision.step import Consent, Issue, Login, Refuse, Step, StepUp
from idp.identity.assurance import may_sign_in
from idp.identity.person import Fact, Person, PersonState
from idp.kernel.errors import TemporarilyUnavailable
from idp.kernel.level import Level
from idp.protocol import acr, scope
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from idp.protocol.request import AuthorizationRequest, Prompt, ResponseMode

ISSUER = "https://id.example.vn"
POLICY = DecisionPolicy(ISSUER, SessionPolicy())
POLICIES = {upstream: DecisionPolicy(ISSUER, SessionPolicy(), upstream) for upstream in Upstream}
NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
SUB, OTHER_SUB = "sub-of-lai", "sub-of-rin"
CLIENT, PERSON = "one_stop_shop", "lai"
SCOPES = ("openid", "profile", "email", "phone", "offline_access")
ACR_VALUES = (*(acr.url(ISSUER, level) for level in Level), "phr", "phrh", "urn:mace:incommon:iap:silver")

SUBSTANTIAL = acr.url(ISSUER, Level.SUBSTANTIAL)

# Around every limit that the rules know: idle 30 and 60 minutes, total 1 and 12 hours, and clocks that disagree.
ages = st.sampled_from([-90, 0, 1, 30, 299, 1799, 1801, 3599, 3601, 7200, 43199, 43201, 90000])
moments = ages.map(lambda seconds: NOW - timedelta(seconds=seconds))

KINDS = (*[frozenset({"password", "totp"})] * 2, frozenset({"password"}), frozenset({"wax"}))
AT_VNEID = (frozenset[str](), frozenset({"vneid_1"}), frozenset({"vneid_2"}))

PROMPTS = (
    frozenset[Prompt](),
    frozenset({Prompt.NONE}),
    frozenset({Prompt.LOGIN}),
    frozenset({Prompt.CONSENT}),
    frozenset({Prompt.SELECT_ACCOUNT}),
    frozenset({Prompt.LOGIN, Prompt.CONSENT}),
    frozenset({Prompt.LOGIN, Prompt.CONSENT, Prompt.SELECT_ACCOUNT}),
)


def request(**changes: object) -> AuthorizationRequest:
    plain = AuthorizationRequest(CLIENT, "https://motcua.example.vn/cb", ResponseMode.QUERY, ("openid",))
    return replace(plain, **changes)  # type: ignore[arg-type]


acr_claims = st.builds(ClaimRequest, st.booleans(), st.lists(st.sampled_from(ACR_VALUES), max_size=3).map(tuple))
sub_claims = st.sampled_from([*[ClaimRequest()] * 6, ClaimRequest(False, (SUB,)), ClaimRequest(False, (OTHER_SUB,))])
claims_parameters = st.builds(
    ClaimsParameter,
    st.fixed_dictionaries({}, optional={"sub": sub_claims}),
    st.fixed_dictionaries({}, optional={"acr": acr_claims, "sub": sub_claims}),
)
requests = st.builds(
    request,
    scope=st.lists(st.sampled_from(SCOPES), unique=True).map(tuple),
    prompt=st.sampled_from(PROMPTS),
    max_age=st.sampled_from([None, 0, 1, 300, 3600, 100_000]),
    acr_values=st.one_of(st.just((SUBSTANTIAL,)), st.lists(st.sampled_from(ACR_VALUES), max_size=3).map(tuple)),
    hinted_sub=st.sampled_from([*[None] * 8, SUB, OTHER_SUB]),
    claims=claims_parameters,
)


def scope_terms(basis: Basis, purpose: str, *, necessary: bool) -> ScopeTerms:
    return ScopeTerms(basis, {"vi": purpose}, {"vi": "Điều 9"}, necessary)


all_terms = st.builds(
    ServiceTerms,
    st.sampled_from(["H48.01", "H48.02"]),
    st.dictionaries(
        st.sampled_from(SCOPES),
        st.builds(
            scope_terms,
            st.sampled_from(Basis),
            st.sampled_from(["Điền sẵn tờ khai", "Trả kết quả"]),
            necessary=st.booleans(),
        ),
    ),
)


def items_of(asked: AuthorizationRequest, *, with_claim: bool, voluntary: bool) -> tuple[Item, ...]:
    items = tuple(scope_item(name, scope.claims_of([name])) for name in asked.scope)
    single = claim_item("email", "email", voluntary)
    return (*items, single) if with_claim and "email" not in asked.scope else items


def _asked(
    wanted: AuthorizationRequest,
    terms: ServiceTerms,
    policy: LoginPolicy,
    with_claim: bool,
    voluntary: bool,
    begun_at: datetime,
    strongest: bool,
    accepts_restricted: bool,
) -> Asked:
    items = items_of(wanted, with_claim=with_claim, voluntary=voluntary)
    strongest = strongest and Prompt.LOGIN in wanted.prompt
    return Asked(wanted, terms, policy, items, begun_at, strongest, accepts_restricted)


asked = st.builds(
    _asked,
    requests,
    all_terms,
    st.sampled_from([*[LoginPolicy.LOCAL] * 8, *LoginPolicy]),
    st.booleans(),
    st.booleans(),
    moments.map(lambda moment: min(moment, NOW)),
    st.booleans(),
    st.booleans(),
)
caps = st.sampled_from([Level.HIGH, Level.HIGH, Level.LOW, Level.SUBSTANTIAL])
methods = st.sampled_from(
    ["password", "totp", "password", "passkey", "wax", "vneid_1", "vneid_2", "sms_code", "code_card", "pin"]
)
proofs = st.builds(Proof, methods, moments, st.just("a1"), cap=caps)
sessions = st.one_of(
    st.builds(
        lambda age, methods: Session(
            "s1",
            PERSON,
            tuple(Proof(method, NOW - timedelta(seconds=age), "a1") for method in methods),
            NOW - timedelta(seconds=age),
            NOW,
        ),
        st.sampled_from([0, 30, 600]),
        st.sampled_from(
            [
                ("password",),
                ("password", "totp"),
                ("passkey",),
                ("password", "recovery_code"),
                ("sms_code",),
                ("password", "sms_code"),
                ("code_card", "pin"),
                ("vneid_1",),
                ("vneid_2",),
                ("password", "vneid_2"),
            ]
        ),
    ),
    st.builds(
        Session,
        st.just("s1"),
        st.just(PERSON),
        st.lists(proofs, min_size=1, max_size=3).map(tuple),
        moments,
        moments,
        st.sampled_from([None, None, None, NOW]),
    ),
)
persons = st.builds(
    Person,
    st.just(PERSON),
    st.sampled_from([PersonState.ACTIVE, PersonState.ACTIVE, *PersonState]),
    st.sampled_from([Level.SUBSTANTIAL, Level.SUBSTANTIAL, Level.HIGH, *Level]),
    st.just({"name": Fact("Phạm Thị Lài", "demo", NOW)}),
    st.just(NOW),
    st.just(NOW),
    st.sampled_from([None, NOW - timedelta(days=1), NOW + timedelta(days=1)]),
)


@st.composite
def decisions(draw: st.DrawFn, about: Asked) -> ConsentDecision | None:
    """None, or what was decided about some of the items, on these terms or on older ones."""
    if draw(st.booleans()):
        return None
    told = {
        item.key: draw(st.sampled_from([about.terms.digest(item.scope, item.claims), "older terms"]))
        for item in about.items
        if item.scope in about.terms.scopes and draw(st.booleans())
    }
    refused = frozenset(key for key in told if draw(st.booleans()))
    return ConsentDecision(PERSON, CLIENT, draw(moments), told, frozenset(), refused)


_ENROLLED = (
    *[frozenset({"password", "totp"})] * 2,
    frozenset({"password"}),
    frozenset({"passkey"}),
    frozenset({"password", "totp", "passkey", "recovery_code"}),
    frozenset({"password", "sms_code"}),
    frozenset({"password", "email_code", "totp"}),
    frozenset({"code_card", "pin"}),
    frozenset({"password", "code_card", "pin", "sms_code"}),
    frozenset({"wax"}),
)


@st.composite
def authentications(draw: st.DrawFn, about: Asked) -> Authentication | None:
    if draw(st.integers(0, 9)) == 0:
        return None
    return Authentication(
        draw(sessions),
        draw(persons),
        draw(st.sampled_from(_ENROLLED)) | draw(st.sampled_from(AT_VNEID)),
        draw(st.sampled_from([SUB, SUB, SUB, None, OTHER_SUB])),
        draw(decisions(about)),
        draw(st.dictionaries(st.sampled_from(["totp", "passkey"]), caps)),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Asked, Authentication | None]:
    about = draw(asked)
    return about, draw(authentications(about))


@dataclass(frozen=True, slots=True)
class Ended:
    """Where a willing and able person comes to: the last step, when, and which pages they answered on the way."""

    step: Issue | Refuse
    asked: Asked
    present: Authentication | None
    now: datetime
    steps: tuple[Step, ...]


_LONGEST_WALK = 12


def walk(
    asked: Asked, present: Authentication | None, pause: timedelta, policy: DecisionPolicy = POLICY, first: str = ""
) -> Ended:
    """Do whatever is asked, by the same rules by which flows record it."""
    now, steps = NOW, list[Step]()
    for _ in range(_LONGEST_WALK):
        step = next_step(asked, present, now, policy)
        if isinstance(step, Issue | Refuse):
            return Ended(step, asked, present, now, tuple(steps))
        now += pause
        # As the doors do: what a form answers is decided anew when it arrives; meanwhile a session may have lapsed.
        if type(next_step(asked, present, now, policy)) is type(step):
            if _nobody_can(step, asked, policy):
                return Ended(Refuse(TemporarilyUnavailable("the outage page")), asked, present, now, tuple(steps))
            steps.append(step)
            present = _done(step, asked, present, now, first)
    raise AssertionError(f"this sign-in never ends: {steps}")


def _nobody_can(step: Step, asked: Asked, policy: DecisionPolicy) -> bool:
    """Where VNeID alone is accepted and away, the sign-in page says so and has nothing to fill in."""
    only = asked.login_policy is LoginPolicy.VNEID_ONLY
    return only and isinstance(step, Login) and policy.upstream is Upstream.OUTAGE


def _done(step: Step, asked: Asked, present: Authentication | None, now: datetime, first: str) -> Authentication:
    match step:
        case Login():
            here = present is not None and may_sign_in(present.person) and present.session.ended_at is None
            own = _own_way_in(present) if present and here else "password"
            method = "vneid_2" if asked.login_policy is LoginPolicy.VNEID_ONLY else first or own
            return _vouched(_with_pin(_proven(present if here else None, method, now), method, now), method)
        case StepUp(method) if present is not None:
            assert method in present.authenticators
            return _vouched(_with_pin(_proven(present, method, now), method, now), method)
        case Consent(waiting) if present is not None:
            decision = rules.allow(waiting.shown, asked.terms, present.decision, (), PERSON, CLIENT, now)
            return replace(present, decision=decision)
        case _:
            raise AssertionError(step)


def _own_way_in(present: Authentication) -> str:
    ways = ("password", "code_card", "passkey", "sms_code")
    return next((way for way in ways if way in present.authenticators), "password")


def _with_pin(present: Authentication, method: str, now: datetime) -> Authentication:
    """The page of a code card takes the PIN with it, where there is one."""
    if method not in ("code_card", "pin") or "pin" not in present.authenticators:
        return present
    return _proven(_proven(present, "code_card", now), "pin", now)


def _vouched(present: Authentication, method: str) -> Authentication:
    """As `flows.vneid_admission`: a link is made or renewed, and level 2 raises whom it vouches for."""
    if not is_upstream(method):
        return present
    own = frozenset(kind for kind in present.authenticators if not is_upstream(kind))
    present = replace(present, authenticators=own | {method})
    if method != "vneid_2":
        return present
    raised = present.person.level_ends_at is not None or present.person.level < Level.SUBSTANTIAL
    level = max(present.person.level, Level.SUBSTANTIAL)
    person = replace(present.person, level=level, level_ends_at=None) if raised else present.person
    return replace(present, person=person)


def _proven(present: Authentication | None, method: str, now: datetime) -> Authentication:
    """As `flows.sessions.prove`: what survived stays, the same method is replaced, the session was seen."""
    proof = Proof(method, now, "a1", cap=present.caps.get(method, Level.HIGH) if present else Level.HIGH)
    if present is None:
        someone = Person("rin", PersonState.ACTIVE, Level.SUBSTANTIAL, {}, NOW, NOW)
        return Authentication(Session("s2", "rin", (proof,), now, now), someone, frozenset({"password"}), None, None)
    surviving = surviving_proofs(present.session, now, POLICY.sessions)
    kept = tuple(one for one in surviving if one.method != method)
    return replace(present, session=replace(present.session, proofs=(*kept, proof), last_seen_at=now))
