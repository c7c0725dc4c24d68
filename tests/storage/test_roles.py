"""The two roles of migrations/README.md, made by its own statements: the service's role can't rewrite the audit log."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from idp.storage.database import Database
from idp.storage.migrate import upgrade
from tests.storage.conftest import INDEX, VAULT
from tests.storage.fixtures import digest, event, issued, redeem, sign_in

pytestmark = pytest.mark.stand

README = Path(__file__).parents[2] / "migrations" / "README.md"


def run(url: str, script: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(script)
        finally:
            await connection.close()

    asyncio.run(execute())


@pytest.fixture
def as_role(postgres_url: str) -> Iterator[dict[str, str]]:
    before, after = re.findall(r"```sql\n(.*?)```", README.read_text(), re.DOTALL)
    # This database exists already, and we are connected to it.
    before = re.sub(r"^(CREATE DATABASE|\\connect).*$", "", before, flags=re.MULTILINE)
    urls = {role: postgres_url.replace("postgres@", f"{role}@") for role in ("idp_owner", "idp_app")}
    run(postgres_url, before)
    upgrade(urls["idp_owner"])
    run(urls["idp_owner"], after)
    yield urls
    run(postgres_url, "DROP OWNED BY idp_app, idp_owner CASCADE; DROP ROLE idp_app; DROP ROLE idp_owner")


def test_the_services_role_works_and_only_appends(as_role: dict[str, str]) -> None:
    async def work() -> None:
        database = await Database.open(as_role["idp_app"], VAULT, INDEX)
        signed_in = await sign_in(database)
        assert await redeem(database, await issued(database, signed_in, signed_in.grant()), digest()) is not None
        assert await database.hot.record_release(event(), "jti")
        await database.close()

    asyncio.run(work())
    assert not upgrade(as_role["idp_app"])
    for attack in (
        "UPDATE events SET actor = 'nobody'",
        "DELETE FROM events",
        "TRUNCATE events",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "DROP TRIGGER append_only ON events",
        "UPDATE alembic_version SET version_num = 'x'",
        "CREATE TABLE mine (id int)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            run(as_role["idp_app"], attack)


def test_the_owner_is_refused_by_the_trigger(as_role: dict[str, str]) -> None:
    for attack in ("UPDATE events SET actor = 'nobody'", "DELETE FROM events", "TRUNCATE events"):
        with pytest.raises(asyncpg.RaiseError, match="only appended"):
            run(as_role["idp_owner"], attack)
