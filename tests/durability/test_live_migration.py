"""The schema of the next release arrives while this one serves: nobody notices, and this one starts on it too."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from idp.storage import alembic_run
from tests.durability.back_office import BackOffice
from tests.durability.hub import ACCOUNTS, BASIC, Hub, furnished
from tests.durability.ledger import Family, Ledger
from tests.durability.processes import until
from tests.durability.rows import rows
from tests.durability.visit import Visit
from tests.stand.postgres import Postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

_OF_A_TEST = Path(__file__).with_name("versions")


@pytest.fixture
def hub(postgres: Postgres) -> Iterator[Hub]:
    with furnished(postgres.create(), accounts=ACCOUNTS[:2]) as made:
        yield made


async def expand(url: str) -> None:
    """`idp migrate` of the next release: the same run, with a few more versions."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool)

    def run(connection: Connection) -> None:
        config = alembic_run.config(connection, each_alone=True)
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", f"{alembic_run.FOLDER / 'versions'}\n{_OF_A_TEST}")
        command.upgrade(config, "head")

    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


@dataclass
class Usage:
    """People and services that go on all the while, each request once: what fails is remembered."""

    hub: Hub
    family: Family
    office: BackOffice
    rounds: int = 0
    over: bool = False
    failures: list[str] = field(default_factory=list)

    async def service(self) -> None:
        while not self.over:
            before = self.family.refreshed
            await self.office.refresh(self.family)
            active = await self.office.is_active(self.family.service, self.family.access[-1])
            told = await self.office.userinfo(self.family.access[-1])
            if self.family.unanswered or self.family.refreshed == before or not active or told.status_code != 200:
                self.failures.append(f"{self.family.unanswered} {active} {told.status_code}")
            self.rounds += 1

    async def people(self) -> None:
        while not self.over:
            visit = Visit(self.hub, ACCOUNTS[1], Ledger())
            code = await visit.walk_once(self.hub.services[BASIC])
            assert (await self.office.redeem_once(code)).status_code == 200
            await visit.close()
            self.rounds += 1

    async def more(self, count: int = 10) -> None:
        aim = self.rounds + count

        async def reached() -> bool:
            return self.rounds >= aim

        await until(reached, "it goes on", 60)


async def test_the_next_schema_arrives_under_load(hub: Hub) -> None:
    async with hub.serving() as [node]:
        office = BackOffice(hub, Ledger())
        visit = Visit(hub, ACCOUNTS[0], Ledger())
        family = await office.redeem(await visit.code(hub.services[BASIC]))
        assert family is not None
        usage = Usage(hub, family, office)
        work = [asyncio.create_task(usage.service()), asyncio.create_task(usage.people())]
        await usage.more()
        await expand(hub.database_url)
        await usage.more()
        [[version]] = await rows(hub.database_url, "SELECT version_num FROM alembic_version")
        assert version == "of_a_test_5"
        usage.over = True
        await asyncio.gather(*work)
        assert usage.failures == []
        await statements_are_prepared_anew(hub, office, family)
        # The way back: the release of before starts again where the next one has been.
        node.kill()
        node.start()
        await node.up()
        await office.refresh(family)
        await visit.walk_once(hub.services[BASIC])
        await visit.close()
        await office.close()


async def statements_are_prepared_anew(hub: Hub, office: BackOffice, family: Family) -> None:
    """A changed type makes every prepared statement of the table invalid: the hot path prepares it again, once."""
    connection = await asyncpg.connect(hub.database_url)
    await connection.execute("ALTER TABLE grants ALTER COLUMN sid TYPE varchar(200)")
    await connection.close()
    await office.refresh(family)
    assert not family.unanswered
    assert await office.is_active(family.service, family.access[-1])
    assert (await office.userinfo(family.access[-1])).status_code == 200
