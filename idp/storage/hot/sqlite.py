"""The hot path on SQLite, which has no writing CTE: two or three statements in one transaction of the one writer."""

from datetime import datetime, timedelta

from sqlalchemy import Text, bindparam, exists, insert, select, update

from idp.audit.event import Event
from idp.crypto.field_encryption import Vault
from idp.protocol.grant import CodeBinding, Grant
from idp.storage.clients import clients
from idp.storage.codes import codes
from idp.storage.events import event_values, events
from idp.storage.grants import grant_values, grants
from idp.storage.hot import Live, NewRefresh, TokenState, UserinfoState
from idp.storage.hot.living import (
    CLIENT,
    CLIENT_ENABLED,
    CODE_MATCHES,
    JOINED,
    LIVE_COLUMNS,
    LIVING,
    NEXT,
    NEXT_EXPIRES_AT,
    NOW,
    PERSON_ACTIVE,
    REFRESH_MATCHES,
    RETRY_MATCHES,
    SESSION_LIVING,
    client_token_query,
    earliest,
    read_live,
    read_state,
    read_userinfo,
    refresh_values,
    state_query,
    userinfo_query,
)
from idp.storage.persons import persons
from idp.storage.refresh_tokens import refresh_tokens
from idp.storage.sessions import sessions
from idp.storage.sqlite import Sqlite, SqliteConnection
from idp.storage.statement import Row, Statement, insert_row, insert_unless_exists
from idp.storage.types import storable

_MAY_ISSUE = Statement(
    select(sessions.c.id)
    .join_from(sessions, persons, persons.c.id == sessions.c.person_id)
    .join(clients, clients.c.client_id == CLIENT)
    .where(
        sessions.c.id == bindparam("session_", type_=Text()),
        persons.c.id == bindparam("person_", type_=Text()),
        SESSION_LIVING,
        PERSON_ACTIVE,
        CLIENT_ENABLED,
    )
)
_GRANT = insert_row(grants)
_CODE = insert_row(codes)
_EVENT = insert_unless_exists(events)
_TAKE_CODE = Statement(
    update(codes)
    .where(CODE_MATCHES, exists().where(grants.c.id == codes.c.grant_id, JOINED, LIVING))
    .values(used_at=NOW)
    .returning(codes.c.grant_id)
)
_TAKE_REFRESH = Statement(
    update(refresh_tokens)
    .where(REFRESH_MATCHES, exists().where(grants.c.id == refresh_tokens.c.grant_id, JOINED, LIVING))
    .values(used_at=NOW, successor=NEXT)
    .returning(refresh_tokens.c.grant_id)
)
_LIVE = Statement(
    select(*LIVE_COLUMNS, earliest("sqlite")).where(grants.c.id == bindparam("grant_", type_=Text()), JOINED)
)
_RETRY = Statement(
    select(*LIVE_COLUMNS, NEXT_EXPIRES_AT).where(
        RETRY_MATCHES, grants.c.id == refresh_tokens.c.grant_id, JOINED, LIVING
    )
)
_REFRESH = Statement(
    insert(refresh_tokens).values(
        digest=bindparam("next_digest"),
        grant_id=bindparam("grant_"),
        client_id=bindparam("client_"),
        issued_at=bindparam("now"),
        expires_at=bindparam("end"),
    )
)
_STATE = Statement(state_query())
_USERINFO = Statement(userinfo_query())
_CLIENT_TOKEN = Statement(client_token_query())
_CLIENT = Statement(select(clients.c.client_id).where(clients.c.client_id == CLIENT, CLIENT_ENABLED))


