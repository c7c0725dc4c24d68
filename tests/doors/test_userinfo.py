"""What a service learns of a person at userinfo, and who learns nothing."""

from dataclasses import replace
from typing import Any

import jwt as pyjwt
import pytest
from joserfc import jwt as jose
from joserfc.jwk import KeySet

from idp.audit import kinds
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from idp.protocol.client import ClientState
from tests.doors.machine_house import ISSUER, House

API = "https://ho-so.example.vn/api"


async def test_the_scopes_of_the_token_decide_what_is_told(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service, scope=("openid", "profile", "address"))
    answer = await house.userinfo(tokens["access_token"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["name"] == "Nguyễn Thị Ánh Tuyết"
    assert told["address"]["region"] == "Quảng Ngãi"
    assert isinstance(told["updated_at"], int)
    assert not {"email", "phone_number"} & told.keys()


async def test_post_takes_the_token_in_the_header_or_in_the_body(house: House) -> None:
    service = await house.service()
    token = (await house.tokens(service))["access_token"]
    header = await house.http.post("/userinfo", headers={"authorization": f"Bearer {token}"})
    body = await house.http.post("/userinfo", data={"access_token": token})
    assert header.json() == body.json() == (await house.userinfo(token)).json()
    both = await house.http.post(
        "/userinfo", data={"access_token": token}, headers={"authorization": f"Bearer {token}"}
    )
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")


async def test_a_token_in_the_query_is_refused(small_house: House) -> None:
    service = await small_house.service()
    token = (await small_house.tokens(service))["access_token"]
    answer = await small_house.http.get("/userinfo", params={"access_token": token})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_no_token_at_all_learns_the_scheme_and_nothing_else(small_house: House) -> None:
    answer = await small_house.http.get("/userinfo")
    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["www-authenticate"] == f'Bearer realm="{ISSUER}"'


async def test_every_changed_or_shortened_token_is_refused(small_house: House) -> None:
    service = await small_house.service()
    token: str = (await small_house.tokens(service))["access_token"]
    spoiled = {token[:-1], token + "A", token[: token.rindex(".")], token[: token.index(".")], "x", "a.b.c"}
    for index in range(0, len(token), 7):
        other = "A" if token[index] != "A" else "B"
        spoiled.add(token[:index] + other + token[index + 1 :])
    for text in spoiled:
        answer = await small_house.userinfo(text)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token"), text
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert (await small_house.userinfo(token)).status_code == 200


async def test_an_id_token_is_no_access_token(small_house: House) -> None:
    service = await small_house.service()
    assert (await small_house.userinfo((await small_house.tokens(service))["id_token"])).status_code == 401


async def test_a_token_bound_to_another_api_opens_nothing_here(house: House) -> None:
    service = await house.service(resources=frozenset({API}))
    tokens = await house.tokens(service, resource=(API,))
    answer = await house.userinfo(tokens["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    tokens = await house.tokens(service, resource=(API, ISSUER))
    assert (await house.userinfo(tokens["access_token"])).status_code == 200


async def test_a_token_without_openid_is_not_enough(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service, scope=("profile",))
    answer = await house.userinfo(tokens["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


async def test_an_expired_token_is_refused(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    house.pass_time(seconds=299)
    assert (await house.userinfo(tokens["access_token"])).status_code == 200
    house.pass_time(seconds=1)
    assert (await house.userinfo(tokens["access_token"])).status_code == 401


async def test_single_claims_that_the_person_granted_are_told_and_no_others(house: House) -> None:
    service = await house.service()
    asked = ClaimsParameter(userinfo={"phone_number": ClaimRequest(), "name#vi": ClaimRequest()})
    tokens = await house.tokens(service, scope=("openid",), claims=asked)
    told = (await house.userinfo(tokens["access_token"])).json()
    assert told.keys() == {"sub", "phone_number", "name", "name#vi"}


async def test_a_signed_answer_names_issuer_and_client(house: House) -> None:
    service = await house.service(userinfo_signed_response_alg="RS256")
    tokens = await house.tokens(service)
    answer = await house.userinfo(tokens["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    keys = KeySet.import_key_set((await house.http.get("/jwks")).json())
    claims = jose.decode(answer.text, keys, algorithms=["RS256"]).claims
    sub = pyjwt.decode(tokens["id_token"], options={"verify_signature": False})["sub"]
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, service.client.client_id, sub)
    assert claims["name"] == "Nguyễn Thị Ánh Tuyết"


async def test_the_release_is_recorded_once_for_each_token_and_by_name_alone(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service, scope=("openid", "email"))
    for _ in range(3):
        await house.userinfo(tokens["access_token"])
    [event] = await house.events(kinds.USERINFO_RELEASED)
    assert event.changed == {"claims": ["email", "email_verified", "sub"]}
    fresh = (await house.refresh(service, tokens["refresh_token"])).json()
    await house.userinfo(fresh["access_token"])
    assert len(await house.events(kinds.USERINFO_RELEASED)) == 2


async def test_a_scope_that_the_registration_lost_tells_nothing_more(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    await house.put(replace(service.client, scopes=frozenset({"openid"})))
    assert (await house.userinfo(tokens["access_token"])).json().keys() == {"sub"}
    await house.put(replace(service.client, state=ClientState.DRAFT))
    assert (await house.userinfo(tokens["access_token"])).json().keys() == {"sub"}


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b", "bearer \t", "Bearer ă"])
async def test_a_malformed_header_is_an_invalid_token(small_house: House, header: str) -> None:
    answer = await small_house.http.get("/userinfo", headers={b"authorization": header.encode()})
    assert answer.status_code == 401


async def test_another_content_type_with_a_body_is_an_invalid_request(small_house: House) -> None:
    service = await small_house.service()
    token = (await small_house.tokens(service))["access_token"]
    options: dict[str, Any] = {"json": {"access_token": token}}
    answer = await small_house.http.post("/userinfo", **options)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
