"""Signing keys over their life: first start, succession, several rotators at once, and a key that others may know."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from idp.audit import kinds
from idp.crypto.field_encryption import Vault
from idp.crypto.keyed_index import KeyedIndex
from idp.crypto.rotation_policy import RotationPolicy
from idp.crypto.signing_keys import Activate, Compromise, Create, KeyRecord, KeyState, Retire
from idp.flows.compromise_key import compromise
from idp.flows.key_holder import KeyHolder
from idp.flows.rotate_keys import rotate
from idp.storage.database import Database
from tests.doors.machine_house import ROOTS, House, signing_keys

POLICY = RotationPolicy()
VAULT = Vault(ROOTS.keks, ROOTS.active_kek)


@pytest.fixture
async def db(stores: tuple[str, str | None]) -> AsyncIterator[Database]:
    """A database without any key."""
    opened = await Database.open(stores[0], VAULT, KeyedIndex(ROOTS.index_key))
    yield opened
    await opened.close()


async def kept(db: Database) -> list[KeyRecord]:
    async with db.read() as tx:
        return await tx.keys.all()


async def add(db: Database, *records: KeyRecord) -> None:
    async with db.unaudited_tx() as tx:
        for record in records:
            assert await tx.keys.add(record)


async def clock(db: Database) -> datetime:
    async with db.read() as tx:
        return await tx.now()


async def kinds_of_events(db: Database) -> list[str]:
    async with db.read() as tx:
        return [stored.event.kind for stored in reversed(await tx.events.page())]


async def test_the_first_start_makes_a_signer_of_each_algorithm(db: Database) -> None:
    changes = await rotate(db, VAULT, POLICY)
    assert sorted(change.alg for change in changes if isinstance(change, Create)) == ["ES256", "RS256"]
    records = await kept(db)
    assert {record.state for record in records} == {KeyState.ACTIVE}
    assert sorted(await kinds_of_events(db)) == [kinds.KEY_ACTIVATED] * 2 + [kinds.KEY_GENERATED] * 2
    assert await rotate(db, VAULT, POLICY) == ()
    keys = KeyHolder(db, VAULT)
    now = await clock(db)
    await keys.reload(now)
    assert {keys.ring.signer(alg, now).alg for alg in ("ES256", "RS256")} == {"ES256", "RS256"}


async def test_of_several_nodes_that_start_at_once_one_makes_the_keys(stores: tuple[str, str | None]) -> None:
    nodes = [await Database.open(stores[0], VAULT, KeyedIndex(ROOTS.index_key)) for _ in range(3)]
    changes = await asyncio.gather(*(rotate(node, VAULT, POLICY) for node in nodes))
    assert sorted(len(changed) for changed in changes) == [0, 0, 2]
    assert len(await kept(nodes[0])) == 2
    for node in nodes:
        await node.close()


async def test_a_successor_is_published_before_it_signs_and_then_takes_over(db: Database) -> None:
    now = await clock(db)
    es256, rs256 = signing_keys(VAULT, now)
    await add(db, es256, rs256)
    [asked] = await rotate(db, VAULT, POLICY, rotate=frozenset({"ES256"}), actor="command")
    assert isinstance(asked, Create)
    assert asked.activates_at >= now + POLICY.publish_ahead
    successor = next(record for record in await kept(db) if record.state is KeyState.PENDING)
    keys = KeyHolder(db, VAULT)
    await keys.reload(now)
    assert successor.kid in keys.ring.jwks_document().body.decode()
    assert keys.ring.signer("ES256", now).kid == es256.kid
    assert keys.ring.signer("ES256", asked.activates_at).kid == successor.kid
    assert await rotate(db, VAULT, POLICY, rotate=frozenset({"ES256"})) == ()


async def test_what_is_due_is_activated_and_the_former_signer_retires(db: Database) -> None:
    now = await clock(db)
    es256, rs256 = signing_keys(VAULT, now)
    former = replace(es256, activates_at=now - timedelta(days=100))
    await add(db, former, rs256)
    await rotate(db, VAULT, POLICY)
    [pending] = [record for record in await kept(db) if record.state is KeyState.PENDING]
    # Its time has come: as if publish_ahead had passed.
    async with db.unaudited_tx() as tx:
        await tx.keys.apply(Activate(pending.kid, now - timedelta(minutes=1)))
    changes = await rotate(db, VAULT, POLICY)
    assert [type(change) for change in changes] == [Retire]
    assert next(record for record in await kept(db) if record.kid == former.kid).state is KeyState.RETIRED


async def test_a_compromised_key_is_out_at_once_and_replaced_in_the_same_commit(house: House) -> None:
    service = await house.service()
    tokens = await house.tokens(service)
    hall = house.hall
    kid = hall.keys.ring.signer("ES256", house.now).kid
    changes = await compromise(hall.db, hall.vault, POLICY, kid, actor="command", reason="lost laptop")
    assert [type(change) for change in changes] == [Compromise, Create]
    house.now = await clock(hall.db) + timedelta(seconds=1)
    await hall.keys.reload(house.now)
    published = [key["kid"] for key in (await house.http.get("/jwks")).json()["keys"]]
    assert kid not in published
    [marked] = [key for key in (await house.http.get("/jwks/history")).json()["keys"] if key["kid"] == kid]
    assert marked["revoked"]["reason"] == "compromised"
    assert await house.introspect(service, tokens["access_token"]) == {"active": False}
    assert (await house.userinfo(tokens["access_token"])).status_code == 401
    fresh = (await house.refresh(service, tokens["refresh_token"])).json()
    assert (await house.userinfo(fresh["access_token"])).status_code == 200
    [event] = await house.events(kinds.KEY_COMPROMISED)
    assert (event.changed["kid"], event.changed["reason"]) == (kid, "lost laptop")


async def test_what_is_unknown_or_compromised_already_changes_nothing(db: Database) -> None:
    assert await compromise(db, VAULT, POLICY, "unknown", actor="command", reason="") == ()
    await rotate(db, VAULT, POLICY)
    kid = (await kept(db))[0].kid
    assert await compromise(db, VAULT, POLICY, kid, actor="command", reason="x")
    assert await compromise(db, VAULT, POLICY, kid, actor="command", reason="x") == ()


async def test_a_node_that_meets_an_unknown_kid_reloads_its_keys(house: House) -> None:
    """Another node rotated a moment ago: its tokens are good here too."""
    service = await house.service()
    elsewhere = KeyHolder(house.hall.db, house.hall.vault)
    old = house.hall.keys.ring
    kid = old.signer("ES256", house.now).kid
    await compromise(house.hall.db, house.hall.vault, POLICY, kid, actor="command", reason="x")
    house.now = await clock(house.hall.db) + timedelta(seconds=1)
    await elsewhere.reload(house.now)
    house.hall.keys.ring = elsewhere.ring
    tokens = await house.tokens(service)
    house.hall.keys.ring = old
    house.pass_time(seconds=5)
    assert (await house.userinfo(tokens["access_token"])).status_code == 200
