"""Known browsers: by person and method, first met once, forgotten after a year without a sign of life."""

import asyncio
from datetime import timedelta

from idp.kernel.secret import Secret
from idp.storage.database import Database
from idp.storage.pruning import prune
from tests.storage.fixtures import NOW, sign_in

BROWSER, OTHER = Secret("a browser's cookie"), Secret("another's")


async def met(database: Database, person: str, browser: Secret = BROWSER, method: str = "password") -> bool:
    async with database.unaudited_tx() as tx:
        return await tx.known_browsers.met(person, browser, method, NOW)


async def methods(database: Database, person: str, browser: Secret = BROWSER) -> frozenset[str]:
    async with database.read() as tx:
        return await tx.known_browsers.methods(person, browser)


async def test_a_browser_is_known_to_the_person_who_used_it_and_by_what_they_proved(database: Database) -> None:
    one, other = (await sign_in(database)).person.id, (await sign_in(database)).person.id
    assert await methods(database, one) == frozenset()
    assert await met(database, one)
    assert not await met(database, one)
    assert await met(database, one, method="totp")
    assert await methods(database, one) == {"password", "totp"}
    assert await methods(database, one, OTHER) == frozenset()
    assert await methods(database, other) == frozenset()
    assert await methods(database, "") == frozenset()


async def test_of_several_requests_at_once_one_is_the_first(database: Database) -> None:
    person = (await sign_in(database)).person.id
    firsts = await asyncio.gather(*(met(database, person) for _ in range(5)))
    assert firsts.count(True) == 1


async def test_a_browser_unseen_for_a_year_is_forgotten(database: Database) -> None:
    person = (await sign_in(database)).person.id
    await met(database, person)
    await prune(database, NOW + timedelta(days=360))
    assert await methods(database, person) == {"password"}
    await prune(database, NOW + timedelta(days=370))
    assert await methods(database, person) == frozenset()
