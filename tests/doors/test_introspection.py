"""What an API or a service learns when it asks what a token is worth."""

from datetime import timedelta

import pytest

from idp.kernel.level import Level
from idp.protocol.client import AuthMethod
from tests.doors.machine_house import ISSUER, House

API = "https://ho-so.example.vn/api"
INACTIVE = {"active": False}


async def test_a_client_sees_its_own_access_token(house: House) -> None:
    service = await house.service()
    code, grant = await house.code(service.client)
    tokens = (await house.redeem(service, code)).json()
    told = await house.introspect(service, tokens["access_token"], token_type_hint="access_token")
    assert told["active"] is True
    assert told["client_id"] == service.client.client_id
    assert told["sub"] == grant.sub
    assert told["iss"] == ISSUER
    assert told["token_type"] == "Bearer"
    assert told["acr"] == f"{ISSUER}/loa/low"
    assert not {"name", "email", "sid"} & told.keys()


async def test_an_api_sees_tokens_meant_for_it_and_no_others(house: House) -> None:
    service = await house.service(resources=frozenset({API}))
    api = await house.service(audience=API, grant_types=frozenset(), redirect_uris=())
    stranger = await house.service(audience="https://other.example.vn", grant_types=frozenset(), redirect_uris=())
    meant = (await house.tokens(service, resource=(API,)))["access_token"]
    assert (await house.introspect(api, meant))["active"] is True
    assert await house.introspect(stranger, meant) == INACTIVE
    default = await house.tokens(service)
    assert await house.introspect(api, default["access_token"]) == INACTIVE
    assert await house.introspect(api, default["refresh_token"]) == INACTIVE


async def test_a_client_sees_its_own_refresh_token_until_it_is_used(house: House) -> None:
    service, other = await house.service(), await house.service()
    tokens = await house.tokens(service)
    told = await house.introspect(service, tokens["refresh_token"], token_type_hint="refresh_token")
    assert (told["active"], told["scope"]) == (True, "openid profile email")
    assert await house.introspect(other, tokens["refresh_token"]) == INACTIVE
    await house.refresh(service, tokens["refresh_token"])
    assert await house.introspect(service, tokens["refresh_token"]) == INACTIVE


async def test_a_clients_own_token_is_introspected_without_a_grant(house: House) -> None:
    service = await house.service()
    token = (await house.token(service, {"grant_type": "client_credentials"})).json()["access_token"]
    assert (await house.introspect(service, token))["active"] is True
    await house.post("/revoke", service, {"token": token})
    assert await house.introspect(service, token) == INACTIVE


async def test_an_expired_token_is_inactive(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    house.pass_time(seconds=300)
    assert await house.introspect(service, tokens["access_token"]) == INACTIVE


async def test_a_public_client_may_not_introspect(small_house: House) -> None:
    service = await small_house.service(token_endpoint_auth_method=AuthMethod.NONE)
    answer = await small_house.post("/introspect", service, {"token": "x"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("token", ["x", "a.b.c", "." * 40, "ă", "e30.e30.e30", "x" * 20_000])
async def test_whatever_is_no_token_is_inactive(small_house: House, token: str) -> None:
    service = await small_house.service()
    assert await small_house.introspect(service, token) == INACTIVE


async def test_without_a_token_the_request_is_invalid(small_house: House) -> None:
    service = await small_house.service()
    answer = await small_house.post("/introspect", service, {})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_every_truncated_token_is_inactive(small_house: House) -> None:
    service = await small_house.service()
    tokens = await small_house.tokens(service)
    for token in (tokens["access_token"], tokens["refresh_token"]):
        for length in range(1, len(token), 11):
            assert await small_house.introspect(service, token[:length]) == INACTIVE


async def test_a_token_is_worth_no_more_than_the_evidence_that_is_left(house: House) -> None:
    """Evidence falls while the token still runs: whoever asks hears what there is, and the token stays what it is."""
    service = await house.service()
    person = await house.person(level=Level.SUBSTANTIAL)
    session = await house.session(person, "password", "totp")
    tokens = await house.tokens(service, person=person, session=session)
    assert (await house.introspect(service, tokens["access_token"]))["acr"] == f"{ISSUER}/loa/substantial"
    async with house.hall.db.unaudited_tx() as tx:
        await tx.persons.set_level(person.id, Level.SUBSTANTIAL, house.now + timedelta(minutes=1), house.now)
    house.pass_time(minutes=1)
    told = await house.introspect(service, tokens["access_token"])
    assert (told["active"], told["acr"]) == (True, f"{ISSUER}/loa/basic")
