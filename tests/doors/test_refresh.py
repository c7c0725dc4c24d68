"""What a service sees when it refreshes: rotation, reuse, grace, narrowing, and what ends a family."""

import asyncio
from datetime import timedelta

import jwt as pyjwt

from idp.audit import kinds
from idp.kernel.level import Level
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from tests.doors.machine_house import ISSUER, House

API = "https://ho-so.example.vn/api"
OFFLINE = ("openid", "profile", "email", "offline_access")


async def test_each_refresh_gives_a_new_refresh_token_and_a_new_id_token(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    fresh = (await house.refresh(service, tokens["refresh_token"])).json()
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert fresh["access_token"] != tokens["access_token"]
    before, after = (pyjwt.decode(t["id_token"], options={"verify_signature": False}) for t in (tokens, fresh))
    assert "nonce" not in after
    assert {name: before[name] for name in ("iss", "sub", "aud", "auth_time", "sid", "acr", "amr")} == {
        name: after[name] for name in ("iss", "sub", "aud", "auth_time", "sid", "acr", "amr")
    }
    assert len(await house.events(kinds.TOKENS_REFRESHED)) == 1


async def test_reuse_ends_the_family(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    fresh = (await house.refresh(service, tokens["refresh_token"])).json()
    stolen = await house.refresh(service, tokens["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await house.refresh(service, fresh["refresh_token"])).json()["error"] == "invalid_grant"
    assert await house.introspect(service, fresh["access_token"]) == {"active": False}
    [event] = await house.events(kinds.REFRESH_REUSE)
    assert event.changed["reason"] == "used_before"


async def test_another_client_cannot_refresh_and_ends_the_family_by_trying(house: House) -> None:
    service, other = await house.service(), await house.service()
    tokens = await house.tokens(service)
    assert (await house.refresh(other, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await house.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_of_many_parallel_refreshes_one_alone_succeeds(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    answers = await asyncio.gather(*(house.refresh(service, tokens["refresh_token"]) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 5


async def test_within_its_grace_a_client_gets_the_same_successor_again(house: House) -> None:
    service = await house.service(refresh_grace=10)
    tokens = await house.tokens(service)
    first = (await house.refresh(service, tokens["refresh_token"])).json()
    house.pass_time(seconds=9)
    again = (await house.refresh(service, tokens["refresh_token"])).json()
    assert again["refresh_token"] == first["refresh_token"]
    assert (await house.refresh(service, first["refresh_token"])).status_code == 200
    # The successor was used: from now on the old token is a stolen one.
    assert (await house.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert len(await house.events(kinds.REFRESH_REUSE)) == 1


async def test_parallel_refreshes_within_the_grace_all_get_the_same_successor(house: House) -> None:
    service = await house.service(refresh_grace=2)
    tokens = await house.tokens(service)
    answers = await asyncio.gather(*(house.refresh(service, tokens["refresh_token"]) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert await house.events(kinds.REFRESH_REUSE) == []


async def test_after_its_grace_a_client_has_reused_the_token(house: House) -> None:
    service = await house.service(refresh_grace=10)
    tokens = await house.tokens(service)
    await house.refresh(service, tokens["refresh_token"])
    house.pass_time(seconds=11)
    assert (await house.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert len(await house.events(kinds.REFRESH_REUSE)) == 1


async def test_scope_shrinks_on_request_and_never_grows(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    grown = await house.refresh(service, tokens["refresh_token"], scope="openid profile email phone")
    assert grown.json()["error"] == "invalid_scope"
    # A mistake costs an answer, not the family.
    narrow = (await house.refresh(service, tokens["refresh_token"], scope="openid")).json()
    assert narrow["scope"] == "openid"
    assert (await house.userinfo(narrow["access_token"])).json().keys() == {"sub"}
    whole = (await house.refresh(service, narrow["refresh_token"])).json()
    assert whole["scope"] == "openid profile email"


async def test_a_resource_that_was_not_granted_costs_no_family(house: House) -> None:
    service = await house.service(resources=frozenset({API}))
    tokens = await house.tokens(service, resource=(API,))
    wrong = await house.refresh(service, tokens["refresh_token"], resource="https://other.example.vn")
    assert wrong.json()["error"] == "invalid_target"
    fresh = (await house.refresh(service, tokens["refresh_token"], resource=API)).json()
    assert pyjwt.decode(fresh["access_token"], options={"verify_signature": False})["aud"] == API


async def test_without_offline_access_the_family_ends_with_the_session(house: House) -> None:
    service, person = await house.service(), await house.person()
    session = await house.session(person)
    short = await house.tokens(service, person=person, session=session)
    long = await house.tokens(service, person=person, session=session, scope=OFFLINE)
    async with house.hall.db.unaudited_tx() as tx:
        await tx.sessions.end(session.id, house.now)
    assert (await house.refresh(service, short["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await house.refresh(service, long["refresh_token"])).status_code == 200


async def test_a_refresh_token_idles_no_longer_than_fourteen_days(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service, scope=OFFLINE)
    house.pass_time(days=13)
    tokens = (await house.refresh(service, tokens["refresh_token"])).json()
    house.pass_time(days=14, seconds=1)
    assert (await house.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_family_ends_after_ninety_days_however_busy_it_is(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service, scope=OFFLINE)
    for _ in range(8):
        house.pass_time(days=10)
        tokens = (await house.refresh(service, tokens["refresh_token"])).json()
    house.pass_time(days=10)
    assert (await house.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_level_that_has_lapsed_is_not_kept_by_refreshing(house: House) -> None:
    service, person = await house.service(), await house.person(level=Level.SUBSTANTIAL)
    session = await house.session(person, "password", "totp")
    tokens = await house.tokens(service, person=person, session=session, scope=OFFLINE)
    async with house.hall.db.unaudited_tx() as tx:
        await tx.persons.set_level(person.id, Level.SUBSTANTIAL, house.now + timedelta(hours=1), house.now)
    house.pass_time(hours=2)
    fresh = (await house.refresh(service, tokens["refresh_token"])).json()
    claims = pyjwt.decode(fresh["id_token"], options={"verify_signature": False})
    assert claims["acr"] == f"{ISSUER}/loa/basic"


async def test_an_essential_acr_that_is_lost_refuses_the_refresh(house: House) -> None:
    service, person = await house.service(), await house.person()
    session = await house.session(person, "password", "totp")
    essential = ClaimRequest(essential=True, values=(f"{ISSUER}/loa/substantial",))
    asked = ClaimsParameter(id_token={"acr": essential})
    tokens = await house.tokens(service, person=person, session=session, scope=OFFLINE, claims=asked)
    fresh = await house.refresh(service, tokens["refresh_token"])
    assert fresh.status_code == 200
    house.pass_time(days=1)
    assert (await house.refresh(service, fresh.json()["refresh_token"])).json()["error"] == "invalid_grant"


async def test_what_is_no_refresh_token_is_an_invalid_grant(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    for text in (
        "x",
        "ă" * 40,
        tokens["access_token"][:400],
        tokens["refresh_token"][:-1],
        tokens["refresh_token"] + "A",
    ):
        assert (await house.refresh(service, text)).json()["error"] == "invalid_grant"
    assert (await house.refresh(service, tokens["refresh_token"])).status_code == 200
