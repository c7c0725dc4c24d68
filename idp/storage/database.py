"""The database as flows see it: units of work with a repository for each noun, the hot path, nothing of a driver."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property

from sqlalchemy import literal_column, select

from idp.crypto.field_encryption import Vault
from idp.crypto.keyed_index import KeyedIndex
from idp.storage import audited
from idp.storage.account_locks import AccountLocks
from idp.storage.agencies import Agencies
from idp.storage.authenticators import Authenticators
from idp.storage.cases import Cases
from idp.storage.chip_signers import ChipSigners
from idp.storage.chip_trust import ChipTrust
from idp.storage.client_sessions import ClientSessions
from idp.storage.clients import Clients
from idp.storage.codes import Codes
from idp.storage.communes import Communes
from idp.storage.connection import Connection
from idp.storage.consents import Consents
from idp.storage.contacts import Contacts
from idp.storage.counter_desks import CounterDesks
from idp.storage.events import Events
from idp.storage.grants import Grants
from idp.storage.hot import Hot
from idp.storage.hot.postgres import PostgresHot
from idp.storage.hot.sqlite import SqliteHot
from idp.storage.initial_access_tokens import InitialAccessTokens
from idp.storage.keys import Keys
from idp.storage.known_browsers import KnownBrowsers
from idp.storage.life_events import LifeEvents
from idp.storage.name_index import NameIndex
from idp.storage.officers import Officers
from idp.storage.outbox import Outbox
from idp.storage.personal_history import PersonalHistory
from idp.storage.persons import Persons
from idp.storage.postgres import Postgres
from idp.storage.pseudonyms import Pseudonyms
from idp.storage.receipts import Receipts
from idp.storage.recoveries import Recoveries
from idp.storage.refresh_tokens import RefreshTokens
from idp.storage.register_questions import RegisterQuestions
from idp.storage.revoked_tokens import RevokedTokens
from idp.storage.sessions import Sessions
from idp.storage.sqlite import Sqlite
from idp.storage.statement import Statement
from idp.storage.switched_off import SwitchedOff
from idp.storage.upstream_links import UpstreamLinks
from idp.storage.upstream_pins import UpstreamPins
from idp.storage.url import PostgresUrl, SqliteUrl, parse
from idp.storage.used_jti import UsedJti
from idp.storage.verification_cases import VerificationCases
from idp.storage.verifications import Verifications

_PING = Statement(select(literal_column("1")))
_POLL_SECONDS = 0.5


class Tx:
    """One unit of work. Repositories are made when first asked for."""

    def __init__(self, connection: Connection, vault: Vault, index: KeyedIndex) -> None:
        self.connection = connection
        self._vault = vault
        self._index = index

    async def now(self) -> datetime:
        """The database's clock, on which several nodes agree."""
        return await self.connection.now()

    @cached_property
    def persons(self) -> Persons:
        return Persons(self.connection, self._vault, self._index)

    @cached_property
    def name_index(self) -> NameIndex:
        return NameIndex(self.connection, self._index)

    @cached_property
    def personal_history(self) -> PersonalHistory:
        return PersonalHistory(self.connection, self._vault)

    @cached_property
    def life_events(self) -> LifeEvents:
        return LifeEvents(self.connection, self._vault)

    @cached_property
    def communes(self) -> Communes:
        return Communes(self.connection)

    @cached_property
    def authenticators(self) -> Authenticators:
        return Authenticators(self.connection, self._vault)

    @cached_property
    def chip_trust(self) -> ChipTrust:
        return ChipTrust(self.connection)

    @cached_property
    def chip_signers(self) -> ChipSigners:
        return ChipSigners(self.connection)

    @cached_property
    def upstream_links(self) -> UpstreamLinks:
        return UpstreamLinks(self.connection, self._index)

    @cached_property
    def cases(self) -> Cases:
        return Cases(self.connection, self._vault)

    @cached_property
    def account_locks(self) -> AccountLocks:
        return AccountLocks(self.connection)

    @cached_property
    def recoveries(self) -> Recoveries:
        return Recoveries(self.connection)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self.connection, self._vault)

    @cached_property
    def client_sessions(self) -> ClientSessions:
        return ClientSessions(self.connection)

    @cached_property
    def grants(self) -> Grants:
        return Grants(self.connection, self._vault)

    @cached_property
    def codes(self) -> Codes:
        return Codes(self.connection)

    @cached_property
    def refresh_tokens(self) -> RefreshTokens:
        return RefreshTokens(self.connection)

    @cached_property
    def clients(self) -> Clients:
        return Clients(self.connection, self._vault)

    @cached_property
    def agencies(self) -> Agencies:
        return Agencies(self.connection)

    @cached_property
    def consents(self) -> Consents:
        return Consents(self.connection)

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(self.connection)

    @cached_property
    def receipts(self) -> Receipts:
        return Receipts(self.connection)

    @cached_property
    def keys(self) -> Keys:
        return Keys(self.connection)

    @cached_property
    def events(self) -> Events:
        return Events(self.connection)

    @cached_property
    def known_browsers(self) -> KnownBrowsers:
        return KnownBrowsers(self.connection, self._index)

    @cached_property
    def upstream_pins(self) -> UpstreamPins:
        return UpstreamPins(self.connection)

    @cached_property
    def verifications(self) -> Verifications:
        return Verifications(self.connection, self._vault)

    @cached_property
    def verification_cases(self) -> VerificationCases:
        return VerificationCases(self.connection, self._vault)

    @cached_property
    def register_questions(self) -> RegisterQuestions:
        return RegisterQuestions(self.connection, self._vault)

    @cached_property
    def officers(self) -> Officers:
        return Officers(self.connection)

    @cached_property
    def counter_desks(self) -> CounterDesks:
        return CounterDesks(self.connection)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.connection, self._index)

    @cached_property
    def switched_off(self) -> SwitchedOff:
        return SwitchedOff(self.connection)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.connection, self._vault)

    @cached_property
    def initial_access_tokens(self) -> InitialAccessTokens:
        return InitialAccessTokens(self.connection)

    @cached_property
    def used_jti(self) -> UsedJti:
        return UsedJti(self.connection)

    @cached_property
    def revoked_tokens(self) -> RevokedTokens:
        return RevokedTokens(self.connection)


