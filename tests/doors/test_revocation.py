"""A service gives tokens back, and what else ends them: every way out acts on every way in."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest

from idp.audit import kinds
from idp.identity.person import PersonState
from idp.protocol.client import ClientState
from idp.protocol.grant import Grant
from tests.doors.machine_house import House, Service, open_house
from tests.stand.postgres import Postgres

INACTIVE = {"active": False}


async def test_revoking_an_access_token_ends_it_alone(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    answer = await house.post("/revoke", service, {"token": tokens["access_token"]})
    assert (answer.status_code, answer.content) == (200, b"")
    assert await house.introspect(service, tokens["access_token"]) == INACTIVE
    assert (await house.userinfo(tokens["access_token"])).status_code == 401
    assert (await house.refresh(service, tokens["refresh_token"])).status_code == 200


async def test_revoking_a_refresh_token_ends_the_whole_grant(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    await house.post("/revoke", service, {"token": tokens["refresh_token"], "token_type_hint": "refresh_token"})
    assert await house.introspect(service, tokens["access_token"]) == INACTIVE
    assert (await house.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_revoking_twice_is_no_error_and_one_event(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    for token in ("access_token", "refresh_token"):
        for _ in range(2):
            assert (await house.post("/revoke", service, {"token": tokens[token]})).status_code == 200
    assert len(await house.events(kinds.TOKEN_REVOKED)) == 2


@pytest.mark.parametrize("token", ["unknown", "a.b.c", "ă" * 99])
async def test_an_unknown_token_is_revoked_already(small_house: House, token: str) -> None:
    service = await small_house.service()
    assert (await small_house.post("/revoke", service, {"token": token})).status_code == 200


async def test_another_clients_token_is_refused_and_stays(house: House) -> None:
    service, other = await house.service(), await house.service()
    tokens = await house.tokens(service)
    for token in ("access_token", "refresh_token"):
        answer = await house.post("/revoke", other, {"token": tokens[token]})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await house.introspect(service, tokens["access_token"]))["active"] is True


@pytest.mark.slow
async def test_a_database_that_does_not_answer_is_no_success(small_house: House, sqlite_url: str) -> None:
    """fosite CVE-2020-15223: the error was swallowed, and the client believed that its token had ended."""
    service = await small_house.service()
    tokens = await small_house.tokens(service)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        answer = await small_house.post("/revoke", service, {"token": tokens["access_token"]})
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert "retry-after" in answer.headers
    assert (await small_house.introspect(service, tokens["access_token"]))["active"] is True


async def test_without_its_database_every_endpoint_says_try_again(
    upgraded_postgres_url: str, postgres: Postgres
) -> None:
    async with open_house(upgraded_postgres_url, None) as house:
        service = await house.service()
        code, _ = await house.code(service.client)
        tokens = await house.tokens(service)
        await house.hall.clients.get(service.client.client_id, house.now)
        postgres.drop(upgraded_postgres_url)
        answers = [
            await house.redeem(service, code),
            await house.refresh(service, tokens["refresh_token"]),
            await house.token(service, {"grant_type": "client_credentials"}),
            await house.userinfo(tokens["access_token"]),
            await house.post("/introspect", service, {"token": tokens["access_token"]}),
            await house.post("/revoke", service, {"token": tokens["access_token"]}),
            await house.post("/revoke", service, {"token": tokens["refresh_token"]}),
        ]
        assert {(answer.status_code, answer.json()["error"]) for answer in answers} == {
            (503, "temporarily_unavailable")
        }


async def suspend(house: House, grant: Grant) -> None:
    async with house.hall.db.unaudited_tx() as tx:
        await tx.persons.set_state(grant.person_id, PersonState.SUSPENDED, house.now)


async def disable(house: House, grant: Grant) -> None:
    async with house.hall.db.unaudited_tx() as tx:
        await tx.clients.set_state(grant.client_id, ClientState.DISABLED, house.now)


async def sign_out(house: House, grant: Grant) -> None:
    async with house.hall.db.unaudited_tx() as tx:
        await tx.sessions.end(grant.session_id, house.now)


async def withdraw(house: House, grant: Grant) -> None:
    async with house.hall.db.unaudited_tx() as tx:
        await tx.grants.revoke_all(grant.person_id, grant.client_id, house.now)


End = Callable[[House, Grant], Awaitable[None]]


@pytest.mark.parametrize("end", [suspend, disable, sign_out, withdraw])
async def test_each_end_acts_on_every_way_in_at_once(house: House, end: End) -> None:
    """Keycloak, authentik and ZITADEL each forgot a path (lesson 14): code, refresh, introspection, userinfo."""
    service = await house.service()
    witness = await house.service(audience="https://id.example.vn", grant_types=frozenset(), redirect_uris=())
    person = await house.person()
    session = await house.session(person)
    waiting, _ = await house.code(service.client, person=person, session=session)
    code, grant = await house.code(service.client, person=person, session=session)
    tokens = (await house.redeem(service, code)).json()
    assert (await house.introspect(witness, tokens["access_token"]))["active"] is True
    await end(house, grant)
    assert (await house.redeem(service, waiting)).status_code in (400, 401)
    assert (await house.refresh(service, tokens["refresh_token"])).status_code in (400, 401)
    assert await house.introspect(witness, tokens["access_token"]) == INACTIVE
    assert (await house.userinfo(tokens["access_token"])).status_code == 401


async def test_offline_access_outlives_the_session_and_nothing_else(house: House) -> None:
    service: Service = await house.service()
    person = await house.person()
    code, grant = await house.code(service.client, person=person, scope=("openid", "offline_access"))
    tokens = (await house.redeem(service, code)).json()
    await sign_out(house, grant)
    assert (await house.introspect(service, tokens["access_token"]))["active"] is True
    await suspend(house, grant)
    assert await house.introspect(service, tokens["access_token"]) == INACTIVE
    assert (await house.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"
