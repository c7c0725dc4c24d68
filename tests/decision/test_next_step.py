"""Single situations that once were, or easily could be, decided wrongly; the laws stand in tests/properties."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.authn.login_policy import LoginPolicy
from idp.authn.proof import Proof
from idp.authn.sso_session import Session
from idp.consent.decision import ConsentDecision
from idp.consent.policy import Basis, ServiceTerms
from idp.decision.next_step import next_step
from idp.decision.situation import Asked, Authentication
from idp.decision.step import Consent, Issue, Login, Refuse, Step, StepUp
from idp.identity.person import Person, PersonState
from idp.kernel.level import Level
from idp.protocol import acr
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from idp.protocol.request import AuthorizationRequest, Prompt
from tests.decision.situations import (
    ISSUER,
    NOW,
    OTHER_SUB,
    PERSON,
    POLICY,
    SUB,
    SUBSTANTIAL,
    items_of,
    request,
    scope_terms,
)

LOW = acr.url(ISSUER, Level.LOW)
MINUTE = timedelta(minutes=1)


def asks(wanted: AuthorizationRequest, terms: ServiceTerms | None = None, **changes: object) -> Asked:
    plain = Asked(
        wanted,
        terms or ServiceTerms("H48.01"),
        LoginPolicy.LOCAL,
        items_of(wanted, with_claim=False, voluntary=False),
        NOW - MINUTE,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def signed_in(*proofs: tuple[str, timedelta], seen: timedelta = timedelta(0), **changes: object) -> Authentication:
    """Each proof with its age."""
    made = tuple(Proof(method, NOW - age, "a1") for method, age in proofs)
    session = Session("s1", PERSON, made, NOW - timedelta(hours=2), NOW - seen)
    person = Person(PERSON, PersonState.ACTIVE, Level.SUBSTANTIAL, {}, NOW, NOW)
    plain = Authentication(session, person, frozenset({"password", "totp"}), SUB, None)
    return replace(plain, **changes)  # type: ignore[arg-type]


def decide(wanted: Asked, present: Authentication | None) -> Step:
    return next_step(wanted, present, NOW, POLICY)


def code_of(step: Step) -> str:
    assert isinstance(step, Refuse)
    return step.error.code


PASSWORD = ("password", 2 * MINUTE)
TOTP = ("totp", 2 * MINUTE)


def test_a_stranger_signs_in_and_with_prompt_none_the_service_is_told() -> None:
    assert decide(asks(request()), None) == Login()
    assert code_of(decide(asks(request(prompt=frozenset({Prompt.NONE}))), None)) == "login_required"


def test_a_signed_in_person_is_not_asked_again() -> None:
    step = decide(asks(request()), signed_in(PASSWORD))
    assert step == Issue(Level.LOW, signed_in(PASSWORD).session.proofs)


def test_one_time_code_after_half_an_hour_away_is_asked_again_even_in_the_middle_of_an_interaction() -> None:
    """Not the password: its level is still alive; and not an error: the person can do it."""
    wanted = asks(request(acr_values=(SUBSTANTIAL,)), begun_at=NOW - 40 * MINUTE)
    away = signed_in(("password", 39 * MINUTE), ("totp", 38 * MINUTE), seen=31 * MINUTE)
    assert decide(wanted, away) == StepUp("totp", Level.SUBSTANTIAL)


def test_what_idleness_took_is_not_in_the_tokens() -> None:
    away = signed_in(("password", 39 * MINUTE), ("totp", 38 * MINUTE), seen=31 * MINUTE)
    step = decide(asks(request()), away)
    assert isinstance(step, Issue)
    assert [proof.method for proof in step.proofs] == ["password"]
    assert step.level is Level.LOW


def test_prompt_login_wants_the_second_factor_of_now() -> None:
    wanted = asks(request(prompt=frozenset({Prompt.LOGIN}), acr_values=(SUBSTANTIAL,)))
    assert decide(wanted, signed_in(PASSWORD, TOTP)) == Login(again=True)
    assert decide(wanted, signed_in(("password", timedelta(0)), TOTP)) == StepUp("totp", Level.SUBSTANTIAL)
    done = decide(wanted, signed_in(("password", timedelta(0)), ("totp", timedelta(0))))
    assert isinstance(done, Issue)
    assert done.level is Level.SUBSTANTIAL


def test_prompt_login_rests_on_nothing_older() -> None:
    step = decide(asks(request(prompt=frozenset({Prompt.LOGIN}))), signed_in(("password", timedelta(0)), TOTP))
    assert isinstance(step, Issue)
    assert [proof.method for proof in step.proofs] == ["password"]
    assert step.level is Level.LOW


@pytest.mark.parametrize("max_age", [0, 60, 119])
def test_max_age_asks_whoever_signed_in_too_long_ago(max_age: int) -> None:
    assert decide(asks(request(max_age=max_age)), signed_in(PASSWORD)) == Login(again=True)
    silent = request(max_age=max_age, prompt=frozenset({Prompt.NONE}))
    assert code_of(decide(asks(silent), signed_in(PASSWORD))) == "login_required"


def test_max_age_zero_is_met_by_the_sign_in_that_it_caused() -> None:
    assert isinstance(decide(asks(request(max_age=0)), signed_in(("password", timedelta(seconds=59)))), Issue)


def test_a_one_time_code_renews_no_sign_in() -> None:
    assert decide(asks(request(max_age=60)), signed_in(PASSWORD, ("totp", timedelta(0)))) == Login(again=True)


def test_the_hinted_person_or_nobody() -> None:
    about_rin = asks(request(hinted_sub=OTHER_SUB))
    assert decide(about_rin, signed_in(PASSWORD)) == Login(again=True)
    assert code_of(decide(about_rin, signed_in(("password", timedelta(0))))) == "login_required"
    assert isinstance(decide(asks(request(hinted_sub=SUB)), signed_in(PASSWORD)), Issue)
    never_here = signed_in(PASSWORD, sub=None)
    assert decide(asks(request(hinted_sub=SUB)), never_here) == Login(again=True)


def test_a_one_time_code_in_another_tab_does_not_make_somebody_the_wrong_person_for_good() -> None:
    """Only a sign-in since the interaction began says that somebody else came for it."""
    wanted = asks(request(hinted_sub=OTHER_SUB))
    assert decide(wanted, signed_in(PASSWORD, ("totp", timedelta(0)))) == Login(again=True)


def test_two_subs_that_contradict_are_never_satisfied() -> None:
    claims = ClaimsParameter({"sub": ClaimRequest(False, (OTHER_SUB,))}, {})
    wanted = asks(request(hinted_sub=SUB, claims=claims))
    assert decide(wanted, signed_in(PASSWORD)) == Login(again=True)
    assert code_of(decide(wanted, signed_in(("password", timedelta(0))))) == "login_required"


def test_acr_values_are_an_ordered_preference() -> None:
    here = signed_in(PASSWORD)
    assert decide(asks(request(acr_values=(SUBSTANTIAL, LOW))), here) == StepUp("totp", Level.SUBSTANTIAL)
    assert isinstance(decide(asks(request(acr_values=(LOW, SUBSTANTIAL))), here), Issue)
    without = replace(here, authenticators=frozenset({"password"}))
    assert isinstance(decide(asks(request(acr_values=(SUBSTANTIAL, LOW))), without), Issue)
    assert code_of(decide(asks(request(acr_values=(SUBSTANTIAL,))), without)) == "unmet_authentication_requirements"
    assert isinstance(decide(asks(request(acr_values=("urn:unknown",))), without), Issue)


def test_with_prompt_none_any_listed_level_will_do() -> None:
    silent = frozenset({Prompt.NONE})
    here = signed_in(PASSWORD)
    assert isinstance(decide(asks(request(acr_values=(SUBSTANTIAL, LOW), prompt=silent)), here), Issue)
    assert code_of(decide(asks(request(acr_values=(SUBSTANTIAL,), prompt=silent)), here)) == "login_required"


def test_an_identity_that_is_not_verified_bounds_the_level() -> None:
    basic = signed_in(PASSWORD, TOTP)
    basic = replace(basic, person=replace(basic.person, level=Level.BASIC))
    step = decide(asks(request()), basic)
    assert isinstance(step, Issue)
    assert step.level is Level.BASIC
    assert code_of(decide(asks(request(acr_values=(LOW,))), basic)) == "unmet_authentication_requirements"


def test_an_essential_acr_is_answered_by_one_of_its_own_values() -> None:
    claims = ClaimsParameter({}, {"acr": ClaimRequest(True, (LOW,))})
    step = decide(asks(request(claims=claims)), signed_in(PASSWORD, TOTP))
    assert isinstance(step, Issue)
    assert step.level is Level.LOW
    unknown = ClaimsParameter({}, {"acr": ClaimRequest(True, ("urn:unknown",))})
    assert code_of(decide(asks(request(claims=unknown)), signed_in(PASSWORD))) == "unmet_authentication_requirements"


@pytest.mark.parametrize("state", [state for state in PersonState if state is not PersonState.ACTIVE])
def test_who_may_not_sign_in_is_a_stranger(state: PersonState) -> None:
    here = signed_in(PASSWORD)
    assert decide(asks(request()), replace(here, person=replace(here.person, state=state))) == Login()


def test_consent_is_asked_once_and_again_when_the_words_change() -> None:
    terms = ServiceTerms("H48.01", {"profile": scope_terms(Basis.CONSENT, "Điền sẵn tờ khai", necessary=True)})
    wanted = asks(request(scope=("openid", "profile")), terms)
    assert isinstance(decide(wanted, signed_in(PASSWORD)), Consent)
    claims = wanted.items[1].claims
    agreed = ConsentDecision(PERSON, "c", NOW - 5 * MINUTE, {"profile": terms.digest("profile", claims)})
    here = signed_in(PASSWORD, decision=agreed)
    assert isinstance(decide(wanted, here), Issue)
    other_agency = replace(wanted, terms=replace(terms, agency_id="H48.02"))
    step = decide(other_agency, here)
    assert isinstance(step, Consent)
    assert step.pending.changed
    assert isinstance(decide(asks(request(prompt=frozenset({Prompt.CONSENT})), terms), here), Consent)


def test_with_prompt_none_a_question_and_a_notice_are_told_apart() -> None:
    silent = request(scope=("openid", "profile"), prompt=frozenset({Prompt.NONE}))
    for basis, code in ((Basis.CONSENT, "consent_required"), (Basis.TASK, "interaction_required")):
        terms = ServiceTerms("H48.01", {"profile": scope_terms(basis, "Trả kết quả", necessary=True)})
        assert code_of(decide(asks(silent, terms), signed_in(PASSWORD))) == code


def test_a_service_for_vneid_alone_hears_that_it_is_not_there() -> None:
    wanted = asks(request(), login_policy=LoginPolicy.VNEID_ONLY)
    assert code_of(decide(wanted, signed_in(PASSWORD))) == "temporarily_unavailable"
