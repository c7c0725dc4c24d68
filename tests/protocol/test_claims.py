"""Which claims a request reaches, and what leaves the house at userinfo and in the ID token."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.protocol.claims import CLAIMS, SingleClaim, id_token_claims, is_known, single_claims, userinfo
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from idp.protocol.scope import SCOPES, claims_of
from tests.protocol.build import CLIENT, DRAFT, request

FACTS: dict[str, Any] = {
    "name": "Đinh Văn Rin",
    "name#en": "Dinh Van Rin",
    "given_name": "Rin",
    "birthdate": "1990-07-05",
    "gender": "male",
    "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
    "email": "rin@example.vn",
    "email_verified": True,
    "phone_number": "+84900000001",
    "phone_number_verified": False,
    "address": {"formatted": "Xã Ba Tơ, Quảng Ngãi", "locality": "Xã Ba Tơ", "country": "VN", "district": "Ba Tơ"},
    "national_id": "051090990218",
}
NOTHING = ClaimsParameter()

scopes = st.lists(st.sampled_from([*SCOPES, "hoso:read"]), unique=True).map(tuple)
names = st.frozensets(st.sampled_from([*FACTS, "name#vi", "sub", "religion"]))
asked_for = st.builds(
    lambda one, two: ClaimsParameter(dict.fromkeys(one, ClaimRequest()), dict.fromkeys(two, ClaimRequest())),
    names,
    names,
)


def bases(released: dict[str, Any]) -> set[str]:
    return {name.partition("#")[0] for name in released} - {"sub"}


@given(scopes, asked_for, names, st.lists(st.sampled_from(["vi", "en", "km"])).map(tuple))
def test_nothing_is_released_that_no_scope_and_no_grant_covers(
    scope: tuple[str, ...], asked: ClaimsParameter, granted: frozenset[str], locales: tuple[str, ...]
) -> None:
    told = userinfo("sub", scope, asked, granted, FACTS, locales)
    assert bases(told) <= claims_of(scope) | (granted & {name.partition("#")[0] for name in asked.userinfo})
    in_token = id_token_claims(scope, asked, granted, FACTS, locales)
    assert bases(in_token) <= {name.partition("#")[0] for name in asked.id_token}
    assert bases(in_token) <= claims_of(scope) | granted
    assert "national_id" not in bases(told) | bases(in_token)
    assert None not in told.values()


def test_claims_of_scopes_come_from_userinfo_and_not_from_the_id_token() -> None:
    told = userinfo("s", ("openid", "profile", "email"), NOTHING, frozenset(), FACTS)
    assert told == {
        "sub": "s",
        "name": "Đinh Văn Rin",
        "given_name": "Rin",
        "birthdate": "1990-07-05",
        "gender": "male",
        "updated_at": 1767225600,
        "email": "rin@example.vn",
        "email_verified": True,
    }
    assert id_token_claims(("openid", "profile", "email"), NOTHING, frozenset(), FACTS) == {}


def test_the_id_token_carries_what_was_asked_for_it_by_name() -> None:
    asked = ClaimsParameter({}, {"email": ClaimRequest(), "name": ClaimRequest()})
    assert id_token_claims(("openid", "email"), asked, frozenset(), FACTS) == {"email": "rin@example.vn"}
    assert id_token_claims(("openid",), asked, frozenset({"name"}), FACTS) == {"name": "Đinh Văn Rin"}


def test_a_claim_in_another_language_is_tagged() -> None:
    told = userinfo("s", ("openid", "profile"), NOTHING, frozenset(), FACTS, ("en", "vi", "km"))
    assert (told["name"], told["name#en"], told["name#vi"]) == ("Đinh Văn Rin", "Dinh Van Rin", "Đinh Văn Rin")
    assert "name#km" not in told
    assert "gender#vi" not in told
    asked = ClaimsParameter({"name#vi": ClaimRequest()}, {})
    assert userinfo("s", ("openid",), asked, frozenset({"name"}), FACTS)["name#vi"] == "Đinh Văn Rin"


def test_an_address_has_no_district() -> None:
    told = userinfo("s", ("openid", "address"), NOTHING, frozenset(), FACTS)
    assert set(told["address"]) == {"formatted", "locality", "country"}


def test_a_single_claim_outside_the_requested_scopes_is_an_item_of_its_own() -> None:
    asked = ClaimsParameter(
        {"email": ClaimRequest(voluntary=True), "name": ClaimRequest(), "phone_number": ClaimRequest(essential=True)},
        {"phone_number": ClaimRequest(voluntary=True), "religion": ClaimRequest(), "sub": ClaimRequest()},
    )
    items = single_claims(request(scope=("openid", "profile"), claims=asked), CLIENT)
    assert items == (SingleClaim("email", "email", True), SingleClaim("phone_number", "phone", False))


def test_a_claim_of_a_scope_that_was_not_registered_is_never_asked() -> None:
    asked = ClaimsParameter({"email": ClaimRequest(essential=True)}, {})
    assert single_claims(request(claims=asked), replace(CLIENT, scopes=frozenset({"openid"}))) == ()
    assert single_claims(request(claims=asked), DRAFT) == ()
    assert single_claims(request(claims=asked, scope=("hoso:read",)), CLIENT) == ()


@pytest.mark.parametrize("name", ["name", "name#vi", "acr", "sub"])
def test_known_claims(name: str) -> None:
    assert is_known(name)
    assert not is_known("religion")
    assert set(CLAIMS) == claims_of(SCOPES) - {"sub"}
