"""Redis behind the acts of `store`: one command or one script each, so that nodes may be killed between any two.

A command is always carried through, even when whoever asked has gone: a connection whose reply nobody read would
hand it to the next user (CVE-2023-28858, CVE-2023-28859).
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from idp.cache.errors import CacheUnavailable
from idp.cache.store import Key, Versioned, Window

T = TypeVar("T")

_SOCKET_TIMEOUT_S: Final = 1.0
_PATIENCE_S: Final = 3.0
_CONNECTIONS: Final = 32

_PUT_VERSIONED: Final = """
local version = redis.call('HINCRBY', KEYS[1], 'v', 1)
redis.call('HSET', KEYS[1], 'r', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return version
"""
_SWAP: Final = """
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then return 0 end
redis.call('HINCRBY', KEYS[1], 'v', 1)
redis.call('HSET', KEYS[1], 'r', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
# A list of instants, newest first, never longer than the limit: full when the limit-th newest lies within the window.
_HIT: Final = """
local nth = redis.call('LINDEX', KEYS[1], ARGV[1] - 1)
if nth then
  local wait = nth + ARGV[2] - ARGV[3]
  if wait > 0 then return wait end
end
redis.call('LPUSH', KEYS[1], ARGV[3])
redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 0
"""


def connect(url: str, *, connections: int = _CONNECTIONS) -> Redis:
    """A client whose connections are made on first use, and made again when Redis comes back.

    A lost reply is asked for once more. The acts bear it: a repeated `take`, `put_new` or `swap` then answers as if
    another had come first, which at worst repeats a sign-in page; it never grants twice.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=_SOCKET_TIMEOUT_S,
        socket_timeout=_SOCKET_TIMEOUT_S,
        socket_connect_timeout=_SOCKET_TIMEOUT_S,
        socket_keepalive=True,
        retry=Retry(ConstantBackoff(0.02), 1),
        protocol=2,
        # With these on, redis-py no longer checks that a pooled connection holds no stray reply.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    return Redis.from_pool(pool)


class RedisStore:
    def __init__(self, client: Redis) -> None:
        self._client = client
        self._running: set[asyncio.Future[Any]] = set()
        self._put_versioned = client.register_script(_PUT_VERSIONED)
        self._swap = client.register_script(_SWAP)
        self._hit = client.register_script(_HIT)

    async def get(self, key: Key) -> bytes | None:
        return cast("bytes | None", await self._carry_through(self._client.get(_name(key))))

    async def put(self, key: Key, value: bytes, ttl: int) -> None:
        await self._carry_through(self._client.set(_name(key), value, ex=ttl))

    async def put_new(self, key: Key, ttl: int) -> bool:
        return await self._carry_through(self._client.set(_name(key), b"", ex=ttl, nx=True)) is not None

    async def take(self, key: Key) -> bytes | None:
        return cast("bytes | None", await self._carry_through(self._client.getdel(_name(key))))

    async def delete(self, key: Key) -> None:
        await self._carry_through(self._client.delete(_name(key)))

    async def get_versioned(self, key: Key) -> Versioned | None:
        version, record = await self._carry_through(self._client.hmget(_name(key), ["v", "r"]))
        return None if version is None or record is None else Versioned(int(version), cast("bytes", record))

    async def put_versioned(self, key: Key, record: bytes, ttl: int) -> int:
        return int(await self._carry_through(self._put_versioned(keys=[_name(key)], args=[record, ttl])))

    async def swap(self, key: Key, expected: int, record: bytes, ttl: int) -> bool:
        return bool(await self._carry_through(self._swap(keys=[_name(key)], args=[expected, record, ttl])))

    async def hit(self, key: Key, window: Window, now: int) -> int:
        args = [window.limit, window.milliseconds, now]
        return int(await self._carry_through(self._hit(keys=[_name(key)], args=args)))

    async def would_wait(self, key: Key, window: Window, now: int) -> int:
        nth = await self._carry_through(self._client.lindex(_name(key), window.limit - 1))
        return 0 if nth is None else max(0, int(nth) + window.milliseconds - now)

    async def ping(self) -> None:
        await self._carry_through(self._client.ping())

    async def publish(self, channel: str, message: str) -> None:
        await self._carry_through(self._client.publish(channel, message))

    def pubsub(self) -> PubSub:
        """A listener on a connection of its own."""
        return self._client.pubsub()

    async def close(self) -> None:
        """Let what is under way finish, then hang up."""
        if self._running:
            await asyncio.wait(self._running, timeout=_PATIENCE_S)
        await self._client.aclose()

    async def _carry_through(self, command: Awaitable[T]) -> T:
        """Await the command in a task of its own: the caller's cancellation never reaches the connection."""
        task = asyncio.ensure_future(command)
        self._running.add(task)
        task.add_done_callback(self._finished)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await asyncio.shield(task)
        except (RedisError, OSError) as failure:
            # TimeoutError is an OSError. The text may hold the address and, on a script's error, the arguments.
            raise CacheUnavailable(type(failure).__name__) from None

    def _finished(self, task: asyncio.Future[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen here, so that one whose caller has gone isn't reported as never retrieved


def _name(key: Key) -> str:
    return f"idp:{key.room}:{key.name}"
