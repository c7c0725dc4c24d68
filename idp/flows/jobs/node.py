"""The standing work of one node: started with it, and stopped before its stores are closed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from idp.cache import EVERYTHING
from idp.flows import counter_case, counter_refusal, find_people, levels, verification_cases
from idp.flows.courier import Courier
from idp.flows.hall import Hall
from idp.flows.jobs.registers import ask_waiting
from idp.flows.jobs.repeating import repeat
from idp.flows.rotate_keys import rotate
from idp.kernel.clock import Clock
from idp.storage.pruning import prune

KEYS_TOPIC: Final = "keys"
CLIENT_TOPIC: Final = "client:"
_OUTBOX_EVERY: Final = timedelta(seconds=1)
# A key that was declared compromised must be out at once, though the message that says so was lost or never sent.
_KEYS_EVERY: Final = timedelta(seconds=1)
_PRUNE_EVERY: Final = timedelta(minutes=10)
# A level that has ended counts no longer at once; what is left of it may come a minute later.
_LEVELS_EVERY: Final = timedelta(minutes=1)
_REMINDERS_EVERY: Final = timedelta(hours=1)
_ABANDONED_EVERY: Final = timedelta(minutes=10)
# Somebody waits for it at the end of a day of waiting.
_RAISES_EVERY: Final = timedelta(seconds=5)
# How many messages are waiting is for a graph: once in a while is enough.
_DEPTH_EVERY: Final = timedelta(seconds=15)
_REGISTERS_EVERY: Final = timedelta(seconds=2)
# How frequent words are changes slowly, and several nodes share one count.
_WORDS_EVERY: Final = timedelta(hours=1)


async def ready_keys(hall: Hall, clock: Clock) -> None:
    """Before the first request: there is a key for each algorithm, and this node has loaded it."""
    await rotate(hall.db, hall.vault, hall.policies.rotation)
    await hall.keys.reload(clock())


@asynccontextmanager
async def standing_work(hall: Hall, clock: Clock, depth: Callable[[int], object]) -> AsyncIterator[None]:
    """All of it for as long as the block lasts; `depth` hears how many messages the outbox holds."""
    stop, changed, courier = asyncio.Event(), asyncio.Event(), Courier(hall)
    unsubscribe = _forget_what_changes(hall, changed)
    every_key = hall.policies.rotation.reload_every
    tasks = [
        asyncio.create_task(repeat("outbox", lambda: _deliver(courier, clock), _OUTBOX_EVERY, stop, hall.outbox_due)),
        asyncio.create_task(repeat("keys", lambda: _keys(hall, clock), every_key, stop, changed)),
        asyncio.create_task(repeat("key changes", lambda: hall.keys.reload(clock()), _KEYS_EVERY, stop)),
        asyncio.create_task(repeat("pruning", lambda: prune(hall.db, clock()), _PRUNE_EVERY, stop)),
        asyncio.create_task(repeat("levels", lambda: levels.settle_lapsed(hall, clock()), _LEVELS_EVERY, stop)),
        asyncio.create_task(
            repeat("raises", lambda: verification_cases.settle_due(hall, clock()), _RAISES_EVERY, stop)
        ),
        asyncio.create_task(repeat("seconds", lambda: counter_case.draw_waiting(hall, clock()), _LEVELS_EVERY, stop)),
        asyncio.create_task(
            repeat("abandoned cases", lambda: counter_refusal.end_abandoned(hall, clock()), _ABANDONED_EVERY, stop)
        ),
        asyncio.create_task(repeat("reminders", lambda: levels.remind(hall, clock()), _REMINDERS_EVERY, stop)),
        asyncio.create_task(repeat("frequent words", lambda: find_people.recount(hall, clock()), _WORDS_EVERY, stop)),
        asyncio.create_task(repeat("outbox depth", lambda: _depth(hall, depth), _DEPTH_EVERY, stop)),
    ]
    if hall.population_register is not None:
        work = repeat("questions to registers", lambda: ask_waiting(hall, clock, stop), _REGISTERS_EVERY, stop)
        tasks.append(asyncio.create_task(work))
    try:
        yield
    finally:
        unsubscribe()
        stop.set()
        await asyncio.gather(*tasks)
        await courier.settle()


def _forget_what_changes(hall: Hall, keys_changed: asyncio.Event) -> Callable[[], None]:
    """Another node, or a command line, has written: what this process keeps in memory may be old."""

    def forget(topic: str) -> None:
        if topic in (KEYS_TOPIC, EVERYTHING):
            keys_changed.set()
        if topic == EVERYTHING:
            hall.clients.forget()
        elif topic.startswith(CLIENT_TOPIC):
            hall.clients.forget(topic.removeprefix(CLIENT_TOPIC))

    def written_elsewhere() -> None:
        forget(EVERYTHING)
        hall.outbox_due.set()

    hall.db.writer_noticed(written_elsewhere)
    return hall.cache.invalidation.subscribe(forget)


async def _deliver(courier: Courier, clock: Clock) -> None:
    while await courier.send_due(clock()):
        pass


async def _keys(hall: Hall, clock: Clock) -> None:
    changes = await rotate(hall.db, hall.vault, hall.policies.rotation)
    await hall.keys.reload(clock())
    if changes:
        await hall.cache.invalidation.publish(KEYS_TOPIC)


async def _depth(hall: Hall, depth: Callable[[int], object]) -> None:
    async with hall.db.read() as tx:
        depth(await tx.outbox.depth())
