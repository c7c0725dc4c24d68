"""Slows down guessing without locking anybody out: counters by address, by account, and by both together.

An attacker with many addresses fills the account's counter; whoever comes from an address that did not fail yet is
still heard, so the citizen gets in: a lock on the account alone would be a gift to attackers. And the browser in which
the citizen signed in before is held up by nothing that others do, neither to the account nor from the same address.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address

from idp.authn.throttle import ThrottlePolicy
from idp.cache import Cache, Verdict
from idp.crypto.root_keys import Purpose
from idp.flows.hall import Hall
from idp.kernel.secret import Secret


@dataclass(frozen=True, slots=True)
class Keys:
    """Opaque: neither an address nor an account can be read from them."""

    address: bytes
    account: bytes
    both: bytes
    # A browser in which this person proved the same before: only what failed in it counts, wherever it is.
    known: bool = False


def keys(hall: Hall, account: str, address: str, method: str, browser: Secret | None = None) -> Keys:
    """`account` is the person's id, or the canonical identifier where nobody bears it: one under every spelling.

    All methods share the account's counter, but whoever knows the password must not wipe out failed codes by using it.
    `browser` is given where it is known for this account and method.
    """
    place = _place(address)
    if browser is not None:
        own = _opaque(hall, "known", account, browser.reveal(), method)
        return Keys(_opaque(hall, "address", place), _opaque(hall, "account", account), own, known=True)
    return Keys(
        _opaque(hall, "address", place),
        _opaque(hall, "account", account),
        _opaque(hall, "both", account, place, method),
    )


async def admit(hall: Hall, at: Keys, now: datetime) -> int:
    """How many seconds this visitor has to wait before another try at this account; 0: go.

    The try is counted before it is made, in one act, so that a hundred parallel guesses are a hundred and not one.
    """
    policy, throttle = hall.policies.throttle, hall.cache.throttle
    if not at.known and (waiting := await _stranger_waits(hall.cache, policy, at, now)):
        return waiting
    pair = await throttle.hit(at.both, policy.pair_limit, policy.window_seconds, now)
    return 0 if pair.allowed else max(pair.retry_after_s, 1)


async def asked(hall: Hall, address: str, now: datetime) -> int:
    """Seconds to wait before this place may have another message sent; 0: go. Who they are for is counted elsewhere."""
    policy = hall.policies.throttle
    key = _opaque(hall, "asked", _place(address))
    verdict = await hall.cache.throttle.hit(key, policy.address_limit, policy.window_seconds, now)
    return 0 if verdict.allowed else max(verdict.retry_after_s, 1)


async def failed(hall: Hall, at: Keys, now: datetime) -> None:
    """Count one failure of this account and, unless the browser is known, of this place: typos fill no office's."""
    policy, throttle = hall.policies.throttle, hall.cache.throttle
    if not at.known:
        await throttle.hit(at.address, policy.address_limit, policy.window_seconds, now)
        await throttle.hit(_hub(hall), policy.hub_from, policy.window_seconds, now)
    await throttle.hit(at.account, policy.account_limit, policy.window_seconds, now)


async def heat(hall: Hall, at: Keys, now: datetime) -> int:
    """How hard this account, and the hub, are being tried; 0: calm. A full counter of the account is a step more."""
    policy, throttle = hall.policies.throttle, hall.cache.throttle
    hub = await throttle.peek(_hub(hall), policy.hub_from, policy.window_seconds, now)
    account = await throttle.peek(at.account, policy.crowd_from, policy.window_seconds, now)
    steps = int(not hub.allowed) + int(not account.allowed)
    if account.allowed:
        return steps
    full = await throttle.peek(at.account, policy.account_limit, policy.window_seconds, now)
    return steps + int(not full.allowed)


async def must_wait(hall: Hall, at: Keys, now: datetime) -> bool:
    """Whether `admit` would say so: nothing is counted."""
    policy = hall.policies.throttle
    if await _stranger_waits(hall.cache, policy, at, now):
        return True
    pair = await hall.cache.throttle.peek(at.both, policy.pair_limit, policy.window_seconds, now)
    return not pair.allowed


async def waited(hall: Hall, at: Keys, seconds: int, now: datetime) -> int:
    """A place uses up one wait in so many seconds, whichever account it is for; how long the next one still has to."""
    verdict = await hall.cache.throttle.hit(b"waited" + at.address, 1, seconds, now)
    return 0 if verdict.allowed else max(verdict.retry_after_s, 1)


async def succeeded(hall: Hall, at: Keys) -> None:
    """The right person is here: what failed from this place no longer counts against this account.

    The address's own counter stays: an attacker may hold an account of their own.
    """
    await hall.cache.throttle.forget(at.both)


async def _stranger_waits(cache: Cache, policy: ThrottlePolicy, at: Keys, now: datetime) -> int:
    """What others did from this place, and to this account."""
    address = await cache.throttle.peek(at.address, policy.address_limit, policy.window_seconds, now)
    account = await cache.throttle.peek(at.account, policy.account_limit, policy.window_seconds, now)
    heard = account.allowed or await _first_tries_here(cache, policy, at, now)
    if address.allowed and heard:
        return 0
    return max(address.retry_after_s, 0 if heard else account.retry_after_s, 1)


async def _first_tries_here(cache: Cache, policy: ThrottlePolicy, at: Keys, now: datetime) -> bool:
    verdict: Verdict = await cache.throttle.peek(at.both, policy.free_tries, policy.window_seconds, now)
    return verdict.allowed


def _hub(hall: Hall) -> bytes:
    return _opaque(hall, "hub")


def _place(address: str) -> str:
    """An IPv6 subscriber owns a /64: its addresses are one place."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(int(parsed) >> 64)
    return str(parsed)


def _opaque(hall: Hall, *parts: str) -> bytes:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(hall.roots.derive(Purpose.THROTTLE), text, hashlib.sha256).digest()
