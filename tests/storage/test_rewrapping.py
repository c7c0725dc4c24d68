"""A new key-encryption key: everything moves to it, the old one may go, and nothing is lost on the way."""

from datetime import timedelta

import pytest

from idp.crypto.field_encryption import Undecryptable, Vault
from idp.crypto.signing_keys import generate
from idp.kernel.level import Level
from idp.storage.database import Database
from idp.storage.rewrapping import rewrap
from tests.storage.conftest import INDEX, VAULT
from tests.storage.fixtures import NOW, SignedIn, issued, sign_in

OLD, NEW = b"\x01" * 32, b"\x03" * 32
BOTH = Vault({"kek-1": OLD, "kek-2": NEW}, "kek-2")
AFTERWARDS = Vault({"kek-2": NEW}, "kek-2")


async def fill(database: Database) -> tuple[SignedIn, str]:
    signed_in = await sign_in(database)
    grant = signed_in.grant()
    await issued(database, signed_in, grant)
    async with database.unaudited_tx() as tx:
        await tx.authenticators.add(signed_in.person.id, "password", b"hash", NOW, level_cap=Level.HIGH)
        await tx.outbox.put("logout", "one_stop_shop", b"payload", NOW)
        await tx.keys.add(generate("ES256", NOW, NOW, VAULT))
    return signed_in, grant.id


async def test_everything_can_be_read_with_the_new_key_alone(database: Database, database_url: str) -> None:
    signed_in, grant_id = await fill(database)
    both = await Database.open(database_url, BOTH, INDEX)
    moved = await rewrap(both, BOTH, batch=1)
    assert dict(moved) == {"persons": 1, "clients": 1, "keys": 1, "outbox": 1, "grants": 1}
    assert not any((await rewrap(both, BOTH)).values())
    await both.close()

    after = await Database.open(database_url, AFTERWARDS, INDEX)
    async with after.unaudited_tx() as tx:
        person = await tx.persons.get(signed_in.person.id)
        assert person is not None
        assert dict(person.facts) == dict(signed_in.person.facts)
        assert [a.secret for a in await tx.authenticators.of_person(person.id)] == [b"hash"]
        service = await tx.clients.get("one_stop_shop")
        assert service is not None
        assert service.contacts == signed_in.client.contacts
        grant = await tx.grants.get(grant_id)
        assert grant is not None
        assert grant.claims == signed_in.grant().claims
        [leased] = await tx.outbox.lease(NOW, 10, timedelta(seconds=30))
        assert leased.payload == b"payload"
        [key] = await tx.keys.all()
        assert key.sealed_private is not None
        assert AFTERWARDS.is_current(key.sealed_private)
    await after.close()


async def test_a_missing_old_key_stops_it_and_changes_nothing(database: Database, database_url: str) -> None:
    await fill(database)
    without = await Database.open(database_url, AFTERWARDS, INDEX)
    with pytest.raises(Undecryptable):
        await rewrap(without, AFTERWARDS)
    await without.close()
    async with database.read() as tx:
        assert await tx.clients.get("one_stop_shop") is not None
