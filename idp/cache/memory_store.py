"""The in-process twin of Redis: same acts, same answers, bounded memory, gone with the process.

Nothing here awaits, so within one event loop each act is atomic.
"""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from idp.cache.errors import CacheUnavailable
from idp.cache.store import Key, Room, Versioned, Window
from idp.kernel.clock import Clock

_OVERHEAD = 400  # bytes that one entry costs beside its value: names, tuples, the heap
_HIT = 32  # bytes of one remembered hit

MIB: Final = 1024 * 1024
CAPACITY: Final = {
    Room.INTERACTIONS: 24 * MIB,
    Room.PUSHED_REQUESTS: 12 * MIB,
    Room.REPLAY: 12 * MIB,
    Room.THROTTLE: 12 * MIB,
    Room.UPSTREAM: 12 * MIB,
    Room.CHALLENGES: 4 * MIB,
    Room.RECOVERIES: 4 * MIB,
    Room.MESSAGE_CODES: 4 * MIB,
    Room.PADS: 4 * MIB,
}


@dataclass(slots=True)
class _Entry:
    expires: float
    serial: int
    size: int
    version: int
    value: bytes
    hits: list[int]


class _Shelf:
    """One room's entries, at most so many bytes."""

    def __init__(self, capacity: int, *, evicts: bool) -> None:
        self._capacity = capacity
        self._evicts = evicts
        self._entries: dict[str, _Entry] = {}
        self._by_expiry: list[tuple[float, int, str]] = []
        self._serials: Iterator[int] = itertools.count()
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        return self._size

    def find(self, name: str, now: float) -> _Entry | None:
        entry = self._entries.get(name)
        if entry is None or entry.expires > now:
            return entry
        self.remove(name)
        return None

    def remove(self, name: str) -> None:
        entry = self._entries.pop(name, None)
        if entry is not None:
            self._size -= entry.size

    def write(
        self, name: str, now: float, ttl: int, *, version: int = 0, value: bytes = b"", hits: list[int] | None = None
    ) -> None:
        self.remove(name)
        hits = hits or []
        entry = _Entry(now + ttl, next(self._serials), _OVERHEAD + len(value) + _HIT * len(hits), version, value, hits)
        self._make_room(entry.size, now)
        self._entries[name] = entry
        self._size += entry.size
        heapq.heappush(self._by_expiry, (entry.expires, entry.serial, name))
        if len(self._by_expiry) > 2 * len(self._entries) + 64:
            self._by_expiry = [(e.expires, e.serial, n) for n, e in self._entries.items()]
            heapq.heapify(self._by_expiry)

    def _make_room(self, size: int, now: float) -> None:
        """Drop what has expired; if that isn't enough, what would have expired next, or refuse to forget."""
        while self._by_expiry and (self._by_expiry[0][0] <= now or self._size + size > self._capacity):
            expires, serial, name = self._by_expiry[0]
            entry = self._entries.get(name)
            if entry is not None and entry.serial == serial:
                if expires > now and not self._evicts:
                    raise CacheUnavailable("full")
                self.remove(name)
            heapq.heappop(self._by_expiry)


class MemoryStore:
    """For one process: the demo, tests, and a small installation. Restarting it costs repeated sign-in pages."""

    def __init__(self, clock: Clock, capacity: dict[Room, int] | None = None) -> None:
        self._clock = clock
        # A flood must never make us forget what was seen: the replay shelf refuses instead of evicting.
        self._shelves = {
            room: _Shelf(size, evicts=room is not Room.REPLAY) for room, size in (capacity or CAPACITY).items()
        }

    def size(self, room: Room) -> int:
        """Bytes held, by our own count."""
        return self._shelves[room].size

    async def get(self, key: Key) -> bytes | None:
        entry = self._find(key)
        return entry.value if entry else None

    async def put(self, key: Key, value: bytes, ttl: int) -> None:
        self._shelves[key.room].write(key.name, self._now(), ttl, value=value)

    async def put_new(self, key: Key, ttl: int) -> bool:
        if self._find(key):
            return False
        self._shelves[key.room].write(key.name, self._now(), ttl)
        return True

    async def take(self, key: Key) -> bytes | None:
        entry = self._find(key)
        self._shelves[key.room].remove(key.name)
        return entry.value if entry else None

    async def delete(self, key: Key) -> None:
        self._shelves[key.room].remove(key.name)

    async def get_versioned(self, key: Key) -> Versioned | None:
        entry = self._find(key)
        return Versioned(entry.version, entry.value) if entry else None

    async def put_versioned(self, key: Key, record: bytes, ttl: int) -> int:
        entry = self._find(key)
        version = entry.version + 1 if entry else 1
        self._shelves[key.room].write(key.name, self._now(), ttl, version=version, value=record)
        return version

    async def swap(self, key: Key, expected: int, record: bytes, ttl: int) -> bool:
        entry = self._find(key)
        if entry is None or entry.version != expected:
            return False
        await self.put_versioned(key, record, ttl)
        return True

    async def hit(self, key: Key, window: Window, now: int) -> int:
        entry = self._find(key)
        hits = entry.hits if entry else []
        wait = _wait(hits, window, now)
        if wait == 0:
            ttl = -(-window.milliseconds // 1000)
            self._shelves[key.room].write(key.name, self._now(), ttl, hits=[now, *hits][: window.limit])
        return wait

    async def would_wait(self, key: Key, window: Window, now: int) -> int:
        entry = self._find(key)
        return _wait(entry.hits if entry else [], window, now)

    async def ping(self) -> None:
        return None

    async def close(self) -> None:
        return None

    def _find(self, key: Key) -> _Entry | None:
        return self._shelves[key.room].find(key.name, self._now())

    def _now(self) -> float:
        return self._clock().timestamp()


def _wait(hits: list[int], window: Window, now: int) -> int:
    """Newest first: the window is full when its `limit`-th newest hit still lies within it."""
    if len(hits) < window.limit:
        return 0
    return max(0, hits[window.limit - 1] + window.milliseconds - now)
