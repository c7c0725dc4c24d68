"""Slows down guessing without locking anybody out: counters by address, by account, and by both together.

An attacker with many addresses fills the account's counter; whoever comes from an address that did not fail yet is
still heard, so the citizen gets in: a lock on the account alone would be a gift to attackers.
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


@dataclass(frozen=True, slots=True)
class Keys:
    """Opaque: neither an address nor an account can be read from them."""

    address: bytes
    account: bytes
    both: bytes


def keys(hall: Hall, account: str, address: str) -> Keys:
    """`account` is the person's id, or the canonical identifier where nobody bears it: one under every spelling."""
    place = _place(address)
    return Keys(
        _opaque(hall, "address", place), _opaque(hall, "account", account), _opaque(hall, "both", account, place)
    )


async def wait_seconds(hall: Hall, at: Keys, now: datetime) -> int:
    """How long this visitor has to wait before another try at this account; 0: go."""
    policy, throttle = hall.policies.throttle, hall.cache.throttle
    pair = await throttle.peek(at.both, policy.pair_limit, policy.window_seconds, now)
    address = await throttle.peek(at.address, policy.address_limit, policy.window_seconds, now)
    if not (pair.allowed and address.allowed):
        return max(pair.retry_after_s, address.retry_after_s)
    account = await throttle.peek(at.account, policy.account_limit, policy.window_seconds, now)
    if account.allowed or await _first_tries_here(hall.cache, policy, at, now):
        return 0
    return account.retry_after_s


async def failed(hall: Hall, at: Keys, now: datetime) -> None:
    """Count one failure everywhere."""
    policy, throttle = hall.policies.throttle, hall.cache.throttle
    await throttle.hit(at.both, policy.pair_limit, policy.window_seconds, now)
    await throttle.hit(at.address, policy.address_limit, policy.window_seconds, now)
    await throttle.hit(at.account, policy.account_limit, policy.window_seconds, now)


async def succeeded(hall: Hall, at: Keys) -> None:
    """The right person is here: what failed from this place no longer counts against this account.

    The address's own counter stays: an attacker may hold an account of their own.
    """
    await hall.cache.throttle.forget(at.both)


async def _first_tries_here(cache: Cache, policy: ThrottlePolicy, at: Keys, now: datetime) -> bool:
    verdict: Verdict = await cache.throttle.peek(at.both, policy.free_tries, policy.window_seconds, now)
    return verdict.allowed


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
