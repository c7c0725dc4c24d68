"""Passing state of the provider, in Redis or in its in-process twin: I/O without policy."""

from idp.cache.cache import Cache
from idp.cache.errors import CacheUnavailable, ValueTooLarge
from idp.cache.interactions import Interactions
from idp.cache.invalidation import EVERYTHING, Invalidation
from idp.cache.pushed_requests import PushedRequests
from idp.cache.replay import Replay
from idp.cache.store import MAX_VALUE, Versioned
from idp.cache.throttle import Throttle, Verdict

__all__ = [
    "EVERYTHING",
    "MAX_VALUE",
    "Cache",
    "CacheUnavailable",
    "Interactions",
    "Invalidation",
    "PushedRequests",
    "Replay",
    "Throttle",
    "ValueTooLarge",
    "Verdict",
    "Versioned",
]
