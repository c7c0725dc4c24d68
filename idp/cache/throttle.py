"""Sliding windows that slow guessing down: how many tries a key may make in any window of time.

Keys are opaque: whoever calls derives them with a key of its own (a plain hash of an IPv4 address is no secret). What
counts, and that no citizen is locked out, is decided in authn; here is only the counting.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.cache.store import Room, Store, Window, named


@dataclass(frozen=True, slots=True)
class Verdict:
    """`retry_after_s` is what the Retry-After header says (RFC 9110 §10.2.3): 0 when allowed, else at least 1."""

    allowed: bool
    retry_after_s: int


class Throttle:
    """A refused hit isn't counted: knocking on goes on being refused, but never pushes the end of the window away."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def hit(self, key: bytes, limit: int, window_s: int, now: datetime) -> Verdict:
        """Count one try and say whether it fits."""
        if limit < 1:
            return Verdict(False, window_s)
        window = Window(limit, window_s * 1000)
        return _verdict(await self._store.hit(named(Room.THROTTLE, key), window, _milliseconds(now)))

    async def peek(self, key: bytes, limit: int, window_s: int, now: datetime) -> Verdict:
        """Say whether a try would fit, without counting it."""
        if limit < 1:
            return Verdict(False, window_s)
        window = Window(limit, window_s * 1000)
        return _verdict(await self._store.would_wait(named(Room.THROTTLE, key), window, _milliseconds(now)))

    async def forget(self, key: bytes) -> None:
        """A success wipes the slate."""
        await self._store.delete(named(Room.THROTTLE, key))


def _milliseconds(now: datetime) -> int:
    return int(now.timestamp() * 1000)


def _verdict(wait: int) -> Verdict:
    return Verdict(wait == 0, -(-wait // 1000))
