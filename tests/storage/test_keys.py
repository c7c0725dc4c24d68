"""Signing keys as rows: each move is conditional on the stored state, and one rotator works at a time."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from idp.crypto.rotation_policy import RotationPolicy
from idp.crypto.signing_keys import (
    Activate,
    Archive,
    Change,
    Compromise,
    Create,
    Forget,
    KeyRecord,
    KeyState,
    Retire,
    apply,
    generate,
    plan_rotation,
)
from idp.storage.database import Database
from tests.storage.conftest import VAULT
from tests.storage.fixtures import NOW, SOON


async def store(database: Database, *records: KeyRecord) -> None:
    async with database.unaudited_tx() as tx:
        for record in records:
            assert await tx.keys.add(record)


async def test_a_key_goes_through_its_states_in_order(database: Database) -> None:
    key = generate("ES256", NOW, SOON, VAULT)
    await store(database, key)
    async with database.unaudited_tx() as tx:
        assert await tx.keys.all() == [key]
        assert not await tx.keys.add(key)
        expected = key
        for change in (Activate(key.kid, SOON), Retire(key.kid, SOON + timedelta(days=90)), Archive(key.kid)):
            assert await tx.keys.apply(change)
            assert not await tx.keys.apply(change)
            expected = apply(expected, change)
            assert await tx.keys.all() == [expected]
        assert expected.sealed_private is None
        assert await tx.keys.apply(Forget(key.kid))
        assert await tx.keys.all() == []


async def test_a_compromised_key_is_out_for_ever(database: Database) -> None:
    key = generate("ES256", NOW, NOW, VAULT)
    await store(database, key)
    moves: Sequence[Activate | Retire | Archive | Compromise | Forget] = (
        Compromise(key.kid, SOON),
        Activate(key.kid, SOON),
        Retire(key.kid, SOON),
        Archive(key.kid),
        Forget(key.kid),
    )
    async with database.unaudited_tx() as tx:
        assert await tx.keys.apply(Compromise(key.kid, SOON))
        for move in moves:
            assert not await tx.keys.apply(move)
        [stored] = await tx.keys.all()
    assert (stored.state, stored.compromised_at, stored.sealed_private) == (KeyState.COMPROMISED, SOON, None)


async def test_several_nodes_that_rotate_at_once_make_one_key(database: Database) -> None:
    policy = RotationPolicy()

    async def rotate() -> int:
        made = 0
        async with database.unaudited_tx() as tx:
            await tx.keys.rotation_lock()
            now = await tx.now()
            planned: list[Change] = plan_rotation(await tx.keys.all(), now, policy)
            for change in planned:
                if isinstance(change, Create) and change.alg == "ES256":
                    made += await tx.keys.add(generate("ES256", now, change.activates_at, VAULT))
                elif not isinstance(change, Create):
                    assert await tx.keys.apply(change)
        return made

    assert sum(await asyncio.gather(*(rotate() for _ in range(4)))) == 1


async def test_the_databases_clock_is_aware_and_near(database: Database) -> None:
    async with database.unaudited_tx() as tx:
        first, second = await tx.now(), await tx.now()
    assert first.tzinfo is not None
    assert first <= second
