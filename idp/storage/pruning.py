"""Deleting what time has made useless, in small batches. Audit events, consents and receipts are proof, and stay."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists

from idp.authn.recovery_rules import SUSPENDED_FOR
from idp.storage.account_locks import account_locks
from idp.storage.authenticators import authenticators
from idp.storage.client_sessions import client_sessions
from idp.storage.codes import codes
from idp.storage.contacts import contact_failures
from idp.storage.database import Database
from idp.storage.grants import grants
from idp.storage.known_browsers import known_browsers
from idp.storage.outbox import outbox
from idp.storage.pruned import prune_statement
from idp.storage.refresh_tokens import refresh_tokens
from idp.storage.revoked_tokens import revoked_tokens
from idp.storage.sessions import sessions
from idp.storage.statement import Statement
from idp.storage.used_jti import used_jti

_AT_ONCE: Final = timedelta(0)
# A code or a token that comes a second time must still be known for what it is, and end what it gave.
_REUSE: Final = timedelta(days=1)
# Addresses and delivery records answer questions of a month at most.
_RECORD: Final = timedelta(days=30)
# Whoever comes once a year, for one errand, is still known in their own browser.
_KNOWN: Final = timedelta(days=366)

# While somebody's account is locked, nothing is taken from what undoing may give back.
_NOT_LOCKED = ~exists().where(
    account_locks.c.person_id == authenticators.c.person_id, account_locks.c.lifted_at.is_(None)
)
_NO_GRANT = ~exists().where(grants.c.session_id == sessions.c.id)

# In the order of the foreign keys: what hangs on a row goes before the row.
_RULES: Final[Mapping[str, tuple[timedelta, Statement]]] = {
    "used_jti": (_AT_ONCE, prune_statement(used_jti, used_jti.c.expires_at)),
    "revoked_tokens": (_AT_ONCE, prune_statement(revoked_tokens, revoked_tokens.c.expires_at)),
    "codes": (_REUSE, prune_statement(codes, codes.c.expires_at)),
    "refresh_tokens": (
        _REUSE,
        prune_statement(refresh_tokens, grants.c.family_ends_at, source=refresh_tokens.join(grants)),
    ),
    "grants": (
        2 * _REUSE,
        prune_statement(
            grants,
            grants.c.family_ends_at,
            ~exists().where(codes.c.grant_id == grants.c.id),
            ~exists().where(refresh_tokens.c.grant_id == grants.c.id),
        ),
    ),
    "client_sessions": (
        _RECORD,
        prune_statement(client_sessions, sessions.c.ends_at, _NO_GRANT, source=client_sessions.join(sessions)),
    ),
    "sessions": (
        _RECORD,
        prune_statement(
            sessions,
            sessions.c.ends_at,
            _NO_GRANT,
            ~exists().where(client_sessions.c.session_id == sessions.c.id),
        ),
    ),
    "known_browsers": (_KNOWN, prune_statement(known_browsers, known_browsers.c.last_seen_at)),
    "suspended_authenticators": (
        SUSPENDED_FOR,
        prune_statement(authenticators, authenticators.c.suspended_at, _NOT_LOCKED),
    ),
    "contact_failures": (_KNOWN, prune_statement(contact_failures, contact_failures.c.last_at)),
    "delivered": (_RECORD, prune_statement(outbox, outbox.c.delivered_at)),
    "abandoned": (_RECORD, prune_statement(outbox, outbox.c.abandoned_at)),
}


async def prune(database: Database, now: datetime, *, batch: int = 500) -> Mapping[str, int]:
    """How many rows of each kind went. Each batch commits by itself, so that writers get their turn in between."""
    return {name: await _prune(database, statement, now - keep, batch) for name, (keep, statement) in _RULES.items()}


async def _prune(database: Database, statement: Statement, before: datetime, batch: int) -> int:
    gone = 0
    while True:
        async with database.unaudited_tx() as tx:
            deleted = await tx.connection.run(statement, before=before, count=batch)
        gone += deleted
        if deleted < batch:
            return gone
