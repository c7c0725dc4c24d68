"""An attacker with a thousand addresses, an office behind one, the citizen at home: who waits, and who works?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from idp.authn.throttle import ThrottlePolicy
from idp.flows import effort, throttle
from idp.flows.effort import Paid
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction
from idp.kernel.secret import Secret
from tests.authn.test_effort import solve
from tests.doors.people_house import PeopleHouse, open_people_house

POLICY = ThrottlePolicy.strict()
OFFICE, HOME = "203.0.113.20", "2001:db8:0:1::7"
ADDRESSES = [f"198.51.{n // 250}.{n % 250}" for n in range(1000)]
CITIZEN = "person-lai"
BEGUN = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
# Puzzles that a test can solve by the thousand; what they would cost is counted as if they were of full size.
EASIER = POLICY.work_bits - 1
EASY = replace(POLICY, work_bits=POLICY.work_bits - EASIER)


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


@dataclass
class Crowd:
    """Strangers who try, each from a place of their own, and pay what is asked of them: by work, or by waiting."""

    hall: Hall
    works: bool
    heard: int = 0
    hashes: int = 0
    _tickets: dict[tuple[str, str], str] = field(default_factory=dict)

    async def tries(self, account: str, address: str, now: datetime) -> bool:
        """One wrong password; whether it was looked at."""
        at, asker = throttle.keys(self.hall, account, address, "password"), _interaction(address)
        paid = Paid(self._tickets.get((account, address), ""))
        asked = await effort.due(self.hall, asker, at, paid, now)
        if asked is not None and self.works:
            self.hashes += 2 ** (asked.bits + EASIER)
            asked = await effort.due(self.hall, asker, at, Paid(asked.ticket, solve(asked.ticket, asked.bits)), now)
        if asked is not None:
            self._tickets[account, address] = asked.ticket
            return False
        self._tickets.pop((account, address), None)
        heard = await fails(self.hall, at, now)
        self.heard += heard
        return heard


def _interaction(address: str) -> Interaction:
    request: Any = None
    return Interaction(f"sign-in from {address}", request, BEGUN, f"browser at {address}", "nonce")


@pytest.fixture
async def besieged(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url, throttle=EASY) as house:
        yield house


async def test_a_crowd_with_scripts_pays_for_every_guess_at_one_account(besieged: PeopleHouse) -> None:
    crowd = Crowd(besieged.hall, works=True)
    for _ in range(POLICY.free_tries + 1):
        for address in ADDRESSES[:200]:
            await crowd.tries(CITIZEN, address, besieged.now)
    assert crowd.heard <= POLICY.account_limit + POLICY.free_tries * 200
    assert crowd.hashes >= (crowd.heard - POLICY.account_limit) * 2 ** (POLICY.work_bits + 2), "2^18 each: 157 million"


async def test_a_crowd_without_scripts_is_held_back_by_the_clock(besieged: PeopleHouse) -> None:
    """Three guesses from each of a hundred addresses: no longer at once, but after twice the wait each."""
    crowd, begun = Crowd(besieged.hall, works=False), besieged.now
    seconds = 0
    while crowd.heard < 300 and seconds < POLICY.window_seconds:
        for address in ADDRESSES[:100]:
            await crowd.tries(CITIZEN, address, begun + timedelta(seconds=seconds))
        seconds += POLICY.work_wait_seconds
    assert crowd.heard <= POLICY.account_limit + POLICY.free_tries * 100
    assert seconds >= 4 * POLICY.work_wait_seconds, "it took minutes"


async def test_a_crowd_at_many_accounts_heats_the_hub_and_a_place_waits_once_at_a_time(sqlite_url: str) -> None:
    """Twenty addresses, a new account for each guess: a hundred a place, unless the hub is hot."""
    async with open_people_house(sqlite_url, throttle=replace(EASY, hub_from=120)) as house:
        crowd = Crowd(house.hall, works=False)
        for round_ in range(POLICY.window_seconds // POLICY.work_wait_seconds):
            now = house.now + timedelta(seconds=round_ * POLICY.work_wait_seconds)
            for address in ADDRESSES[:20]:
                for number in range(8):
                    await crowd.tries(f"account {round_ % 4} {number} {address}", address, now)
    places, waits = 20, POLICY.window_seconds // POLICY.work_wait_seconds
    assert crowd.heard <= 120 + places * (waits + 1), "and not 2000"


async def test_under_siege_citizens_and_office_are_heard_without_a_step_and_strangers_after_one(
    besieged: PeopleHouse,
) -> None:
    hall, now = besieged.hall, besieged.now
    for address in ADDRESSES[:100]:
        await fails(hall, throttle.keys(hall, CITIZEN, address, "password"), now)
    for at in (known(hall, CITIZEN, HOME), known(hall, CITIZEN, ADDRESSES[0])):
        assert await effort.due(hall, _interaction(HOME), at, Paid(), now) is None
    for number in range(200):
        clerk = f"clerk-{number}"
        for at in (known(hall, clerk, OFFICE), throttle.keys(hall, clerk, OFFICE, "password")):
            assert await effort.due(hall, _interaction(OFFICE), at, Paid(), now) is None, "nobody attacks the clerks"
    new_phone = throttle.keys(hall, CITIZEN, HOME, "password")
    asked = await effort.due(hall, _interaction(HOME), new_phone, Paid(), now)
    assert asked is not None
    assert asked.seconds <= 4 * POLICY.work_wait_seconds
    later = now + timedelta(seconds=asked.seconds)
    assert await effort.due(hall, _interaction(HOME), new_phone, Paid(asked.ticket), later) is None
    assert await throttle.admit(hall, new_phone, later) == 0, "nobody is locked out"
