"""What both bodies of the hot path agree on: when a grant is living, which columns come back, and how they are read."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    LargeBinary,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from idp.audit.event import Event
from idp.crypto.field_encryption import Vault
from idp.kernel.level import Level
from idp.protocol.grant import CodeBinding
from idp.storage.clients import clients
from idp.storage.codes import codes
from idp.storage.events import event_values, events
from idp.storage.grants import GRANT_COLUMNS, grants, read_grant
from idp.storage.hot import Live, NewRefresh, TokenState, UserinfoState
from idp.storage.persons import SealedFacts, persons
from idp.storage.refresh_tokens import refresh_tokens
from idp.storage.revoked_tokens import revoked_tokens
from idp.storage.sessions import sessions
from idp.storage.statement import Row
from idp.storage.types import Instant

NOW = bindparam("now", type_=Instant())
DIGEST = bindparam("digest_", type_=LargeBinary())
CLIENT = bindparam("client_", type_=Text())
NEXT = bindparam("next_digest", type_=LargeBinary())
IDLE_END = bindparam("idle_end", type_=Instant())

# Constants stand in the text: one value less to send, and the planner sees them.
PERSON_ACTIVE = persons.c.state == literal_column("'active'")
CLIENT_ENABLED = clients.c.state != literal_column("'disabled'")
SESSION_LIVING = and_(sessions.c.ended_at.is_(None), sessions.c.ends_at > NOW)

# "Every disable acts on every grant at once": this is the only place that says so.
LIVING = and_(
    grants.c.revoked_at.is_(None),
    PERSON_ACTIVE,
    CLIENT_ENABLED,
    or_(grants.c.offline, SESSION_LIVING),
)
JOINED = and_(
    persons.c.id == grants.c.person_id,
    clients.c.client_id == grants.c.client_id,
    sessions.c.id == grants.c.session_id,
)
_EVENT_NAMES = {column.name: f"event_{column.name}" for column in events.c}
LIVE_COLUMNS = (*GRANT_COLUMNS, persons.c.level, persons.c.level_ends_at)

CODE_MATCHES = and_(
    codes.c.digest == DIGEST,
    codes.c.used_at.is_(None),
    codes.c.expires_at > NOW,
    codes.c.client_id == CLIENT,
    codes.c.redirect_uri == bindparam("redirect_uri_", type_=Text()),
    codes.c.code_challenge.is_not_distinct_from(bindparam("challenge", type_=Text())),
)
REFRESH_MATCHES = and_(
    refresh_tokens.c.digest == DIGEST,
    refresh_tokens.c.used_at.is_(None),
    refresh_tokens.c.expires_at > NOW,
    refresh_tokens.c.client_id == CLIENT,
)
_next = refresh_tokens.alias("next")
RETRY_MATCHES = and_(
    refresh_tokens.c.digest == DIGEST,
    refresh_tokens.c.client_id == CLIENT,
    refresh_tokens.c.used_at >= bindparam("since", type_=Instant()),
    refresh_tokens.c.successor == NEXT,
    _next.c.digest == refresh_tokens.c.successor,
    _next.c.used_at.is_(None),
    _next.c.expires_at > NOW,
)
NEXT_EXPIRES_AT = _next.c.expires_at


def earliest(dialect: str) -> ColumnElement[Any]:
    """When the new refresh token ends: idle, family, and without offline_access the session's ceiling."""
    least = func.least if dialect == "postgresql" else func.min
    return least(
        IDLE_END, grants.c.family_ends_at, case((grants.c.offline, grants.c.family_ends_at), else_=sessions.c.ends_at)
    )


def _jti_revoked() -> ColumnElement[bool]:
    return exists().where(revoked_tokens.c.jti == bindparam("jti_", type_=Text()))


def state_query() -> Select[Any]:
    """The grant, whatever it is worth, and what it is worth."""
    active = cast(and_(LIVING, ~_jti_revoked()), Boolean).label("active")
    return (
        select(*LIVE_COLUMNS, active).select_from(_all_joined()).where(grants.c.id == bindparam("grant_", type_=Text()))
    )


def userinfo_query() -> Select[Any]:
    released = exists().where(events.c.dedupe == bindparam("jti_", type_=Text())).label("released")
    return (
        select(*GRANT_COLUMNS, persons.c.facts, persons.c.data_key, persons.c.updated_at, released)
        .select_from(_all_joined())
        .where(grants.c.id == bindparam("grant_", type_=Text()), LIVING, ~_jti_revoked())
    )


def client_token_query() -> Select[Any]:
    return select(clients.c.client_id).where(clients.c.client_id == CLIENT, CLIENT_ENABLED, ~_jti_revoked())


def _all_joined() -> FromClause:
    return (
        grants.join(persons, persons.c.id == grants.c.person_id)
        .join(clients, clients.c.client_id == grants.c.client_id)
        .join(sessions, sessions.c.id == grants.c.session_id)
    )


def code_values(digest: bytes, binding: CodeBinding) -> dict[str, Any]:
    return {
        "digest_": digest,
        "code_client": binding.client_id,
        "redirect_uri_": binding.redirect_uri,
        "challenge": binding.code_challenge,
        "expires_at_": binding.expires_at,
    }


def refresh_values(refresh: NewRefresh, now: datetime) -> dict[str, Any]:
    return {"next_digest": refresh.digest, "idle_end": now + refresh.idle}


def event_parameters(event: Event, dedupe: str | None = None) -> dict[str, Any]:
    """Named apart from the columns of the other tables in the same statement."""
    return {"event_dedupe": dedupe, **{_EVENT_NAMES[name]: value for name, value in event_values(event).items()}}


def read_live(row: Row, vault: Vault) -> Live:
    """From a row of LIVE_COLUMNS and the refresh token's end."""
    return Live(read_grant(row, vault), Level(row[11]), row[12], row[13])


def read_state(row: Row, vault: Vault) -> TokenState:
    return TokenState(row[13], read_grant(row, vault), Level(row[11]), row[12])


def read_userinfo(row: Row, vault: Vault) -> UserinfoState:
    facts = SealedFacts(row[2], row[11], vault.unwrap(row[12]))
    return UserinfoState(read_grant(row, vault), facts, row[13], bool(row[14]))
