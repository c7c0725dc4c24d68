"""A migration while the service runs: statements prepared before it are prepared anew, and nobody sees an error."""

import asyncpg
import pytest

from idp.storage.database import Database
from tests.storage.conftest import INDEX, VAULT
from tests.storage.fixtures import SOON, digest, issued, redeem, sign_in

pytestmark = pytest.mark.stand


async def test_the_hot_path_survives_new_columns_and_changed_types(postgres_database_url: str) -> None:
    database = await Database.open(postgres_database_url, VAULT, INDEX, pool_size=2)
    signed_in = await sign_in(database)
    grant = signed_in.grant()
    for _ in range(8):
        assert await redeem(database, await issued(database, signed_in, signed_in.grant()), digest()) is not None
    await issued(database, signed_in, grant)
    for _ in range(8):
        assert await database.hot.token_state(grant.id, "jti", SOON) is not None
    migrating = await asyncpg.connect(postgres_database_url)
    await migrating.execute("ALTER TABLE grants ADD COLUMN actor text")
    await migrating.execute("ALTER TABLE events ADD COLUMN leaf bigint")
    await migrating.execute("ALTER TABLE grants ALTER COLUMN sid TYPE varchar(100)")
    await migrating.close()
    state = await database.hot.token_state(grant.id, "jti", SOON)
    assert state is not None
    assert state.grant == grant
    assert await redeem(database, await issued(database, signed_in, signed_in.grant()), digest()) is not None
    await database.close()
