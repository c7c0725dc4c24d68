"""A service asks, a citizen signs in, the service gets its answer: on both pairs of stores."""

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.protocol.client import AuthMethod
from tests.doors.machine_house import REDIRECT
from tests.doors.people_house import PeopleHouse, terms_of


async def test_one_sign_in_serves_every_service(people: PeopleHouse) -> None:
    first, second = await people.register(), await people.register()
    lai, browser = await people.citizen(), people.browser()
    page = await people.ask(browser, first)
    assert page.step == "login"
    assert "Một cửa" in page.text
    page = await people.sign_in(browser, page, lai)
    assert page.left_for is not None
    assert page.left_for.startswith(REDIRECT)
    assert page.answer["state"] == "trạng thái 1"
    assert page.answer["iss"] == people.origin
    silent = await people.ask(browser, second)
    assert silent.answer["code"]


async def test_tokens_say_who_when_and_how(people: PeopleHouse) -> None:
    service = await people.register(terms=terms_of(profile="consent", email="optional"))
    lai, browser = await people.citizen(totp=True), people.browser()
    wanted = f"{people.origin}/loa/substantial"
    page = await people.ask(browser, service, scope="openid profile email", acr_values=wanted)
    page = await people.sign_in(browser, page, lai)
    page = await people.step_up(browser, page, lai)
    page = await people.allow(browser, page, "email")
    tokens = await people.exchanged(service, page)
    keys = KeySet.import_key_set((await people.http.get("/jwks")).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
    assert claims["acr"] == wanted
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    assert claims["nonce"] == "n-0S6"
    assert claims["auth_time"] == int(people.now.timestamp())
    told = (await people.userinfo(tokens["access_token"])).json()
    assert told["name"] == "Phạm Thị Lài"
    assert told["email"] == "lai.pham@thu.example.vn"


@pytest.mark.parametrize("method", [AuthMethod.NONE, AuthMethod.CLIENT_SECRET_POST])
async def test_every_kind_of_client_completes_the_walk(town: PeopleHouse, method: AuthMethod) -> None:
    service = await town.register(token_endpoint_auth_method=method)
    page = await town.walk(town.browser(), service, await town.citizen())
    assert page.answer["code"]