class Database:
    """One open database, PostgreSQL or SQLite."""

    hot: Hot

    def __init__(self, engine: Postgres | Sqlite, vault: Vault, index: KeyedIndex) -> None:
        self._engine = engine
        self._vault = vault
        self._index = index
        self._poll: asyncio.Task[None] | None = None
        self.hot = PostgresHot(engine.pool, vault) if isinstance(engine, Postgres) else SqliteHot(engine, vault)

    @classmethod
    async def open(cls, url: str, vault: Vault, index: KeyedIndex, *, pool_size: int = 10) -> "Database":
        """Raises UnusableUrl, or StorageUnavailable when nothing answers there."""
        database = cls(_engine(url, pool_size), vault, index)
        await database.ping()
        return database

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """Reads in autocommit; a writing statement is refused."""
        async with self._engine.read() as connection:
            yield Tx(connection, self._vault, self._index)

    @asynccontextmanager
    async def tx(self) -> AsyncIterator[Tx]:
        """Commits at the exit, rolls back on an exception. Await nothing slow inside: on SQLite all writers wait.

        Raises SilentWrite, and rolls back, where something was changed without an audit event.
        """
        async with self._engine.tx() as connection:
            yield Tx(connection, self._vault, self._index)
            audited.check(connection.written)

    @asynccontextmanager
    async def unaudited_tx(self) -> AsyncIterator[Tx]:
        """For operational marks alone (a sign of life, a used jti, a delivery, pruning): a house test lists who may."""
        async with self._engine.tx() as connection:
            yield Tx(connection, self._vault, self._index)

    async def ping(self) -> None:
        """Raises StorageUnavailable."""
        async with self._engine.read() as connection:
            await connection.row(_PING)

    def writer_noticed(self, callback: Callable[[], None]) -> None:
        """Call back when another process has written to the SQLite file, a command line for instance.

        On PostgreSQL never: nodes there have the ephemeral store's invalidation messages and short lives of caches.
        """
        if isinstance(self._engine, Sqlite):
            self._poll = asyncio.get_running_loop().create_task(_watch(self._engine, callback))

    async def close(self) -> None:
        if self._poll is not None:
            self._poll.cancel()
            await asyncio.gather(self._poll, return_exceptions=True)
        await self._engine.close()


def _engine(url: str, pool_size: int) -> Postgres | Sqlite:
    match parse(url):
        case SqliteUrl(path):
            return Sqlite(path)
        case PostgresUrl(dsn):
            return Postgres(dsn, pool_size)


async def _watch(file: Sqlite, callback: Callable[[], None]) -> None:
    seen = file.version()
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        version = file.version()
        if version != seen:
            seen = version
            callback()