class SqliteHot:
    """`idp.storage.hot.Hot` on sqlite3."""

    def __init__(self, file: Sqlite, vault: Vault) -> None:
        self._file = file
        self._vault = vault

    async def issue_code(
        self, grant: Grant, digest: bytes, binding: CodeBinding, event: Event, family_ends_at: datetime
    ) -> bool:
        asked = {"client_": grant.client_id, "person_": grant.person_id, "session_": grant.session_id}
        async with self._file.tx() as connection:
            if connection.row_now(_MAY_ISSUE, **asked, now=grant.created_at) is None:
                return False
            connection.run_now(_GRANT, **grant_values(grant, family_ends_at, self._vault))
            connection.run_now(
                _CODE,
                digest=digest,
                grant_id=grant.id,
                client_id=binding.client_id,
                redirect_uri=binding.redirect_uri,
                code_challenge=binding.code_challenge,
                expires_at=binding.expires_at,
                used_at=None,
            )
            _record(connection, event, grant.person_id, grant.client_id, grant.id)
        return True

    async def redeem_code(
        self,
        digest: bytes,
        client_id: str,
        redirect_uri: str | None,
        challenge: str | None,
        now: datetime,
        refresh: NewRefresh | None,
        event: Event,
    ) -> Live | None:
        if redirect_uri is None or not storable(redirect_uri):
            return None
        asked = {"digest_": digest, "client_": client_id, "redirect_uri_": redirect_uri, "challenge": challenge}
        async with self._file.tx() as connection:
            taken = connection.row_now(_TAKE_CODE, **asked, now=now)
            return None if taken is None else self._follow(connection, taken[0], now, refresh, event)

    async def rotate_refresh(
        self, digest: bytes, client_id: str, now: datetime, refresh: NewRefresh, event: Event
    ) -> Live | None:
        asked = {"digest_": digest, "client_": client_id, "next_digest": refresh.digest}
        async with self._file.tx() as connection:
            taken = connection.row_now(_TAKE_REFRESH, **asked, now=now)
            return None if taken is None else self._follow(connection, taken[0], now, refresh, event)

    async def retry_refresh(
        self, digest: bytes, client_id: str, now: datetime, grace: timedelta, successor: bytes, event: Event
    ) -> Live | None:
        asked = {"digest_": digest, "client_": client_id, "next_digest": successor}
        async with self._file.tx() as connection:
            row = connection.row_now(_RETRY, **asked, now=now, since=now - grace)
            if row is None:
                return None
            _record(connection, event, row[2], row[1], row[0], row[10])
        return read_live(row, self._vault)

    async def token_state(self, grant_id: str, jti: str, now: datetime) -> TokenState | None:
        row = await self._read(_STATE, grant_=grant_id, jti_=jti, now=now)
        return None if row is None else read_state(row, self._vault)

    async def client_token_active(self, client_id: str, jti: str, now: datetime) -> bool:  # noqa: ARG002
        return await self._read(_CLIENT_TOKEN, client_=client_id, jti_=jti) is not None

    async def userinfo(self, grant_id: str, jti: str, now: datetime) -> UserinfoState | None:
        row = await self._read(_USERINFO, grant_=grant_id, jti_=jti, now=now)
        return None if row is None else read_userinfo(row, self._vault)

    async def record_release(self, event: Event, dedupe: str) -> bool:
        async with self._file.tx() as connection:
            return connection.run_now(_EVENT, **event_values(event), dedupe=dedupe) == 1

    async def client_credentials(self, client_id: str, event: Event) -> bool:
        async with self._file.tx() as connection:
            if connection.row_now(_CLIENT, client_=client_id) is None:
                return False
            _record(connection, event, None, client_id, None)
        return True

    def _follow(
        self, connection: SqliteConnection, grant_id: str, now: datetime, refresh: NewRefresh | None, event: Event
    ) -> Live:
        """After the taking: what the grant holds, the next refresh token, the event."""
        following = {"idle_end": None} if refresh is None else refresh_values(refresh, now)
        row = connection.row_now(_LIVE, grant_=grant_id, idle_end=following["idle_end"])
        if row is None:
            raise LookupError("a grant vanished inside its transaction")
        if refresh is not None:
            connection.run_now(
                _REFRESH, next_digest=refresh.digest, grant_=grant_id, client_=row[1], now=now, end=row[13]
            )
        _record(connection, event, row[2], row[1], grant_id, row[10])
        return read_live(row, self._vault)

    async def _read(self, statement: Statement, **values: object) -> Row | None:
        async with self._file.read() as connection:
            return connection.row_now(statement, **values)


def _record(
    connection: SqliteConnection,
    event: Event,
    person_id: str | None,
    client_id: str | None,
    grant_id: str | None,
    purpose: str | None = None,
) -> None:
    """Who, which grant and why is read from the row where the event does not say."""
    known = {"person_id": person_id, "client_id": client_id, "grant_id": grant_id, "purpose": purpose}
    values = event_values(event)
    values |= {name: value for name, value in known.items() if values[name] is None}
    connection.run_now(_EVENT, **values, dedupe=None)
