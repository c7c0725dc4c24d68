"""How a service proves who it is, by each registered method and by no other."""

import base64
from typing import Any
from urllib.parse import quote_plus

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.audit import kinds
from idp.kernel.clock import epoch
from idp.kernel.ids import new_id
from idp.protocol.client import AuthMethod, ClientState
from tests.doors.machine_house import ISSUER, House, Service

CC = {"grant_type": "client_credentials"}
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = ECKey.generate_key("P-256", {"kid": "2026-1"})
JWKS = {"keys": [KEY.as_dict(private=False)]}


async def keyed(house: House) -> Service:
    return await house.service(token_endpoint_auth_method=AuthMethod.PRIVATE_KEY_JWT, jwks=JWKS)


def assertion(house: House, service: Service, *, key: ECKey = KEY, alg: str = "ES256", **claims: Any) -> dict[str, str]:
    payload = {
        "iss": service.client.client_id,
        "sub": service.client.client_id,
        "aud": ISSUER,
        "jti": new_id(),
        "exp": epoch(house.now) + 60,
        **claims,
    }
    kept = {name: value for name, value in payload.items() if value is not None}
    token = jwt.encode({"alg": alg, "kid": "2026-1"}, kept, key, algorithms=[alg])
    return {"client_assertion_type": ASSERTION, "client_assertion": token}


async def test_basic_takes_the_secret_form_urlencoded(small_house: House) -> None:
    service = await small_house.service(client_id="một cửa:1")
    answer = await small_house.token(service, CC)
    assert answer.status_code == 200, answer.text
    [event] = await small_house.events(kinds.CLIENT_TOKEN_ISSUED)
    assert event.client_id == "một cửa:1"


async def test_post_takes_the_secret_in_the_body(small_house: House) -> None:
    service = await small_house.service(token_endpoint_auth_method=AuthMethod.CLIENT_SECRET_POST)
    form = {**CC, "client_id": service.client.client_id, "client_secret": service.secret.reveal()}
    assert (await small_house.http.post("/token", data=form)).status_code == 200


async def test_another_method_than_the_registered_one_is_refused(small_house: House) -> None:
    basic = await small_house.service()
    form = {**CC, "client_id": basic.client.client_id, "client_secret": basic.secret.reveal()}
    answer = await small_house.http.post("/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")
    only_named = await small_house.http.post("/token", data={**CC, "client_id": basic.client.client_id})
    assert only_named.json()["error"] == "invalid_client"


async def test_a_wrong_secret_and_an_unknown_client_get_the_same_answer(small_house: House) -> None:
    service = await small_house.service()
    wrong = await small_house.http.post("/token", data=CC, auth=(service.client.client_id, "sai"))
    unknown = await small_house.http.post("/token", data=CC, auth=("ai-đó", "sai"))
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


async def test_two_methods_at_once_are_an_invalid_request(small_house: House) -> None:
    service = await small_house.service()
    form = {**CC, "client_id": service.client.client_id, "client_secret": service.secret.reveal()}
    answer = await small_house.token(service, form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    twice = [("authorization", "Basic eA=="), ("authorization", "Basic eQ=="), ("content-type", FORM)]
    answer = await small_house.http.post("/token", content="grant_type=client_credentials", headers=twice)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "credentials", ["", "Basic", "Basic !", "Bearer x", "Basic " + base64.b64encode(b"a").decode()]
)
async def test_a_broken_header_is_an_invalid_client(small_house: House, credentials: str) -> None:
    answer = await small_house.http.post("/token", data=CC, headers={"authorization": credentials})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_disabled_client_is_refused_at_once(house: House) -> None:
    service = await house.service()
    assert (await house.token(service, CC)).status_code == 200
    async with house.hall.db.unaudited_tx() as tx:
        await tx.clients.set_state(service.client.client_id, ClientState.DISABLED, house.now)
    # The cached registration may still say otherwise: the statement that issues does not believe it.
    assert (await house.token(service, CC)).json()["error"] == "invalid_client"


