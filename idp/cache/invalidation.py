"""Telling the other nodes that something they keep in their own memory has changed; a hint that may be lost.

Whoever keeps things in memory therefore also lets them expire: a lost message only makes a change arrive later.
"""

import contextlib
import logging
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from idp.cache.errors import CacheUnavailable

EVERYTHING: Final = "*"
"""The topic that means: messages may have been missed, so forget all that you keep."""

Callback: TypeAlias = Callable[[str], None]

_log = logging.getLogger(__name__)


class Relay(Protocol):
    """The way to the other nodes, if there are any."""

    def listen(self, tell: Callback) -> None: ...

    async def publish(self, topic: str) -> None: ...

    async def close(self) -> None: ...


class Invalidation:
    """Within the process a direct call; with a relay, also a message to every other node."""

    def __init__(self, relay: Relay | None) -> None:
        self._relay = relay
        self._callbacks: list[Callback] = []
        if relay is not None:
            relay.listen(self._tell)

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Call `callback(topic)` on each message, until the function that is returned is called."""
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._callbacks.remove(callback)

        return unsubscribe

    async def publish(self, topic: str) -> bool:
        """Tell this process at once, and the others; False when they could not be told and will learn it by expiry.

        Never an error: what changed is committed already, and its act must not fail for a hint.
        """
        self._tell(topic)
        if self._relay is None:
            return True
        try:
            await self._relay.publish(topic)
        except CacheUnavailable as failure:
            _log.warning("invalidation not sent: %s", failure)
            return False
        return True

    async def close(self) -> None:
        if self._relay is not None:
            await self._relay.close()

    def _tell(self, topic: str) -> None:
        for callback in tuple(self._callbacks):
            try:
                callback(topic)
            except Exception:  # noqa: BLE001 one deaf listener must not silence the others
                _log.exception("invalidation callback failed")
