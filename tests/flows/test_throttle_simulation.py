"""An attacker with a thousand addresses, an office of two hundred behind one, and the citizen at home: who waits?"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from idp.authn.throttle import ThrottlePolicy
from idp.flows import throttle
from idp.flows.hall import Hall
from idp.kernel.secret import Secret
from tests.doors.people_house import PeopleHouse, open_people_house

POLICY = ThrottlePolicy.strict()
OFFICE, HOME = "203.0.113.20", "2001:db8:0:1::7"
ADDRESSES = [f"198.51.{n // 250}.{n % 250}" for n in range(1000)]
CITIZEN = "person-lai"


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url, throttle=POLICY) as house:
        yield house


async def fails(hall: Hall, at: throttle.Keys, now: datetime) -> bool:
    """One wrong try; False where it had to wait and was not even looked at."""
    if await throttle.admit(hall, at, now):
        return False
    await throttle.failed(hall, at, now)
    return True


async def attack(hall: Hall, account: str, now: datetime, rounds: int) -> int:
    """Every address tries again and again; how many guesses were looked at."""
    heard = 0
    for _ in range(rounds):
        for address in ADDRESSES:
            heard += await fails(hall, throttle.keys(hall, account, address, "password"), now)
    return heard


def known(hall: Hall, account: str, address: str, method: str = "password") -> throttle.Keys:
    return throttle.keys(hall, account, address, method, Secret(f"the browser of {account}"))


async def test_an_attacker_with_a_thousand_addresses_is_slowed_and_the_citizen_never_waits(town: PeopleHouse) -> None:
    hall, now = town.hall, town.now
    heard = await attack(hall, CITIZEN, now, rounds=6)
    assert heard <= POLICY.account_limit + POLICY.free_tries * len(ADDRESSES)
    assert await attack(hall, CITIZEN, now, rounds=1) == 0, "and then none at all for the rest of the window"
    for typo in range(5):
        later = now + timedelta(seconds=typo)
        assert await fails(hall, known(hall, CITIZEN, HOME), later), "the citizen's own browser, typing badly"
    assert await throttle.admit(hall, known(hall, CITIZEN, ADDRESSES[0]), now) == 0, "even from an attacker's address"
    assert await throttle.admit(hall, throttle.keys(hall, CITIZEN, HOME, "password"), now) == 0, "a new phone at home"


async def test_an_office_behind_one_address_notices_nothing(town: PeopleHouse) -> None:
    hall, now = town.hall, town.now
    for number in range(200):
        clerk, moment = f"clerk-{number}", now + timedelta(seconds=number)
        at = known(hall, clerk, OFFICE)
        assert [await fails(hall, at, moment) for _ in range(3)] == [True] * 3
        assert await throttle.admit(hall, at, moment) == 0
        await throttle.succeeded(hall, at)
    newcomers = [throttle.keys(hall, f"new-{number}", OFFICE, "password") for number in range(30)]
    for at in newcomers:
        assert [await fails(hall, at, now + timedelta(seconds=200)) for _ in range(3)] == [True] * 3, "new browsers too"


async def test_an_attacker_inside_the_office_is_slowed_and_the_office_still_notices_nothing(town: PeopleHouse) -> None:
    hall, now = town.hall, town.now
    guesses = [throttle.keys(hall, f"clerk-{number % 200}", OFFICE, "password") for number in range(2000)]
    heard = [await fails(hall, at, now) for at in guesses].count(True)
    assert heard == POLICY.address_limit
    for number in range(200):
        assert await fails(hall, known(hall, f"clerk-{number}", OFFICE), now)
        assert await throttle.admit(hall, known(hall, f"clerk-{number}", OFFICE), now) == 0


async def test_a_stolen_browser_has_its_own_few_guesses_wherever_it_is_carried(town: PeopleHouse) -> None:
    hall, now = town.hall, town.now
    heard = [await fails(hall, known(hall, CITIZEN, address), now) for address in ADDRESSES[:40]]
    assert heard.count(True) == POLICY.pair_limit
    assert await fails(hall, throttle.keys(hall, CITIZEN, HOME, "password"), now), "others go on being heard"


async def test_to_be_known_by_one_method_or_to_one_person_is_worth_nothing_for_another(town: PeopleHouse) -> None:
    hall = town.hall
    keys = {known(hall, CITIZEN, HOME).both, known(hall, CITIZEN, HOME, "totp").both, known(hall, "other", HOME).both}
    assert len(keys) == 3
