"""Which web pages may read what: the contract's rule for each endpoint, with preflight."""

import pytest

from idp.protocol.client import AuthMethod, ClientState
from tests.doors.machine_house import House, Service

SPA = "https://spa.example.vn"
OTHER = "https://motcua.example.vn"
ALLOWED = "access-control-allow-origin"


async def spa(house: House) -> Service:
    return await house.service(
        redirect_uris=(f"{SPA}/callback", "vn.example.app:/callback"),
        token_endpoint_auth_method=AuthMethod.NONE,
        grant_types=frozenset({"authorization_code", "refresh_token"}),
    )


@pytest.mark.parametrize(("path", "methods"), [("/token", "POST"), ("/userinfo", "GET, POST"), ("/revoke", "POST")])
async def test_a_preflight_lets_registered_origins_ask(house: House, path: str, methods: str) -> None:
    await spa(house)
    asked = {"origin": SPA, "access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    answer = await house.http.options(path, headers=asked)
    assert answer.status_code == 204
    assert answer.headers[ALLOWED] == SPA
    assert answer.headers["access-control-allow-methods"] == methods
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers
    stranger = await house.http.options(path, headers={**asked, "origin": "https://evil.example"})
    assert ALLOWED not in stranger.headers


async def test_a_new_clients_origin_is_known_within_a_second(house: House) -> None:
    asked = {"origin": SPA, "access-control-request-method": "POST"}
    assert ALLOWED not in (await house.http.options("/token", headers=asked)).headers
    await spa(house)
    house.pass_time(seconds=1)
    assert ALLOWED in (await house.http.options("/token", headers=asked)).headers


async def test_a_disabled_clients_origin_is_nobodys(house: House) -> None:
    service = await spa(house)
    async with house.hall.db.unaudited_tx() as tx:
        await tx.clients.set_state(service.client.client_id, ClientState.DISABLED, house.now)
    asked = {"origin": SPA, "access-control-request-method": "POST"}
    assert ALLOWED not in (await house.http.options("/token", headers=asked)).headers


async def test_answers_are_readable_by_the_clients_own_origin_alone(house: House) -> None:
    service, other = await spa(house), await house.service(redirect_uris=(f"{OTHER}/callback",))
    assert other.client.client_id != service.client.client_id
    code, _ = await house.code(service.client)
    for origin, allowed in ((SPA, SPA), (OTHER, None), ("null", None), ("https://spa.example.vn:444", None)):
        headers = {"origin": origin}
        token = await house.token(service, {"grant_type": "refresh_token", "refresh_token": "x"}, headers=headers)
        assert token.headers.get(ALLOWED) == allowed
        assert token.headers["vary"] == "Origin"
        revoked = await house.post("/revoke", service, {"token": "x"}, headers=headers)
        assert revoked.headers.get(ALLOWED) == allowed
    tokens = (await house.redeem(service, code)).json()
    for origin, allowed in ((SPA, SPA), (OTHER, None)):
        answer = await house.userinfo(tokens["access_token"], headers={"origin": origin})
        assert answer.headers.get(ALLOWED) == allowed
    house.pass_time(minutes=6)
    expired = await house.userinfo(tokens["access_token"], headers={"origin": SPA})
    assert (expired.status_code, expired.headers[ALLOWED]) == (401, SPA)


@pytest.mark.parametrize("path", ["/introspect", "/par", "/register"])
async def test_nowhere_else(house: House, path: str) -> None:
    await spa(house)
    asked = {"origin": SPA, "access-control-request-method": "POST"}
    preflight = await house.http.options(path, headers=asked)
    assert preflight.status_code == 405
    assert ALLOWED not in preflight.headers
    assert ALLOWED not in (await house.http.post(path, headers={"origin": SPA})).headers
