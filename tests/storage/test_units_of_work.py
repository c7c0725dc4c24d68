"""Units of work: all or nothing, readers don't write, nobody waits for themselves, trouble has one name."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from idp.identity.person import PersonState
from idp.storage.audited import SilentWrite
from idp.storage.database import Database
from idp.storage.errors import StorageUnavailable
from idp.storage.sqlite import connect
from idp.storage.url import UnusableUrl
from tests.stand.ports import free_port
from tests.storage.conftest import INDEX, VAULT
from tests.storage.fixtures import NOW, digest, event, issued, person, redeem, sign_in


async def test_an_exception_undoes_everything(database: Database) -> None:
    someone = person()

    async def fail_at_the_end() -> None:
        async with database.unaudited_tx() as tx:
            await tx.persons.add(someone, [("email", "hien@thu.example.vn")])
            await tx.events.append(event())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_at_the_end()
    async with database.read() as tx:
        assert await tx.persons.get(someone.id) is None
        assert await tx.persons.find("email", "hien@thu.example.vn") is None
        assert await tx.events.page() == []


async def test_nothing_about_a_person_is_changed_in_silence(database: Database) -> None:
    someone = person()
    with pytest.raises(SilentWrite, match="persons"):
        async with database.tx() as tx:
            await tx.persons.add(someone)
    async with database.read() as tx:
        assert await tx.persons.get(someone.id) is None
    async with database.tx() as tx:
        await tx.persons.add(someone)
        await tx.events.append(event())
        # What matched no row changed nothing.
    async with database.tx() as tx:
        assert not await tx.persons.set_state("nobody", PersonState.SUSPENDED, NOW)


async def test_a_cancelled_task_undoes_everything_and_blocks_nobody(database: Database) -> None:
    someone, inside = person(), asyncio.Event()

    async def hang() -> None:
        async with database.unaudited_tx() as tx:
            await tx.persons.add(someone)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.unaudited_tx() as tx:
        assert await tx.persons.get(someone.id) is None
        await tx.persons.add(someone)


async def test_a_storm_of_cancellations_mixes_up_no_answers(database: Database) -> None:
    everyone = [person() for _ in range(8)]
    async with database.unaudited_tx() as tx:
        for one in everyone:
            await tx.persons.add(one)

    async def ask(person_id: str) -> None:
        async with database.read() as tx:
            found = await tx.persons.get(person_id)
        assert found is not None
        assert found.id == person_id

    for turn in range(40):
        tasks = [asyncio.create_task(ask(one.id)) for one in everyone]
        for _ in range(turn % 7):
            await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(outcome is None or isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)


async def test_a_reader_does_not_write(database: Database) -> None:
    someone = person()
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
    with pytest.raises(RuntimeError, match="read transaction"):
        async with database.read() as tx:
            await tx.persons.set_state(someone.id, PersonState.CLOSED, NOW)
    with pytest.raises(RuntimeError, match="read transaction"):
        async with database.read() as tx:
            await tx.sessions.end_all(someone.id, NOW)
    async with database.read() as tx:
        assert await tx.persons.get(someone.id) == someone


async def test_a_reader_beside_a_writer_sees_what_is_committed(database: Database) -> None:
    someone = person()
    async with database.unaudited_tx() as writing:
        await writing.persons.add(someone)
        async with database.read() as reading:
            assert await reading.persons.get(someone.id) is None
    async with database.read() as reading:
        assert await reading.persons.get(someone.id) is not None


async def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    async def write() -> None:
        async with database.unaudited_tx() as tx:
            await tx.events.append(event())
            await asyncio.sleep(0)
            await tx.events.append(event())

    await asyncio.gather(*(write() for _ in range(30)))
    async with database.read() as tx:
        assert len(await tx.events.page(limit=100)) == 60


async def test_nobody_waits_for_themselves(sqlite_database_url: str) -> None:
    database = await Database.open(sqlite_database_url, VAULT, INDEX)
    with pytest.raises(RuntimeError, match="inside a transaction already"):
        async with database.unaudited_tx(), database.unaudited_tx():
            pass
    async with database.unaudited_tx() as tx:
        with pytest.raises(RuntimeError):
            await database.hot.record_release(event(), "jti")
        await tx.events.append(event())
    await database.close()


async def test_what_was_confirmed_is_there_after_reopening(database: Database, database_url: str) -> None:
    signed_in = await sign_in(database)
    code = await issued(database, signed_in, signed_in.grant())
    assert await redeem(database, code, digest()) is not None
    again = await Database.open(database_url, VAULT, INDEX)
    assert await redeem(again, code) is None
    async with again.read() as tx:
        state = await tx.codes.binding(code)
    await again.close()
    assert state is not None
    assert state.used_at is not None


@pytest.mark.slow
async def test_another_process_that_writes_the_file_is_noticed_and_we_are_not(
    sqlite_database_url: str, tmp_path: Path
) -> None:
    database = await Database.open(sqlite_database_url, VAULT, INDEX)
    noticed = asyncio.Event()
    database.writer_noticed(noticed.set)
    async with database.unaudited_tx() as tx:
        await tx.events.append(event())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(noticed.wait(), 0.8)
    other = connect(tmp_path / "idp.db")
    other.execute("INSERT INTO agencies (id, name) VALUES ('H48.09', '{}')")
    other.close()
    await asyncio.wait_for(noticed.wait(), 5)
    await database.close()


async def test_a_process_that_holds_the_file_is_waited_for(sqlite_database_url: str, tmp_path: Path) -> None:
    database = await Database.open(sqlite_database_url, VAULT, INDEX)
    other = connect(tmp_path / "idp.db")
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with database.unaudited_tx() as tx:
            await tx.events.append(event())

    writing = asyncio.create_task(write())
    for _ in range(3):
        await asyncio.sleep(0)  # the loop goes on meanwhile
    assert not writing.done()
    other.execute("COMMIT")
    await asyncio.wait_for(writing, 5)
    other.close()
    await database.close()


@pytest.mark.stand
async def test_connections_that_the_server_ended_are_replaced(postgres_database_url: str) -> None:
    database = await Database.open(postgres_database_url, VAULT, INDEX, pool_size=3)
    async with database.unaudited_tx() as tx:
        await tx.events.append(event())
    ours, other = await Database.open(postgres_database_url, VAULT, INDEX, pool_size=1), database
    async with ours.unaudited_tx() as tx:
        await end_other_connections(tx.connection)
    with contextlib.suppress(StorageUnavailable):
        await other.ping()
    await other.ping()
    async with other.unaudited_tx() as tx:
        await tx.events.append(event())
        assert len(await tx.events.page()) == 2
    await ours.close()
    await other.close()


async def end_other_connections(connection: object) -> None:
    driver = connection._held.connection  # type: ignore[attr-defined]
    await driver.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )


async def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(StorageUnavailable):
        await Database.open(f"postgresql://idp@127.0.0.1:{free_port()}/idp", VAULT, INDEX)


async def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        await Database.open(f"sqlite:///{tmp_path}/missing/idp.db", VAULT, INDEX)


@pytest.mark.parametrize(
    "url", ["", "idp.db", "sqlite://", "sqlite:///:memory:", "mysql://u:p@h/d", "http://x", "::", "postgresql"]
)
async def test_an_address_that_means_nothing_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(UnusableUrl) as refused:
        await Database.open(url, VAULT, INDEX)
    assert "u:p" not in str(refused.value)


async def test_a_new_file_is_for_us_alone(tmp_path: Path) -> None:
    connect(tmp_path / "new.db").close()
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600
