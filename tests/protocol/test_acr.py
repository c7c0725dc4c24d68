"""acr: an ordered preference, an essential claim that binds, and nothing satisfied by less."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from idp.kernel.errors import UnmetAuthenticationRequirements
from idp.kernel.level import Level
from idp.protocol.acr import Reached, Wish, level_of, met, pursue, satisfied, still_met, target_of, url, wish
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from tests.protocol.build import ISSUER, request

LOA = {level.word: url(ISSUER, level) for level in Level}
values = st.lists(st.sampled_from([*LOA.values(), "phr", "phrh", "urn:unknown", "0"]), max_size=4, unique=True).map(
    tuple
)
reached = st.builds(Reached, st.sampled_from(Level), st.booleans(), st.booleans())
acr_claims = st.builds(ClaimRequest, st.booleans(), values)


def wished(*acr_values: str, claim: ClaimRequest | None = None) -> Wish:
    claims = ClaimsParameter({}, {} if claim is None else {"acr": claim})
    return wish(request(acr_values=acr_values, claims=claims), ISSUER)


def test_levels_have_urls_under_the_issuer() -> None:
    assert LOA["substantial"] == "https://id.example.gov.vn/loa/substantial"
    assert all(level_of(ISSUER, url(ISSUER, level)) is level for level in Level)
    assert level_of(ISSUER, "https://other.example/loa/low") is None


def test_the_first_value_within_reach_is_pursued() -> None:
    preference = wished(LOA["high"], LOA["substantial"], LOA["low"])
    chosen = pursue(preference, Reached(Level.SUBSTANTIAL))
    assert chosen is not None
    assert chosen.level is Level.SUBSTANTIAL


def test_a_listed_or_higher_level_satisfies() -> None:
    assert met(wished(LOA["low"]), Reached(Level.SUBSTANTIAL))
    assert not met(wished(LOA["substantial"]), Reached(Level.LOW))


def test_unknown_values_are_ignored() -> None:
    assert wished("urn:unknown", "0") == Wish()
    assert pursue(wished("urn:unknown"), Reached(Level.BASIC)) is None
    assert met(wished("urn:unknown"), Reached(Level.BASIC))


def test_all_known_values_out_of_reach_is_the_registered_error() -> None:
    with pytest.raises(UnmetAuthenticationRequirements):
        pursue(wished("urn:unknown", LOA["high"]), Reached(Level.SUBSTANTIAL))


def test_phishing_resistance_is_no_level() -> None:
    assert not met(wished("phr"), Reached(Level.HIGH))
    assert met(wished("phr"), Reached(Level.LOW, phishing_resistant=True))
    assert not met(wished("phrh"), Reached(Level.HIGH, phishing_resistant=True))
    with pytest.raises(UnmetAuthenticationRequirements):
        pursue(wished("phr", "phrh"), Reached(Level.HIGH))


def test_an_essential_acr_claim_binds_and_a_voluntary_one_prefers() -> None:
    essential = wished(claim=ClaimRequest(essential=True, values=(LOA["substantial"],)))
    assert not met(essential, Reached(Level.LOW))
    voluntary = wished(claim=ClaimRequest(values=(LOA["low"],)))
    assert voluntary.required is None
    assert voluntary.preferred == (target_of(ISSUER, LOA["low"]),)


def test_an_essential_acr_that_nobody_knows_can_not_be_met() -> None:
    unknown = wished(claim=ClaimRequest(essential=True, values=("urn:unknown",)))
    assert not met(unknown, Reached(Level.HIGH, phishing_resistant=True, hardware_bound=True))
    with pytest.raises(UnmetAuthenticationRequirements):
        pursue(unknown, Reached(Level.HIGH))


def test_an_essential_acr_without_a_value_is_met_by_any() -> None:
    assert wished(claim=ClaimRequest(essential=True)) == Wish()


@given(values, acr_claims, reached)
def test_what_is_pursued_meets_the_wish(acr_values: tuple[str, ...], claim: ClaimRequest, reachable: Reached) -> None:
    asked = wished(*acr_values, claim=claim)
    try:
        target = pursue(asked, reachable)
    except UnmetAuthenticationRequirements:
        assert not met(asked, reachable)
        return
    assert met(asked, reachable)
    if target is None:
        assert asked == Wish()
        return
    assert satisfied(target, reachable)
    assert met(asked, Reached(target.level, target.phishing_resistant, target.hardware_bound))


@given(values, reached, reached)
def test_more_never_satisfies_less(acr_values: tuple[str, ...], one: Reached, other: Reached) -> None:
    assume(other.level >= one.level)
    assume(other.phishing_resistant >= one.phishing_resistant and other.hardware_bound >= one.hardware_bound)
    assert met(wished(*acr_values), other) or not met(wished(*acr_values), one)


def test_at_refresh_an_essential_acr_still_binds() -> None:
    claims = ClaimsParameter({}, {"acr": ClaimRequest(essential=True, values=(LOA["substantial"],))})
    assert still_met(claims, ISSUER, Reached(Level.SUBSTANTIAL))
    assert not still_met(claims, ISSUER, Reached(Level.LOW))
    assert still_met(ClaimsParameter(), ISSUER, Reached(Level.BASIC))
