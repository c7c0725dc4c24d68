"""Recoveries, locks and authenticators that are put aside: one at a time, ended once, given back or pruned."""

from dataclasses import replace
from datetime import timedelta

from idp.authn.recovery_rules import Recovery, State
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.storage.account_locks import AccountLock
from idp.storage.authenticators import Authenticator
from idp.storage.database import Database
from idp.storage.pruning import prune
from tests.storage.fixtures import NOW, sign_in

DAY = timedelta(days=1)


def _recovery(person_id: str) -> Recovery:
    return Recovery(new_id(), person_id, State.RUNNING, NOW, NOW + DAY, NOW + 8 * DAY, b"browser")


async def test_one_recovery_runs_at_a_time_and_ends_once(database: Database) -> None:
    person_id = (await sign_in(database)).person.id
    first, second = _recovery(person_id), _recovery(person_id)
    async with database.unaudited_tx() as tx:
        assert await tx.recoveries.begin(first, ("email", "phone"))
        assert not await tx.recoveries.begin(second, ("paper", "phone"))
        assert await tx.recoveries.running(person_id) == first
        assert await tx.recoveries.move(first.id, b"another")
        assert await tx.recoveries.end(first.id, State.COMPLETED, NOW)
        assert not await tx.recoveries.end(first.id, State.CANCELLED, NOW)
        assert not await tx.recoveries.move(first.id, b"too late")
        assert await tx.recoveries.get(first.id) == replace(first, state=State.COMPLETED, browser=b"another")
        assert await tx.recoveries.begin(second, ("paper", "phone"))


async def test_one_lock_stands_at_a_time_and_is_lifted_once(database: Database) -> None:
    person_id = (await sign_in(database)).person.id
    lock = AccountLock(new_id(), person_id, NOW, "case", "new_device", NOW - DAY)
    async with database.unaudited_tx() as tx:
        assert await tx.account_locks.standing(person_id) is None
        assert await tx.account_locks.add(lock)
        assert not await tx.account_locks.add(replace(lock, id=new_id()))
        assert await tx.account_locks.standing(person_id) == lock
        assert await tx.account_locks.lift(lock.id, NOW + DAY)
        assert not await tx.account_locks.lift(lock.id, NOW + DAY)
        assert await tx.account_locks.standing(person_id) is None
        assert await tx.account_locks.latest(person_id) == replace(lock, lifted_at=NOW + DAY)
        assert await tx.account_locks.add(replace(lock, id=new_id(), since=NOW + 2 * DAY))


async def _enrolled(database: Database, person_id: str) -> list[Authenticator]:
    async with database.read() as tx:
        return await tx.authenticators.of_person(person_id)


async def test_what_is_put_aside_proves_nothing_and_comes_back_or_goes_after_thirty_days(database: Database) -> None:
    person_id = (await sign_in(database)).person.id
    async with database.unaudited_tx() as tx:
        for _ in range(3):
            await tx.authenticators.add(person_id, "totp", b"JBSWY3DPEHPK3PXP", NOW, level_cap=Level.HIGH)
        kept, back, gone = (one.id for one in await tx.authenticators.of_person(person_id))
        for one in (back, gone):
            assert await tx.authenticators.suspend(one, person_id, "recovery", NOW)
            assert not await tx.authenticators.suspend(one, person_id, "another", NOW)
        assert not await tx.authenticators.take_step(gone, 7, NOW)
        assert await tx.authenticators.take_step(gone, 7, NOW, aside=True)
        assert {one.id for one in await tx.authenticators.suspended(person_id)} == {back, gone}
        assert not await tx.authenticators.restore(back, "somebody else")
        assert await tx.authenticators.restore(back, person_id)
    assert {one.id for one in await _enrolled(database, person_id)} == {kept, back}
    assert (await prune(database, NOW + 29 * DAY))["suspended_authenticators"] == 0
    lock = AccountLock(new_id(), person_id, NOW, "case", "new_device", NOW)
    async with database.unaudited_tx() as tx:
        await tx.account_locks.add(lock)
    assert (await prune(database, NOW + 31 * DAY))["suspended_authenticators"] == 0, "undoing may still give it back"
    async with database.unaudited_tx() as tx:
        await tx.account_locks.lift(lock.id, NOW)
    assert (await prune(database, NOW + 31 * DAY))["suspended_authenticators"] == 1
    assert {one.id for one in await _enrolled(database, person_id)} == {kept, back}
