"""Laws of the one decision: for every request, session, person, consent and moment that Hypothesis can think of."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from idp.authn.authenticators import AUTHENTICATORS, is_phishing_resistant, level_of
from idp.authn.own_changes import is_strongest
from idp.authn.sso_session import session_level
from idp.consent import rules
from idp.consent.policy import Basis
from idp.decision.next_step import next_step
from idp.decision.situation import Asked, Authentication
from idp.decision.step import Consent, Issue, Login, Refuse, StepUp
from idp.identity.assurance import may_sign_in, person_level
from idp.protocol import acr
from idp.protocol.request import Prompt
from tests.decision.situations import ISSUER, NOW, POLICY, situations, walk

Situation = tuple[Asked, Authentication | None]
# How long a person takes for each page.
pauses = st.sampled_from([timedelta(0), timedelta(seconds=20), timedelta(minutes=10)])


@given(situations())
def test_every_situation_has_exactly_one_next_step(situation: Situation) -> None:
    step = next_step(*situation, NOW, POLICY)
    assert isinstance(step, Login | StepUp | Consent | Issue | Refuse)
    assert step == next_step(*situation, NOW, POLICY) or isinstance(step, Refuse)


@given(situations())
def test_prompt_none_never_shows_a_page(situation: Situation) -> None:
    asked, present = situation
    silent = replace(asked, request=replace(asked.request, prompt=frozenset({Prompt.NONE})))
    assert isinstance(next_step(silent, present, NOW, POLICY), Issue | Refuse)


@given(situations(), pauses)
def test_nothing_is_issued_without_a_living_proof(situation: Situation, pause: timedelta) -> None:
    end = walk(*situation, pause)
    if isinstance(end.step, Issue):
        assert end.present is not None
        assert may_sign_in(end.present.person)
        assert end.present.session.ended_at is None
        assert session_level(end.present.session, end.now, POLICY.sessions) is not None
        assert set(end.step.proofs) <= set(end.present.session.proofs)
        assert level_of(end.step.proofs, end.now) is not None


@given(situations(), pauses)
def test_a_fresh_sign_in_means_a_primary_proof_since(situation: Situation, pause: timedelta) -> None:
    end = walk(*situation, pause)
    asked = end.asked.request
    if isinstance(end.step, Issue):
        latest = max(proof.at for proof in end.step.proofs if AUTHENTICATORS[proof.method].primary)
        if asked.prompt & {Prompt.LOGIN, Prompt.SELECT_ACCOUNT}:
            assert latest >= end.asked.begun_at
        if asked.max_age is not None:
            assert latest >= min(end.asked.begun_at, end.now - timedelta(seconds=asked.max_age))
        if Prompt.LOGIN in asked.prompt:
            assert all(proof.at >= end.asked.begun_at for proof in end.step.proofs)


@given(situations(), pauses)
def test_the_level_is_bounded_by_identity_and_proofs_and_is_what_was_asked(
    situation: Situation, pause: timedelta
) -> None:
    end = walk(*situation, pause)
    if isinstance(end.step, Issue):
        assert end.present is not None
        proven = level_of(end.step.proofs, end.now)
        assert proven is not None
        assert end.step.level <= person_level(end.present.person, end.now)
        assert end.step.level <= proven
        resistant = is_phishing_resistant(end.step.proofs, end.now)
        reached = acr.Reached(end.step.level, resistant)
        wish = acr.wish(end.asked.request, ISSUER)
        assert wish.required is None or any(acr.satisfied(target, reached) for target in wish.required)
        assert acr.met(wish, acr.Reached(min(person_level(end.present.person, end.now), proven), resistant))


@given(situations(), pauses)
def test_a_change_of_ones_own_authenticators_takes_all_that_one_can_prove_since_it_was_asked(
    situation: Situation, pause: timedelta
) -> None:
    end = walk(*situation, pause)
    if isinstance(end.step, Issue) and end.asked.strongest:
        assert end.present is not None
        fresh = [proof.method for proof in end.step.proofs if proof.at >= end.asked.begun_at]
        assert is_strongest(fresh, end.present.authenticators)


@given(situations(), pauses)
def test_the_answer_is_about_the_person_who_was_asked_for(situation: Situation, pause: timedelta) -> None:
    end = walk(*situation, pause)
    if isinstance(end.step, Issue) and end.asked.request.hinted_sub is not None:
        assert end.present is not None
        assert end.present.sub == end.asked.request.hinted_sub


@given(situations(), pauses)
def test_nothing_is_issued_before_all_was_told_and_nothing_granted_that_was_refused(
    situation: Situation, pause: timedelta
) -> None:
    end = walk(*situation, pause)
    if not isinstance(end.step, Issue) or end.present is None:
        return
    terms, decision = end.asked.terms, end.present.decision
    granted = rules.granted(end.asked.items, terms, decision)
    assert set(granted.scopes) <= set(end.asked.request.scope)
    keys = {*granted.scopes, *(f"claim:{claim}" for claim in granted.claims)}
    for item in end.asked.items:
        if item.key in keys and item.scope in terms.scopes:
            assert decision is not None
            assert decision.told[item.key] == terms.digest(item.scope, item.claims)
            if terms.scopes[item.scope].basis is Basis.CONSENT:
                assert item.key not in decision.refused


@given(situations(), pauses)
def test_no_page_is_shown_twice_for_the_same_reason(situation: Situation, pause: timedelta) -> None:
    """Whatever prompt, max_age and the level say: who does what is asked is further on afterwards."""
    asked, _ = situation
    # A lapsed or stale session may first be stepped up; no page comes back after it was answered. A change of one's
    # own authenticators may want two proofs, one for what it protects and one for what the service asked.
    steps = [
        f"{type(step).__name__} {step.method}" if asked.strongest and isinstance(step, StepUp) else type(step).__name__
        for step in walk(*situation, pause).steps
    ]
    assert len(steps) == len(set(steps)), steps