async def test_an_assertion_signed_by_the_registered_key_is_accepted_once(house: House) -> None:
    service = await keyed(house)
    signed = assertion(house, service)
    first = await house.http.post("/token", data={**CC, **signed})
    assert first.status_code == 200, first.text
    again = await house.http.post("/token", data={**CC, **signed})
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/token", [f"{ISSUER}/token", "https://other.example.vn"]])
async def test_an_assertion_is_made_out_to_the_issuer_or_an_endpoint(small_house: House, audience: object) -> None:
    service = await keyed(small_house)
    answer = await small_house.http.post("/token", data={**CC, **assertion(small_house, service, aud=audience)})
    assert answer.status_code == 200


async def test_an_assertion_may_be_made_out_to_the_endpoint_that_is_called(small_house: House) -> None:
    service = await keyed(small_house)
    signed = assertion(small_house, service, aud=f"{ISSUER}/introspect")
    assert (await small_house.http.post("/introspect", data={"token": "x", **signed})).json() == {"active": False}
    signed = assertion(small_house, service, aud=f"{ISSUER}/introspect")
    assert (await small_house.http.post("/token", data={**CC, **signed})).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://other.example.vn"},
        {"aud": None},
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"jti": None},
        {"exp": None},
        {"exp": 1},
        {"exp": 10**11},
        {"exp": "soon"},
        {"nbf": 10**11},
    ],
)
async def test_an_assertion_with_a_wrong_claim_is_refused(small_house: House, claims: dict[str, Any]) -> None:
    service = await keyed(small_house)
    answer = await small_house.http.post("/token", data={**CC, **assertion(small_house, service, **claims)})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_an_assertion_by_another_key_is_refused(small_house: House) -> None:
    service = await keyed(small_house)
    forged = assertion(small_house, service, key=ECKey.generate_key("P-256"))
    assert (await small_house.http.post("/token", data={**CC, **forged})).status_code == 401


@pytest.mark.parametrize("alg", ["none", "HS256", "RS384", "ES512", "", "💥"])
async def test_no_weak_mac_or_unknown_algorithm_is_ever_accepted(small_house: House, alg: str) -> None:
    service = await keyed(small_house)
    head = base64.urlsafe_b64encode(f'{{"alg":"{alg}","kid":"2026-1"}}'.encode()).rstrip(b"=").decode()
    signed = assertion(small_house, service)
    signed["client_assertion"] = ".".join([head, *signed["client_assertion"].split(".")[1:]])
    answer = await small_house.http.post("/token", data={**CC, **signed})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_public_client_names_itself_and_gets_no_token_of_its_own(small_house: House) -> None:
    service = await small_house.service(token_endpoint_auth_method=AuthMethod.NONE)
    answer = await small_house.token(service, CC)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


async def test_client_credentials_give_a_token_for_itself_and_nothing_more(house: House) -> None:
    api = "https://ho-so.example.vn/api"
    service = await house.service(resources=frozenset({api}), scopes=frozenset({"openid", "ho_so:read"}))
    answer = await house.token(service, {**CC, "scope": "ho_so:read", "resource": api})
    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "scope"}
    for form in ({"scope": "openid"}, {"scope": "profile"}, {"scope": "offline_access"}, {"scope": "unknown"}):
        assert (await house.token(service, {**CC, **form})).json()["error"] == "invalid_scope"
    refused = await house.token(service, {**CC, "resource": "https://other.example.vn"})
    assert refused.json()["error"] == "invalid_target"
    assert (await house.userinfo(answer.json()["access_token"])).status_code == 401
    plain = (await house.token(service, CC)).json()["access_token"]
    assert (await house.userinfo(plain)).status_code == 403


async def test_a_grant_type_is_known_and_registered(small_house: House) -> None:
    service = await small_house.service(grant_types=frozenset({"authorization_code"}))
    for grant_type, error in (
        ("client_credentials", "unauthorized_client"),
        ("refresh_token", "unauthorized_client"),
        ("password", "unsupported_grant_type"),
        ("urn:ietf:params:oauth:grant-type:device_code", "unsupported_grant_type"),
        ("", "invalid_request"),
    ):
        answer = await small_house.token(service, {"grant_type": grant_type})
        assert (answer.status_code, answer.json()["error"]) == (400, error), quote_plus(grant_type)
