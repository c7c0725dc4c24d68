"""The few atomic acts that Redis and its in-process twin both perform; the rooms beside this file are written on them.

Each act is atomic on one key, so that a Redis Cluster may spread the keys as it likes.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from idp.cache.errors import ValueTooLarge

MAX_VALUE = 256 * 1024


class Room(StrEnum):
    """One letter of the key's name per room: names never collide across rooms."""

    INTERACTIONS = "i"
    PUSHED_REQUESTS = "p"
    REPLAY = "r"
    THROTTLE = "t"
    UPSTREAM = "u"
    CHALLENGES = "c"
    MESSAGE_CODES = "m"
    RECOVERIES = "v"
    PADS = "d"


@dataclass(frozen=True, slots=True)
class Key:
    """The room and the hashed name: whoever lists the keys of Redis learns no identifier that a browser bears."""

    room: Room
    name: str


@dataclass(frozen=True, slots=True)
class Versioned:
    """A record and the number of the write that left it: `swap` needs the number."""

    version: int
    record: bytes


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` hits in any `milliseconds` on end."""

    limit: int
    milliseconds: int


class Store(Protocol):
    """Every act may raise CacheUnavailable. Times to live are whole seconds, at least one."""

    async def get(self, key: Key) -> bytes | None: ...

    async def put(self, key: Key, value: bytes, ttl: int) -> None: ...

    async def put_new(self, key: Key, ttl: int) -> bool:
        """Mark the key; False when it was marked already. Of any number of callers at once exactly one gets True."""
        ...

    async def take(self, key: Key) -> bytes | None:
        """Read and delete in one act."""
        ...

    async def delete(self, key: Key) -> None: ...

    async def get_versioned(self, key: Key) -> Versioned | None: ...

    async def put_versioned(self, key: Key, record: bytes, ttl: int) -> int:
        """Write whatever stood there; the version goes up, never back, while the key lives."""
        ...

    async def swap(self, key: Key, expected: int, record: bytes, ttl: int) -> bool:
        """Write only over the expected version. Of any number of callers at once at most one gets True."""
        ...

    async def hit(self, key: Key, window: Window, now: int) -> int:
        """Count a hit at `now` (ms): 0 when it fits the window, else the milliseconds until one would."""
        ...

    async def would_wait(self, key: Key, window: Window, now: int) -> int:
        """What `hit` would answer, without counting."""
        ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


def named(room: Room, name: bytes) -> Key:
    return Key(room, hashlib.sha256(name).hexdigest())


def checked(value: bytes) -> bytes:
    """The value itself, if it is short enough to hold."""
    if len(value) > MAX_VALUE:
        raise ValueTooLarge(f"{len(value)} bytes")
    return value


def lifetime(ttl: int) -> int:
    """The time to live itself, if there is any: holding something for no time is a mistake of the caller."""
    if ttl < 1:
        raise ValueError("a time to live is at least one second")
    return ttl
