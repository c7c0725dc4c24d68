"""Access tokens on the hot path: what they are worth now, what userinfo may tell, the client's own tokens."""

import pytest

from idp.kernel.level import Level
from idp.storage.database import Database
from tests.storage.fixtures import CEILING, NOW, SOON, event, issued, sign_in

DISABLES = ["person suspended", "client disabled", "session ended", "grant revoked"]


async def test_a_token_is_active_while_its_grant_lives(database: Database) -> None:
    signed_in = await sign_in(database)
    grant = signed_in.grant()
    await issued(database, signed_in, grant)
    state = await database.hot.token_state(grant.id, "jti", SOON)
    assert state is not None
    assert state.active
    assert state.grant == grant
    late = await database.hot.token_state(grant.id, "jti", CEILING)
    assert late is not None
    assert not late.active


async def test_an_unknown_grant_is_nothing(database: Database) -> None:
    assert await database.hot.token_state("nothing", "jti", SOON) is None
    assert await database.hot.userinfo("nothing", "jti", SOON) is None


@pytest.mark.parametrize("disabled", DISABLES)
async def test_every_disable_reaches_introspection_and_userinfo(database: Database, disabled: str) -> None:
    signed_in = await sign_in(database)
    grant = signed_in.grant()
    await issued(database, signed_in, grant)
    await signed_in.disable(database, disabled, grant.id)
    state = await database.hot.token_state(grant.id, "jti", SOON)
    assert state is not None
    assert not state.active
    assert await database.hot.userinfo(grant.id, "jti", SOON) is None


async def test_a_revoked_token_is_inactive_and_its_sisters_are_not(database: Database) -> None:
    signed_in = await sign_in(database)
    grant = signed_in.grant()
    await issued(database, signed_in, grant)
    async with database.unaudited_tx() as tx:
        await tx.revoked_tokens.add("revoked", CEILING)
        await tx.revoked_tokens.add("revoked", CEILING)
        assert await tx.revoked_tokens.has("revoked")
        assert not await tx.revoked_tokens.has("sister")
    revoked = await database.hot.token_state(grant.id, "revoked", SOON)
    sister = await database.hot.token_state(grant.id, "sister", SOON)
    assert revoked is not None
    assert sister is not None
    assert (revoked.active, sister.active) == (False, True)
    assert await database.hot.userinfo(grant.id, "revoked", SOON) is None
    assert await database.hot.userinfo(grant.id, "sister", SOON) is not None


async def test_userinfo_has_the_facts_and_tells_the_first_release_from_the_next(database: Database) -> None:
    signed_in = await sign_in(database)
    grant = signed_in.grant()
    await issued(database, signed_in, grant)
    first = await database.hot.userinfo(grant.id, "jti", SOON)
    assert first is not None
    assert first.grant == grant
    assert first.facts == signed_in.person.facts
    assert first.facts["name"].value == "Nguyễn Thị Thu Hiền"
    assert (first.released, first.updated_at) == (False, NOW)
    assert "Hiền" not in repr(first)
    assert await database.hot.record_release(event("userinfo_released"), "jti")
    assert not await database.hot.record_release(event("userinfo_released"), "jti")
    second = await database.hot.userinfo(grant.id, "jti", SOON)
    assert second is not None
    assert second.released


async def test_a_client_gets_tokens_of_its_own_until_it_is_disabled(database: Database) -> None:
    signed_in = await sign_in(database)
    assert await database.hot.client_credentials("one_stop_shop", event("client_token_issued"))
    assert not await database.hot.client_credentials("nobody", event("client_token_issued"))
    assert await database.hot.client_token_active("one_stop_shop", "jti", SOON)
    async with database.unaudited_tx() as tx:
        await tx.revoked_tokens.add("jti", CEILING)
    assert not await database.hot.client_token_active("one_stop_shop", "jti", SOON)
    await signed_in.disable(database, "client disabled")
    assert not await database.hot.client_token_active("one_stop_shop", "another", SOON)
    assert not await database.hot.client_credentials("one_stop_shop", event("client_token_issued"))
    async with database.read() as tx:
        recorded = await tx.events.page(kind="client_token_issued")
    assert [(one.event.client_id, one.event.person_id) for one in recorded] == [("one_stop_shop", None)]


async def test_a_lowered_level_is_read_at_the_next_issue(database: Database) -> None:
    signed_in = await sign_in(database)
    async with database.unaudited_tx() as tx:
        assert await tx.persons.set_level(signed_in.person.id, Level.LOW, None, SOON)
        lowered = await tx.persons.get(signed_in.person.id)
    assert lowered is not None
    assert (lowered.level, lowered.level_ends_at, lowered.updated_at) == (Level.LOW, None, SOON)
