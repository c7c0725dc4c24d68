"""Laws of the one decision where VNeID takes part: for every policy, state of VNeID, and way that people take."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from idp.authn.login_policy import LoginPolicy
from idp.authn.sign_in_route import OUTAGE_CEILING, Upstream, is_upstream
from idp.decision.next_step import next_step
from idp.decision.situation import Asked, Authentication
from idp.decision.step import Issue, Refuse, StepUp
from idp.identity.assurance import person_level
from idp.kernel.level import Level
from idp.protocol import acr
from idp.protocol.claims_parameter import ClaimsParameter
from idp.protocol.request import Prompt
from tests.decision.situations import ISSUER, NOW, POLICIES, Ended, situations, walk

Situation = tuple[Asked, Authentication | None]
standings = st.sampled_from(Upstream)
policies = st.sampled_from(LoginPolicy)
pauses = st.sampled_from([timedelta(0), timedelta(seconds=20), timedelta(minutes=10)])
ways = st.sampled_from(["password", "vneid_1", "vneid_2"])


def come(situation: Situation, policy: LoginPolicy, standing: Upstream, way: str, pause: timedelta) -> Ended:
    """A person who signs in by `way`, where that way exists."""
    asked, present = situation
    exists = policy is not LoginPolicy.LOCAL and standing is Upstream.AVAILABLE
    first = way if exists else "password"
    return walk(replace(asked, login_policy=policy), present, pause, POLICIES[standing], first)


@given(situations(), policies, standings)
def test_prompt_none_never_shows_a_page_wherever_vneid_is(
    situation: Situation, policy: LoginPolicy, standing: Upstream
) -> None:
    asked, present = situation
    request = replace(asked.request, prompt=frozenset({Prompt.NONE}))
    silent = replace(asked, login_policy=policy, request=request)
    assert isinstance(next_step(silent, present, NOW, POLICIES[standing]), Issue | Refuse)


@given(situations(), standings, ways, pauses)
def test_who_accepts_vneid_alone_gets_nothing_else(
    situation: Situation, standing: Upstream, way: str, pause: timedelta
) -> None:
    end = come(situation, LoginPolicy.VNEID_ONLY, standing, way, pause)
    if isinstance(end.step, Issue):
        assert end.step.proofs
        assert all(is_upstream(proof.method) for proof in end.step.proofs)


@given(situations(), policies, standings, ways, pauses)
def test_every_sign_in_ends_and_no_page_comes_twice(
    situation: Situation, policy: LoginPolicy, standing: Upstream, way: str, pause: timedelta
) -> None:
    end = come(situation, policy, standing, way, pause)
    pages = [step.method if isinstance(step, StepUp) else type(step).__name__ for step in end.steps]
    assert len(pages) == len(set(pages)), pages


@given(situations(), policies, standings, ways, pauses)
def test_what_stands_in_is_capped_and_labelled_and_nothing_else_is(
    situation: Situation, policy: LoginPolicy, standing: Upstream, way: str, pause: timedelta
) -> None:
    end = come(situation, policy, standing, way, pause)
    if not isinstance(end.step, Issue) or end.present is None:
        return
    labelled = any(proof.outage for proof in end.step.proofs)
    linked = any(map(is_upstream, end.present.authenticators))
    local = not any(is_upstream(proof.method) for proof in end.step.proofs)
    stands_in = policy is LoginPolicy.VNEID_OR_LOCAL and standing is Upstream.OUTAGE and linked and local
    assert labelled == stands_in
    if stands_in:
        assert end.step.level <= OUTAGE_CEILING
        assert all(proof.outage for proof in end.step.proofs)


@given(situations(), policies, standings, ways, pauses)
def test_the_level_is_at_most_what_identity_bears_and_at_least_what_was_asked(
    situation: Situation, policy: LoginPolicy, standing: Upstream, way: str, pause: timedelta
) -> None:
    end = come(situation, policy, standing, way, pause)
    if isinstance(end.step, Issue) and end.present is not None:
        assert end.step.level <= person_level(end.present.person, end.now)
        wish = acr.wish(end.asked.request, ISSUER)
        reached = acr.Reached(end.step.level)
        assert wish.required is None or any(acr.satisfied(target, reached) for target in wish.required)


@given(situations(), policies, st.sampled_from([Upstream.ABSENT, Upstream.OUTAGE]), pauses)
def test_nobody_is_sent_to_a_vneid_that_is_not_there(
    situation: Situation, policy: LoginPolicy, standing: Upstream, pause: timedelta
) -> None:
    end = come(situation, policy, standing, "password", pause)
    assert not [step for step in end.steps if isinstance(step, StepUp) and is_upstream(step.method)]


@given(situations(), pauses)
def test_vneid_level_two_reaches_substantial_for_whoever_comes_by_it(situation: Situation, pause: timedelta) -> None:
    asked, present = situation
    wish = (acr.url(ISSUER, Level.SUBSTANTIAL),)
    wanted = replace(asked, request=replace(asked.request, acr_values=wish, claims=ClaimsParameter()))
    end = come((wanted, present), LoginPolicy.VNEID_OR_LOCAL, Upstream.AVAILABLE, "vneid_2", pause)
    if isinstance(end.step, Issue):
        assert acr.met(acr.wish(end.asked.request, ISSUER), acr.Reached(end.step.level))
