"""The hot path on PostgreSQL: one statement, one round trip, autocommit; inserts ride along as CTEs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, Text, bindparam, func, insert, literal, null, select, update
from sqlalchemy.dialects import postgresql

from idp.audit.event import Event
from idp.crypto.field_encryption import Vault
from idp.protocol.grant import CodeBinding, Grant
from idp.storage.clients import clients
from idp.storage.codes import codes
from idp.storage.events import events
from idp.storage.grants import grant_values, grants
from idp.storage.hot import Live, NewRefresh, TokenState, UserinfoState
from idp.storage.hot.living import (
    CLIENT,
    CLIENT_ENABLED,
    CODE_MATCHES,
    DIGEST,
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
    code_values,
    earliest,
    event_parameters,
    read_live,
    read_state,
    read_userinfo,
    refresh_values,
    state_query,
    userinfo_query,
)
from idp.storage.persons import persons
from idp.storage.postgres import run_alone
from idp.storage.postgres_pool import Pool
from idp.storage.refresh_tokens import refresh_tokens
from idp.storage.sessions import sessions
from idp.storage.statement import Row, Statement
from idp.storage.types import Instant, storable

_EVENT = {
    column.name: bindparam(f"event_{column.name}", type_=column.type) for column in events.c if column.name != "id"
}


def _event_of(source: CTE) -> CTE:
    """The audit event of what `source` did; who, which grant and why is read from its row where it does not say."""
    told = (("person_id", "person_id"), ("client_id", "client_id"), ("grant_id", "id"), ("purpose", "purpose"))
    known = {name: source.c[of] for name, of in told if of in source.c}
    values = [func.coalesce(value, known[name]) if name in known else value for name, value in _EVENT.items()]
    return insert(events).from_select(list(_EVENT), select(*values).select_from(source)).inline().cte("recorded")


def _issue() -> Statement:
    values = [bindparam(f"grant_{column.name}", type_=column.type) for column in grants.c]
    allowed = (
        select(*values)
        .select_from(persons)
        .join(sessions, sessions.c.person_id == persons.c.id)
        .join(clients, clients.c.client_id == bindparam("grant_client_id", type_=Text()))
        .where(
            persons.c.id == bindparam("grant_person_id", type_=Text()),
            sessions.c.id == bindparam("grant_session_id", type_=Text()),
            SESSION_LIVING,
            PERSON_ACTIVE,
            CLIENT_ENABLED,
        )
    )
    granted = insert(grants).from_select([column.name for column in grants.c], allowed).inline()
    made = granted.returning(grants.c.id, grants.c.person_id, grants.c.client_id).cte("granted")
    code = {
        "digest": DIGEST,
        "grant_id": made.c.id,
        "client_id": bindparam("code_client", type_=Text()),
        "redirect_uri": bindparam("redirect_uri_", type_=Text()),
        "code_challenge": bindparam("challenge", type_=Text()),
        "expires_at": bindparam("expires_at_", type_=Instant()),
    }
    issued = insert(codes).from_select(list(code), select(*code.values())).inline().cte("issued")
    return Statement(select(made.c.id).add_cte(issued, _event_of(made)))


def _next_refresh(taken: CTE) -> CTE:
    row = {
        "digest": NEXT,
        "grant_id": taken.c.id,
        "client_id": taken.c.client_id,
        "issued_at": NOW,
        "expires_at": taken.c.refresh_expires_at,
    }
    return insert(refresh_tokens).from_select(list(row), select(*row.values())).inline().cte("followed")


def _redeem(*, with_refresh: bool) -> Statement:
    end = earliest("postgresql") if with_refresh else literal(None, Instant())
    taken = (
        update(codes)
        .where(CODE_MATCHES, grants.c.id == codes.c.grant_id, JOINED, LIVING)
        .values(used_at=NOW)
        .returning(*LIVE_COLUMNS, end.label("refresh_expires_at"))
        .cte("taken")
    )
    riders = [_event_of(taken), *([_next_refresh(taken)] if with_refresh else [])]
    return Statement(select(taken).add_cte(*riders))


def _rotate() -> Statement:
    taken = (
        update(refresh_tokens)
        .where(REFRESH_MATCHES, grants.c.id == refresh_tokens.c.grant_id, JOINED, LIVING)
        .values(used_at=NOW, successor=NEXT)
        .returning(*LIVE_COLUMNS, earliest("postgresql").label("refresh_expires_at"))
        .cte("taken")
    )
    return Statement(select(taken).add_cte(_event_of(taken), _next_refresh(taken)))


def _retry() -> Statement:
    taken = (
        select(*LIVE_COLUMNS, NEXT_EXPIRES_AT.label("refresh_expires_at"))
        .where(RETRY_MATCHES, grants.c.id == refresh_tokens.c.grant_id, JOINED, LIVING)
        .cte("taken")
    )
    return Statement(select(taken).add_cte(_event_of(taken)))


def _client_credentials() -> Statement:
    permitted = (
        select(null().label("person_id"), clients.c.client_id, null().label("id"))
        .where(clients.c.client_id == CLIENT, CLIENT_ENABLED)
        .cte("permitted")
    )
    return Statement(select(permitted.c.client_id).add_cte(_event_of(permitted)))


_ISSUE = _issue()
_REDEEM = _redeem(with_refresh=False)
_REDEEM_WITH_REFRESH = _redeem(with_refresh=True)
_ROTATE = _rotate()
_RETRY = _retry()
_STATE = Statement(state_query())
_USERINFO = Statement(userinfo_query())
_CLIENT_TOKEN = Statement(client_token_query())
_CLIENT_CREDENTIALS = _client_credentials()
_RELEASE = Statement(postgresql.insert(events).values(_EVENT).on_conflict_do_nothing().returning(events.c.kind))


class PostgresHot:
    """`idp.storage.hot.Hot` on asyncpg."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    async def issue_code(
        self, grant: Grant, digest: bytes, binding: CodeBinding, event: Event, family_ends_at: datetime
    ) -> bool:
        values = code_values(digest, binding) | event_parameters(event)
        for name, value in grant_values(grant, family_ends_at, self._vault).items():
            values[f"grant_{name}"] = value
        return await self._row(_ISSUE, {**values, "now": grant.created_at}) is not None

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
        values = {
            "digest_": digest,
            "client_": client_id,
            "redirect_uri_": redirect_uri,
            "challenge": challenge,
            "now": now,
            **event_parameters(event),
        }
        if refresh is None:
            row = await self._row(_REDEEM, values)
        else:
            row = await self._row(_REDEEM_WITH_REFRESH, values | refresh_values(refresh, now))
        return None if row is None else read_live(row, self._vault)

    async def rotate_refresh(
        self, digest: bytes, client_id: str, now: datetime, refresh: NewRefresh, event: Event
    ) -> Live | None:
        values = {"digest_": digest, "client_": client_id, "now": now, **event_parameters(event)}
        row = await self._row(_ROTATE, values | refresh_values(refresh, now))
        return None if row is None else read_live(row, self._vault)

    async def retry_refresh(
        self, digest: bytes, client_id: str, now: datetime, grace: timedelta, successor: bytes, event: Event
    ) -> Live | None:
        asked = {"digest_": digest, "client_": client_id, "now": now, "since": now - grace, "next_digest": successor}
        row = await self._row(_RETRY, asked | event_parameters(event))
        return None if row is None else read_live(row, self._vault)

    async def token_state(self, grant_id: str, jti: str, now: datetime) -> TokenState | None:
        row = await self._row(_STATE, {"grant_": grant_id, "jti_": jti, "now": now})
        return None if row is None else read_state(row, self._vault)

    async def client_token_active(self, client_id: str, jti: str, now: datetime) -> bool:  # noqa: ARG002
        return await self._row(_CLIENT_TOKEN, {"client_": client_id, "jti_": jti}) is not None

    async def userinfo(self, grant_id: str, jti: str, now: datetime) -> UserinfoState | None:
        row = await self._row(_USERINFO, {"grant_": grant_id, "jti_": jti, "now": now})
        return None if row is None else read_userinfo(row, self._vault)

    async def record_release(self, event: Event, dedupe: str) -> bool:
        return await self._row(_RELEASE, event_parameters(event, dedupe)) is not None

    async def client_credentials(self, client_id: str, event: Event) -> bool:
        return await self._row(_CLIENT_CREDENTIALS, {"client_": client_id, **event_parameters(event)}) is not None

    async def _row(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        compiled = statement.on_postgresql()
        record = await run_alone(self._pool, compiled.sql, compiled.arguments(values))
        return None if record is None else compiled.decode(record)
