"""Refresh tokens on the hot path: rotation, reuse, the client's grace. One contract, two bodies."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.secret import Digest
from idp.storage.database import Database
from idp.storage.hot import NewRefresh, Rotated
from tests.storage.fixtures import CEILING, IDLE, NOW, SOON, SignedIn, digest, event, issued, redeem, sign_in

GRACE = timedelta(seconds=10)


async def family(database: Database, signed_in: SignedIn, **changes: object) -> tuple[Digest, str]:
    """A first refresh token and its grant's id."""
    grant, refresh = signed_in.grant(**changes), digest()
    assert await redeem(database, await issued(database, signed_in, grant), refresh) is not None
    return refresh, grant.id


async def rotate(database: Database, token: bytes, successor: bytes, **changes: object) -> Rotated | None:
    values: dict[str, object] = {
        "client_id": "one_stop_shop",
        "now": SOON,
        "refresh": NewRefresh(successor, IDLE),
        "event": event("tokens_refreshed"),
    }
    return await database.hot.rotate_refresh(token, **{**values, **changes})  # type: ignore[arg-type]


async def retry(database: Database, token: bytes, stored: bytes, **changes: object) -> Rotated | None:
    values: dict[str, object] = {
        "client_id": "one_stop_shop",
        "now": SOON + GRACE,
        "grace": GRACE,
        "successor": stored,
        "event": event("tokens_refreshed"),
    }
    return await database.hot.retry_refresh(token, **{**values, **changes})  # type: ignore[arg-type]


async def test_a_successor_takes_the_place_of_its_token(database: Database) -> None:
    signed_in = await sign_in(database)
    first, grant_id = await family(database, signed_in)
    second, third = digest(), digest()
    rotated = await rotate(database, first, second)
    assert rotated is not None
    assert rotated.grant.id == grant_id
    assert rotated.refresh_expires_at == CEILING
    assert await rotate(database, first, digest()) is None
    assert await rotate(database, second, third) is not None
    async with database.read() as tx:
        old, current = await tx.refresh_tokens.find(first), await tx.refresh_tokens.find(third)
    assert old is not None
    assert current is not None
    assert (old.used_at, old.successor_used) == (SOON, True)
    assert (current.used_at, current.successor_used) == (None, False)


async def test_a_refresh_token_rotates_once_however_many_try_at_once(database: Database) -> None:
    signed_in = await sign_in(database)
    token, _ = await family(database, signed_in)
    outcomes = await asyncio.gather(*(rotate(database, token, digest()) for _ in range(20)))
    assert sum(outcome is not None for outcome in outcomes) == 1


@pytest.mark.parametrize("changes", [{"client_id": "spa"}, {"now": CEILING}], ids=["another client", "too late"])
async def test_a_refresh_token_is_bound(database: Database, changes: dict[str, object]) -> None:
    signed_in = await sign_in(database)
    token, _ = await family(database, signed_in)
    assert await rotate(database, token, digest(), **changes) is None
    assert await rotate(database, token, digest()) is not None


@pytest.mark.parametrize("disabled", ["person suspended", "client disabled", "session ended", "grant revoked"])
async def test_every_disable_ends_the_family(database: Database, disabled: str) -> None:
    signed_in = await sign_in(database)
    token, grant_id = await family(database, signed_in)
    await signed_in.disable(database, disabled, grant_id)
    assert await rotate(database, token, digest()) is None


async def test_offline_access_goes_on_after_the_session(database: Database) -> None:
    signed_in = await sign_in(database)
    token, _ = await family(database, signed_in, offline=True)
    await signed_in.disable(database, "session ended")
    rotated = await rotate(database, token, digest(), now=CEILING + IDLE - timedelta(days=1))
    assert rotated is not None
    assert rotated.refresh_expires_at == CEILING + IDLE - timedelta(days=1) + IDLE


async def test_a_revoked_refresh_token_is_over_at_once(database: Database) -> None:
    signed_in = await sign_in(database)
    token, _ = await family(database, signed_in)
    async with database.unaudited_tx() as tx:
        assert await tx.refresh_tokens.revoke(token, SOON)
        assert not await tx.refresh_tokens.revoke(token, SOON)
    assert await rotate(database, token, digest()) is None


async def test_within_its_grace_a_client_gets_the_same_successor_again(database: Database) -> None:
    signed_in = await sign_in(database)
    token, grant_id = await family(database, signed_in)
    successor = digest()
    assert await rotate(database, token, successor) is not None
    again = await retry(database, token, successor)
    assert again is not None
    assert again.grant.id == grant_id
    assert again.refresh_expires_at == CEILING
    async with database.read() as tx:
        assert len(await tx.events.page(kind="tokens_refreshed")) == 2


@pytest.mark.parametrize(
    "changes",
    [{"now": SOON + GRACE + timedelta(microseconds=1)}, {"successor": digest()}, {"client_id": "spa"}],
    ids=["too late", "another successor", "another client"],
)
async def test_beyond_its_grace_it_gets_nothing(database: Database, changes: dict[str, object]) -> None:
    signed_in = await sign_in(database)
    token, _ = await family(database, signed_in)
    successor = digest()
    assert await rotate(database, token, successor) is not None
    assert await retry(database, token, successor, **changes) is None


async def test_a_used_successor_ends_the_grace(database: Database) -> None:
    signed_in = await sign_in(database)
    token, _ = await family(database, signed_in)
    successor = digest()
    assert await rotate(database, token, successor) is not None
    assert await rotate(database, successor, digest()) is not None
    assert await retry(database, token, successor) is None


async def test_a_token_that_was_never_rotated_has_no_grace(database: Database) -> None:
    signed_in = await sign_in(database)
    token, _ = await family(database, signed_in)
    assert await retry(database, token, digest()) is None


@pytest.mark.parametrize("disabled", ["person suspended", "client disabled", "session ended", "grant revoked"])
async def test_the_grace_revives_nothing(database: Database, disabled: str) -> None:
    signed_in = await sign_in(database)
    token, grant_id = await family(database, signed_in)
    successor = digest()
    assert await rotate(database, token, successor) is not None
    await signed_in.disable(database, disabled, grant_id)
    assert await retry(database, token, successor) is None


@given(presented=st.lists(st.integers(0, 9), max_size=12))
async def test_a_family_has_one_live_member_whatever_is_presented(database: Database, presented: list[int]) -> None:
    signed_in = await sign_in(database)
    first, _ = await family(database, signed_in)
    tokens = [first]
    for which in presented:
        token, successor = tokens[which % len(tokens)], digest()
        rotated = await rotate(database, token, successor)
        assert (rotated is not None) == (token == tokens[-1])
        if rotated is not None:
            tokens.append(successor)
    async with database.read() as tx:
        found = [await tx.refresh_tokens.find(token) for token in tokens]
    assert [one is not None and one.used_at is None for one in found] == [False] * (len(tokens) - 1) + [True]


async def test_another_persons_family_is_not_touched(database: Database) -> None:
    one, other = await sign_in(database), await sign_in(database)
    mine, grant_id = await family(database, one)
    theirs, _ = await family(database, other)
    await one.disable(database, "grant revoked", grant_id)
    await one.disable(database, "session ended")
    assert await rotate(database, mine, digest(), now=NOW) is None
    assert await rotate(database, theirs, digest(), now=NOW) is not None
