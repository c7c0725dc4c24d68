"""Clients, agencies, consents, initial access tokens, used jti: registrations and what was decided about them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from idp.consent.decision import ConsentDecision
from idp.protocol.client import ApplicationType, AuthMethod, ClientState
from idp.storage.agencies import Agency
from idp.storage.database import Database
from tests.storage.fixtures import AGENCY, NOW, SOON, client, digest, sign_in


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "token_endpoint_auth_method": AuthMethod.NONE,
            "secret_digest": None,
            "application_type": ApplicationType.NATIVE,
        },
        {
            "jwks": None,
            "jwks_uri": "https://a.example/jwks",
            "require_pkce": False,
            "default_max_age": 0,
            "refresh_grace": 10,
            "accepts_restricted_factors": True,
            "sensitive": True,
        },
    ],
    ids=["confidential", "native and public", "with keys elsewhere"],
)
async def test_a_client_comes_back_as_it_was(database: Database, changes: dict[str, Any]) -> None:
    registered = client(**changes)
    async with database.unaudited_tx() as tx:
        await tx.agencies.put(AGENCY)
        await tx.clients.put(registered)
        assert await tx.clients.get("one_stop_shop") == registered
        assert await tx.clients.all() == [registered]


@pytest.mark.parametrize("client_id", ["", "nobody", "\x00", "\ud800", "x" * 100_000, "'; DROP TABLE clients; --"])
async def test_whatever_a_stranger_calls_themselves_is_not_found(database: Database, client_id: str) -> None:
    async with database.read() as tx:
        assert await tx.clients.get(client_id) is None


async def test_a_second_put_replaces_all_but_the_time_of_creation(database: Database) -> None:
    first = client()
    moved = Agency("H48.02", {"vi": "Sở Y tế"})
    second = replace(
        client(redirect_uris=("https://moi.example.vn/cb",), secret_digest=None),
        agency=moved,
        contacts=(),
        created_at=SOON,
        updated_at=SOON,
        origin="command",
    )
    async with database.unaudited_tx() as tx:
        await tx.agencies.put(AGENCY)
        await tx.agencies.put(moved)
        await tx.clients.put(first)
        await tx.clients.put(second)
        assert await tx.clients.get("one_stop_shop") == replace(second, created_at=NOW)


async def test_a_client_is_disabled_and_its_agency_renamed(database: Database) -> None:
    async with database.unaudited_tx() as tx:
        await tx.agencies.put(AGENCY)
        await tx.clients.put(client())
        assert await tx.clients.set_state("one_stop_shop", ClientState.DISABLED, SOON)
        assert not await tx.clients.set_state("nobody", ClientState.DISABLED, SOON)
        renamed = Agency(AGENCY.id, {"vi": "Sở Tư pháp tỉnh"})
        await tx.agencies.put(renamed)
        found = await tx.clients.get("one_stop_shop")
        assert found is not None
        assert (found.client.state, found.updated_at, found.agency) == (ClientState.DISABLED, SOON, renamed)
        assert await tx.agencies.all() == [renamed]
        assert await tx.agencies.get(AGENCY.id) == renamed
        assert await tx.agencies.get("H48.99") is None


async def test_a_sector_belongs_to_the_agency_that_came_first(database: Database) -> None:
    async with database.unaudited_tx() as tx:
        await tx.agencies.put(AGENCY)
        await tx.agencies.put(Agency("H48.02", {"vi": "Sở Y tế"}))
        assert await tx.agencies.claim_sector("justice", AGENCY.id)
        assert await tx.agencies.claim_sector("justice", AGENCY.id)
        assert not await tx.agencies.claim_sector("justice", "H48.02")


async def test_the_latest_decision_counts_and_a_withdrawal_leaves_none(database: Database) -> None:
    signed_in = await sign_in(database)
    someone = signed_in.person.id
    first = ConsentDecision(
        someone, "one_stop_shop", NOW, {"profile": "f1"}, frozenset({"email"}), frozenset({"phone"})
    )
    second = ConsentDecision(someone, "one_stop_shop", SOON, {"profile": "f2"})
    async with database.unaudited_tx() as tx:
        await tx.clients.put(client("spa"))
        elsewhere = ConsentDecision(someone, "spa", NOW)
        for decision in (second, first, elsewhere):
            await tx.consents.record(decision)
        assert await tx.consents.latest(someone, "one_stop_shop") == second
        assert await tx.consents.of_person(someone) == [second, elsewhere]
        assert await tx.consents.withdraw(someone, "one_stop_shop", SOON)
        assert await tx.consents.latest(someone, "one_stop_shop") is None
        assert not await tx.consents.withdraw(someone, "one_stop_shop", SOON)
        assert await tx.consents.of_person(someone) == [elsewhere]
        await tx.consents.record(first)
        assert await tx.consents.latest(someone, "one_stop_shop") == first


async def test_an_initial_access_token_is_used_as_often_as_it_says(database: Database) -> None:
    token, unlimited = digest(), digest()
    end = NOW + timedelta(days=1)
    async with database.unaudited_tx() as tx:
        await tx.initial_access_tokens.add(token, "hội thảo", {"skip_pkce", "register"}, end, 2, NOW)
        await tx.initial_access_tokens.add(unlimited, "hộp cát", [], end, None, NOW)

    async def take() -> frozenset[str] | None:
        async with database.unaudited_tx() as tx:
            return await tx.initial_access_tokens.take(token, SOON)

    taken = await asyncio.gather(*(take() for _ in range(5)))
    assert sum(one == frozenset({"skip_pkce", "register"}) for one in taken) == 2
    assert sum(one is None for one in taken) == 3
    async with database.unaudited_tx() as tx:
        assert await tx.initial_access_tokens.take(unlimited, SOON) == frozenset()
        assert await tx.initial_access_tokens.take(unlimited, end) is None
        assert await tx.initial_access_tokens.take(digest(), SOON) is None
        assert [(one.label, one.uses_left) for one in await tx.initial_access_tokens.all()] == [
            ("hội thảo", 0),
            ("hộp cát", None),
        ]


async def test_an_assertion_is_accepted_once_per_client_until_it_expires(database: Database) -> None:
    jti, end = digest(), NOW + timedelta(minutes=5)

    async def use(client_id: str) -> bool:
        async with database.unaudited_tx() as tx:
            return await tx.used_jti.first_use(client_id, jti, end)

    assert sorted(await asyncio.gather(*(use("one_stop_shop") for _ in range(6)))) == [False] * 5 + [True]
    assert await use("spa")
    async with database.unaudited_tx() as tx:
        assert await tx.used_jti.prune(end) == 0
        assert await tx.used_jti.prune(end + timedelta(seconds=1), limit=1) == 1
        assert await tx.used_jti.prune(end + timedelta(seconds=1)) == 1
