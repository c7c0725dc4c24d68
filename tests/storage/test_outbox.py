"""The outbox: leased to one worker at a time, few in flight per receiver, marked only by who holds the lease."""

import asyncio
from datetime import timedelta

from idp.storage.database import Database
from idp.storage.outbox import Leased
from tests.storage.fixtures import NOW, SOON

LEASE = timedelta(seconds=30)


async def put(database: Database, *receivers: str) -> list[str]:
    async with database.unaudited_tx() as tx:
        return [await tx.outbox.put("logout", receiver, b"payload", NOW) for receiver in receivers]


async def test_a_message_is_leased_sent_and_marked(database: Database) -> None:
    [message] = await put(database, "shop")
    async with database.unaudited_tx() as tx:
        assert await tx.outbox.depth() == 1
        [leased] = await tx.outbox.lease(NOW, 10, LEASE)
        assert leased == Leased(message, "logout", "shop", b"payload", 1, 1)
        assert await tx.outbox.lease(NOW, 10, LEASE) == []
        assert await tx.outbox.delivered(message, leased.fence, SOON, 200)
        assert await tx.outbox.depth() == 0
        assert await tx.outbox.lease(NOW + timedelta(days=1), 10, LEASE) == []
        [delivery] = await tx.outbox.deliveries("shop")
    assert (delivery.status, delivery.delivered_at, delivery.attempts) == (200, SOON, 1)
    assert (delivery.next_attempt_at, delivery.abandoned_at, delivery.reason) == (None, None, None)
    assert "payload" not in repr(leased).replace("payload=", "")


async def test_a_lost_lease_marks_nothing(database: Database) -> None:
    [message] = await put(database, "shop")
    async with database.unaudited_tx() as tx:
        [slow] = await tx.outbox.lease(NOW, 10, LEASE)
        [quick] = await tx.outbox.lease(NOW + LEASE, 10, LEASE)
        assert (quick.id, quick.attempts, quick.fence) == (message, 2, slow.fence + 1)
        assert not await tx.outbox.delivered(message, slow.fence, SOON, 200)
        assert not await tx.outbox.failed(message, slow.fence, SOON, SOON, "timeout")
        assert await tx.outbox.delivered(message, quick.fence, SOON, 204)
        assert not await tx.outbox.delivered(message, quick.fence, SOON, 204)


async def test_a_failure_is_tried_again_later_and_given_up_at_last(database: Database) -> None:
    [message] = await put(database, "shop")
    later = SOON + timedelta(minutes=1)
    async with database.unaudited_tx() as tx:
        [first] = await tx.outbox.lease(NOW, 10, LEASE)
        assert await tx.outbox.failed(message, first.fence, SOON, later, "connect timeout")
        assert await tx.outbox.lease(later - timedelta(microseconds=1), 10, LEASE) == []
        [second] = await tx.outbox.lease(later, 10, LEASE)
        assert await tx.outbox.failed(message, second.fence, later, None, "HTTP 400", status=400)
        assert await tx.outbox.lease(later + timedelta(days=9), 10, LEASE) == []
        [delivery] = await tx.outbox.deliveries("shop")
        assert await tx.outbox.depth() == 0
    assert (delivery.abandoned_at, delivery.reason, delivery.status, delivery.attempts) == (later, "HTTP 400", 400, 2)


async def test_a_dead_receiver_delays_nobody(database: Database) -> None:
    await put(database, *(["dead"] * 20), "shop")
    async with database.unaudited_tx() as tx:
        first = await tx.outbox.lease(NOW, 10, LEASE, per_receiver=2)
        assert sorted(one.receiver for one in first) == ["dead", "dead", "shop"]
        assert await tx.outbox.lease(NOW, 10, LEASE, per_receiver=2) == []
        again = await tx.outbox.lease(NOW + LEASE, 10, LEASE, per_receiver=2)
        assert [one.receiver for one in again if one.receiver == "dead"] == ["dead", "dead"]
        assert await tx.outbox.depth() == 21


async def test_workers_at_once_share_the_work_and_respect_the_limit(database: Database) -> None:
    await put(database, *(["shop"] * 6), *(["spa"] * 6))

    async def work() -> list[Leased]:
        async with database.unaudited_tx() as tx:
            return await tx.outbox.lease(NOW, 10, LEASE, per_receiver=3)

    leased = [one for share in await asyncio.gather(*(work() for _ in range(5))) for one in share]
    assert len({one.id for one in leased}) == len(leased) == 6
    assert sorted(one.receiver for one in leased) == ["shop"] * 3 + ["spa"] * 3


async def test_the_limit_takes_the_oldest_first(database: Database) -> None:
    async with database.unaudited_tx() as tx:
        new = await tx.outbox.put("logout", "shop", b"new", SOON)
        old = await tx.outbox.put("logout", "spa", b"old", NOW, message_id="fixed-jti")
        assert old == "fixed-jti"
        [leased] = await tx.outbox.lease(SOON, 1, LEASE)
        assert leased.id == old
        [leased] = await tx.outbox.lease(SOON, 1, LEASE)
        assert leased.id == new
