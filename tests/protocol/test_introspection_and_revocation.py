"""RFC 7662 and RFC 7009: who may learn of a token, and who may end it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from idp.kernel.clock import epoch
from idp.kernel.errors import InvalidClient, InvalidGrant, InvalidRequest
from idp.protocol import introspection, revocation
from idp.protocol.client import ClientState
from idp.protocol.parameters import Parameters
from tests.protocol.build import API, CLIENT, ISSUER, NOW, PUBLIC, json_values

PAYLOAD = {
    "iss": ISSUER,
    "aud": API,
    "sub": "pairwise-sub",
    "client_id": CLIENT.client_id,
    "scope": "openid hoso:read",
    "exp": epoch(NOW) + 300,
    "iat": epoch(NOW),
    "jti": "g.r",
    "acr": f"{ISSUER}/loa/low",
    "email": "rin@example.vn",
}
AN_API = replace(CLIENT, client_id="api", audience=API)
STRANGER = replace(CLIENT, client_id="stranger", audience="https://api.example.gov.vn/khac")


@pytest.mark.parametrize("caller", [CLIENT, AN_API])
def test_the_api_that_a_token_is_meant_for_and_its_client_see_it(caller: Any) -> None:
    answer = introspection.of_access_token(PAYLOAD, active=True, caller=caller)
    assert answer["active"] is True
    assert (answer["sub"], answer["scope"], answer["token_type"]) == ("pairwise-sub", "openid hoso:read", "Bearer")
    assert "email" not in answer


def test_to_anybody_else_it_is_inactive() -> None:
    for caller in (STRANGER, replace(CLIENT, client_id="x", audience=None)):
        assert introspection.of_access_token(PAYLOAD, active=True, caller=caller) == {"active": False}


def test_a_dead_or_unknown_token_says_nothing_of_itself() -> None:
    assert introspection.of_access_token(PAYLOAD, active=False, caller=AN_API) == {"active": False}
    assert introspection.of_access_token(None, active=True, caller=AN_API) == {"active": False}


@given(json_values, json_values)
def test_every_payload_gets_an_answer(audience: Any, client_id: Any) -> None:
    answer = introspection.of_access_token({"aud": audience, "client_id": client_id}, active=True, caller=AN_API)
    assert answer["active"] in {True, False}


def test_a_refresh_token_is_seen_by_its_client_alone() -> None:
    def seen_by(caller: Any, *, active: bool = True) -> dict[str, Any]:
        return introspection.of_refresh_token(
            client_id=CLIENT.client_id,
            scope=("openid",),
            sub="pairwise-sub",
            issued_at=NOW,
            expires_at=NOW + timedelta(days=14),
            active=active,
            caller=caller,
            issuer=ISSUER,
        )

    assert seen_by(CLIENT)["exp"] == epoch(NOW) + 14 * 86400
    assert seen_by(AN_API) == {"active": False}
    assert seen_by(CLIENT, active=False) == {"active": False}


@pytest.mark.parametrize("caller", [PUBLIC, replace(CLIENT, state=ClientState.DISABLED)])
def test_who_can_not_authenticate_may_not_ask(caller: Any) -> None:
    with pytest.raises(InvalidClient):
        introspection.check_caller(caller)
    introspection.check_caller(CLIENT)


def test_a_token_must_be_named() -> None:
    for parse in (introspection.parse, revocation.parse):
        with pytest.raises(InvalidRequest):
            parse(Parameters({}))
        request = parse(Parameters.of([("token", "t"), ("token_type_hint", "whatever")]))
        assert (request.token.reveal(), request.hint) == ("t", "whatever")


def test_only_its_own_client_ends_a_token() -> None:
    revocation.check_owner(CLIENT, CLIENT.client_id)
    with pytest.raises(InvalidGrant):
        revocation.check_owner(CLIENT, "other")
