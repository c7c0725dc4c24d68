"""Connections to PostgreSQL: a bounded number, handed from one unit of work to the next, each with its statements."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from idp.storage.errors import AlreadyExists, StorageUnavailable

_Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# Long enough for a checkpoint to pass, short enough that a queue never outlives the browsers that wait in it.
_PATIENCE = 5.0
_SETTINGS = {
    "application_name": "idp",
    "timezone": "UTC",
    # All our statements look up keys: planning them anew for each value takes longer than running them.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",  # compiling a plan costs more than any statement of ours
    "idle_in_transaction_session_timeout": "30s",
}
_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InternalClientError,
    asyncpg.ReadOnlySQLTransactionError,
    # Inside a transaction, where nothing can be done again. A migration that expands never causes it.
    asyncpg.InvalidCachedStatementError,
)


@contextmanager
def translated() -> Iterator[None]:
    """The driver's exceptions in storage's words."""
    try:
        yield
    except Exception as error:
        raise in_our_words(error) from error


def in_our_words(error: Exception) -> Exception:
    """What a flow is told; a bug of ours (a value of the wrong type, wrong SQL) stays what it is."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return AlreadyExists(error.constraint_name or "")
    if isinstance(error, asyncpg.InterfaceError):
        return error if isinstance(error, ValueError) else StorageUnavailable(type(error).__name__)
    return StorageUnavailable(type(error).__name__) if isinstance(error, _UNAVAILABLE) else error


class Held:
    """One connection, and what it has prepared.

    asyncpg's `connection.fetch` looks a statement up, measures and wraps each run; a prepared one only runs.
    """

    __slots__ = ("_prepared", "connection")

    def __init__(self, connection: _Connection) -> None:
        self.connection = connection
        self._prepared: dict[str, PreparedStatement[asyncpg.Record]] = {}

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        """All rows. After a live migration the statement is prepared anew and run once more."""
        try:
            prepared = self._prepared.get(sql) or await self._prepare(sql)
            return await prepared.fetch(*arguments)
        except asyncpg.InvalidCachedStatementError as stale:
            return await self._anew(sql, arguments, stale)
        except Exception as error:
            raise in_our_words(error) from error

    async def run(self, sql: str, arguments: Sequence[Any]) -> int:
        """How many rows were written."""
        await self.fetch(sql, arguments)
        # "UPDATE 1", "INSERT 0 1"
        return int((self._prepared[sql].get_statusmsg() or "0").rpartition(" ")[2])

    async def command(self, sql: str) -> None:
        """BEGIN and its like."""
        with translated():
            await self.connection.execute(sql)

    async def _anew(self, sql: str, arguments: Sequence[Any], stale: Exception) -> list[asyncpg.Record]:
        self._prepared.clear()
        if self.connection.is_in_transaction():
            raise in_our_words(stale) from stale
        with translated():
            return await (await self._prepare(sql)).fetch(*arguments)

    async def _prepare(self, sql: str) -> "PreparedStatement[asyncpg.Record]":
        prepared = self._prepared[sql] = await self.connection.prepare(sql)
        return prepared


class Pool:
    """At most `size` connections, opened when needed, each used by one unit of work at a time.

    asyncpg's own pool asks the server for a reset at every release (one more round trip) and wraps every call.
    """

    def __init__(self, url: str, size: int, *, wait_s: float = _PATIENCE) -> None:
        self._url = url
        self._wait_s = wait_s
        self._places = size
        self._queue: deque[asyncio.Future[None]] = deque()
        self._idle: list[Held] = []
        self._open: set[Held] = set()

    async def acquire(self) -> Held:
        """An idle connection or a new one; StorageUnavailable when none comes free in time."""
        if self._places > 0:
            self._places -= 1
        else:
            await self._wait()
        while self._idle:
            held = self._idle.pop()
            if not held.connection.is_closed():
                return held
            self._open.discard(held)
        try:
            with translated():
                held = Held(await self._connect())
        except BaseException:
            self._leave()
            raise
        self._open.add(held)
        return held

    def release(self, held: Held) -> None:
        """Back to the idle ones; one that broke off inside a transaction is dropped, and the server rolls back."""
        connection = held.connection
        if connection.is_closed() or connection.is_in_transaction():
            self._open.discard(held)
            connection.terminate()
        else:
            self._idle.append(held)
        self._leave()

    async def close(self) -> None:
        for held in list(self._open):
            await held.connection.close(timeout=_PATIENCE)
        self._open.clear()
        self._idle.clear()

    async def _wait(self) -> None:
        """Until a place is handed over. First come, first served: a place that is left never goes past the queue."""
        loop = asyncio.get_running_loop()
        place = loop.create_future()
        self._queue.append(place)
        limit = loop.call_later(self._wait_s, _give_up, place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # handed over at the very moment in which the caller went away
                self._leave()
            raise
        finally:
            limit.cancel()

    def _leave(self) -> None:
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._places += 1

    async def _connect(self) -> _Connection:
        return await asyncpg.connect(
            self._url,
            timeout=_PATIENCE,
            command_timeout=2 * _PATIENCE,
            max_cached_statement_lifetime=0,
            server_settings=_SETTINGS,
        )


def _give_up(place: "asyncio.Future[None]") -> None:
    if not place.done():
        place.set_exception(StorageUnavailable("TimeoutError"))
