"""The audit log: appended, read in pages, refused to everybody who would change it."""

import sqlite3

import asyncpg
import pytest

from idp.audit.kinds import Topic
from idp.storage.database import Database
from idp.storage.url import PostgresUrl, SqliteUrl, parse
from tests.storage.fixtures import event


async def test_events_come_back_newest_first_in_pages(database: Database) -> None:
    full = event(
        "consent_given", person_id="p1", client_id="c1", on_behalf_of="p2", purpose="hồ sơ", grant_id="g1", changed={}
    )
    async with database.unaudited_tx() as tx:
        for one in (full, event("sign_in", person_id="p1"), event("sign_in", person_id="p2", client_id="c1")):
            assert await tx.events.append(one)
    async with database.read() as tx:
        newest, second, first = await tx.events.page()
        assert newest.id > second.id > first.id
        assert first.event == full
        assert await tx.events.page(limit=1) == [newest]
        assert await tx.events.page(before=second.id) == [first]
        assert await tx.events.page(person_id="p1") == [second, first]
        assert await tx.events.page(client_id="c1") == [newest, first]
        assert await tx.events.page(kind="sign_in", person_id="p1") == [second]
        assert await tx.events.page(kind="sign_in", person_id="p1", client_id="c1") == []


async def test_a_persons_history_holds_what_is_for_them_by_topic_and_page(database: Database) -> None:
    kinds = ("sign_in", "pseudonym_made", "consent_given", "userinfo_released", "key_generated", "a_later_kind")
    async with database.unaudited_tx() as tx:
        for kind in kinds:
            await tx.events.append(event(kind, person_id="p1", changed={}))
        await tx.events.append(event("sign_in", person_id="p2", changed={}))
    async with database.read() as tx:
        whole = await tx.events.history("p1")
        assert [one.event.kind for one in whole] == ["userinfo_released", "consent_given", "sign_in"]
        assert await tx.events.history("p1", before=whole[0].id, limit=1) == [whole[1]]
        for topic, kind in zip(Topic, ("sign_in", "consent_given", "userinfo_released"), strict=True):
            assert [one.event.kind for one in await tx.events.history("p1", topic=topic)] == [kind]
        assert await tx.events.one_of_history("p1", whole[0].id) == whole[0]
        assert await tx.events.one_of_history("p2", whole[0].id) is None
        for hidden in await tx.events.page(person_id="p1", kind="pseudonym_made"):
            assert await tx.events.one_of_history("p1", hidden.id) is None


async def test_an_event_that_happens_once_is_recorded_once(database: Database) -> None:
    async with database.unaudited_tx() as tx:
        assert await tx.events.append(event(), dedupe="jti-1")
        assert not await tx.events.append(event(), dedupe="jti-1")
        assert await tx.events.append(event(), dedupe="jti-2")
        assert await tx.events.append(event())
        assert len(await tx.events.page()) == 3


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE events SET actor = 'nobody'",
        "DELETE FROM events",
        "TRUNCATE events",
        "INSERT OR REPLACE INTO events (id, kind, at, actor, changed) SELECT id, kind, at, 'x', changed FROM events",
    ],
)
async def test_nobody_changes_or_deletes_an_event(database: Database, database_url: str, attack: str) -> None:
    async with database.unaudited_tx() as tx:
        await tx.events.append(event(actor="cli:root"))
    with pytest.raises((asyncpg.PostgresError, sqlite3.Error)) as refused:
        await run_as_an_intruder(database_url, attack)
    assert "only appended" in str(refused.value) or "syntax error" in str(refused.value)
    async with database.read() as tx:
        [kept] = await tx.events.page()
    assert kept.event.actor == "cli:root"


async def run_as_an_intruder(database_url: str, attack: str) -> None:
    match parse(database_url):
        case PostgresUrl(dsn):
            connection = await asyncpg.connect(dsn)
            try:
                await connection.execute(attack)
            finally:
                await connection.close()
        case SqliteUrl(path):
            with sqlite3.connect(path) as file:
                file.execute("PRAGMA recursive_triggers = ON")
                file.execute(attack)
