"""Codes on the hot path: issued with their grant, redeemed once, by whom they belong to. One contract, two bodies."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from idp.identity.person import PersonState
from idp.kernel.level import Level
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from idp.protocol.client import ClientState
from idp.storage.database import Database
from idp.storage.hot import NewRefresh, Redeemed
from tests.storage.fixtures import (
    CEILING,
    CHALLENGE,
    FAMILY_END,
    IDLE,
    NOW,
    REDIRECT_URI,
    SOON,
    digest,
    event,
    issued,
    redeem,
    sign_in,
)


async def test_a_code_gives_its_grant_back_as_it_was(database: Database) -> None:
    signed_in = await sign_in(database)
    grant = signed_in.grant()
    redeemed = await redeem(database, await issued(database, signed_in, grant), digest())
    assert redeemed is not None
    assert redeemed.grant == grant
    assert redeemed.person_level is Level.SUBSTANTIAL
    assert redeemed.person_level_ends_at == signed_in.person.level_ends_at


@pytest.mark.parametrize(
    ("offline", "idle", "end"),
    [
        (False, IDLE, CEILING),
        (True, IDLE, SOON + IDLE),
        (True, timedelta(days=365), FAMILY_END),
        (False, timedelta(hours=1), SOON + timedelta(hours=1)),
    ],
    ids=["with the session", "when it lies idle", "with its family", "idle before the session ends"],
)
async def test_a_refresh_token_ends(database: Database, offline: bool, idle: timedelta, end: object) -> None:
    signed_in = await sign_in(database)
    code, refresh = await issued(database, signed_in, signed_in.grant(offline=offline)), digest()
    redeemed = await redeem(database, code, refresh=NewRefresh(refresh, idle))
    assert redeemed is not None
    assert redeemed.refresh_expires_at == end
    async with database.read() as tx:
        stored = await tx.refresh_tokens.find(refresh)
    assert stored is not None
    assert stored.expires_at == end
    assert (stored.grant_id, stored.client_id) == (redeemed.grant.id, "one_stop_shop")


async def test_without_a_refresh_token_none_is_made(database: Database) -> None:
    signed_in = await sign_in(database)
    redeemed = await redeem(database, await issued(database, signed_in, signed_in.grant()))
    assert redeemed is not None
    assert redeemed.refresh_expires_at is None


async def test_a_code_redeems_once_however_many_try_at_once(database: Database) -> None:
    signed_in = await sign_in(database)
    code = await issued(database, signed_in, signed_in.grant())
    outcomes = await asyncio.gather(*(redeem(database, code, digest()) for _ in range(20)))
    assert sum(outcome is not None for outcome in outcomes) == 1
    async with database.read() as tx:
        state = await tx.codes.binding(code)
        recorded = await tx.events.page(kind="tokens_issued")
    assert state is not None
    assert state.used_at == SOON
    assert state.binding == signed_in.binding()
    assert len(recorded) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "spa"},
        {"redirect_uri": "https://motcua.example.vn/cb2"},
        {"redirect_uri": REDIRECT_URI + "\x00"},
        {"redirect_uri": REDIRECT_URI + "\ud800"},
        {"redirect_uri": None},
        {"challenge": "another"},
        {"challenge": None},
        {"now": NOW + timedelta(seconds=60)},
    ],
    ids=str,
)
async def test_a_code_is_bound_and_a_wrong_try_does_not_use_it_up(database: Database, changes: dict[str, Any]) -> None:
    signed_in = await sign_in(database)
    code = await issued(database, signed_in, signed_in.grant())
    assert await redeem(database, code, **changes) is None
    assert await redeem(database, code) is not None


async def test_a_code_without_challenge_takes_no_verifier(database: Database) -> None:
    signed_in = await sign_in(database)
    code = digest()
    unbound = signed_in.binding(code_challenge=None)
    assert await database.hot.issue_code(signed_in.grant(), code, unbound, event(), FAMILY_END)
    assert await redeem(database, code) is None
    assert await redeem(database, code, challenge=None) is not None


async def test_an_unknown_code_is_nothing(database: Database) -> None:
    await sign_in(database)
    assert await redeem(database, digest()) is None
    async with database.read() as tx:
        assert await tx.codes.binding(digest()) is None


@pytest.mark.parametrize("disabled", ["person suspended", "client disabled", "session ended", "session over"])
async def test_no_code_is_issued_for_what_has_ended_meanwhile(database: Database, disabled: str) -> None:
    signed_in = await sign_in(database)
    await signed_in.disable(database, disabled)
    grant = signed_in.grant(created_at=CEILING) if disabled == "session over" else signed_in.grant()
    assert not await database.hot.issue_code(grant, digest(), signed_in.binding(), event("code_issued"), FAMILY_END)
    async with database.read() as tx:
        assert await tx.grants.get(grant.id) is None
        assert await tx.events.page(kind="code_issued") == []


@pytest.mark.parametrize("disabled", ["person suspended", "client disabled", "session ended", "grant revoked"])
async def test_no_code_is_redeemed_for_what_has_ended_meanwhile(database: Database, disabled: str) -> None:
    signed_in = await sign_in(database)
    grant = signed_in.grant()
    code = await issued(database, signed_in, grant)
    await signed_in.disable(database, disabled, grant.id)
    assert await redeem(database, code, digest()) is None


async def test_offline_access_outlives_the_session(database: Database) -> None:
    signed_in = await sign_in(database)
    code = await issued(database, signed_in, signed_in.grant(offline=True))
    await signed_in.disable(database, "session ended")
    assert await redeem(database, code) is not None


async def test_every_act_leaves_its_event_with_person_client_and_grant(database: Database) -> None:
    signed_in = await sign_in(database)
    grant = signed_in.grant()
    await redeem(database, await issued(database, signed_in, grant))
    async with database.read() as tx:
        recorded = [stored.event for stored in await tx.events.page(person_id=signed_in.person.id)]
    assert [one.kind for one in recorded] == ["tokens_issued", "code_issued"]
    for one in recorded:
        assert (one.client_id, one.grant_id) == ("one_stop_shop", grant.id)
        assert one.changed == {"scope": ["openid"]}
        assert one.at == NOW


async def test_what_a_stranger_asks_for_survives_the_storing(database: Database) -> None:
    signed_in = await sign_in(database)
    odd = ClaimsParameter({"\ud800": ClaimRequest(False, ("\udfff", 1.5, None, {"a": []}))}, {"ả\x00": ClaimRequest()})
    grant = signed_in.grant(claims=odd, nonce="\x00\x01Ž", resource=("https://a.example",), amr=())
    redeemed = await redeem(database, await issued(database, signed_in, grant))
    assert isinstance(redeemed, Redeemed)
    assert redeemed.grant == grant


async def test_a_suspended_person_and_a_disabled_client_come_back(database: Database) -> None:
    signed_in = await sign_in(database)
    code = await issued(database, signed_in, signed_in.grant())
    async with database.unaudited_tx() as tx:
        assert await tx.persons.set_state(signed_in.person.id, PersonState.SUSPENDED, NOW)
        assert await tx.clients.set_state("one_stop_shop", ClientState.DISABLED, NOW)
    assert await redeem(database, code) is None
    async with database.unaudited_tx() as tx:
        assert await tx.persons.set_state(signed_in.person.id, PersonState.ACTIVE, NOW)
        assert await tx.clients.set_state("one_stop_shop", ClientState.APPROVED, NOW)
    assert await redeem(database, code, challenge=CHALLENGE) is not None
