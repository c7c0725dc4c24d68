"""The claim that says how a sign-in was made."""

from datetime import UTC, datetime

from idp.authn.authenticators import AUTHENTICATORS, amr_of, level_of, proof_from_json, proof_to_json
from idp.authn.proof import Proof
from idp.authn.sign_in_route import Route, is_upstream, route_of
from idp.kernel.level import Level

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def proof(method: str, *, outage: bool = False) -> Proof:
    return Proof(method, NOON, "a1", outage)


def test_the_route_is_vneid_where_vneid_vouched() -> None:
    assert route_of([proof("password")]) is Route.LOCAL
    assert route_of([proof("password", outage=True)]) is Route.OUTAGE
    assert route_of([proof("password"), proof("vneid_1")]) is Route.VNEID
    assert {name for name in AUTHENTICATORS if is_upstream(name)} == {"vneid_1", "vneid_2"}


def test_levels_of_vneid_are_those_of_the_domain_and_no_method_is_guessed() -> None:
    assert level_of([proof("vneid_1")], NOON) is Level.LOW
    assert level_of([proof("vneid_2")], NOON) is Level.SUBSTANTIAL
    assert amr_of([proof("vneid_2")], NOON) == ()
    assert amr_of([proof("password"), proof("vneid_2")], NOON) == ("pwd",)


def test_a_grant_remembers_what_stood_in() -> None:
    for one in (proof("password"), proof("totp", outage=True)):
        assert proof_from_json(proof_to_json(one)) == one
    assert "outage" not in proof_to_json(proof("password"))
