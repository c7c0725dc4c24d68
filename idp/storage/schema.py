"""All tables in one place, for migrations and their test; repositories import only the tables that they need."""

from idp.storage import (
    account_locks,
    agencies,
    authenticators,
    cases,
    client_sessions,
    clients,
    codes,
    consents,
    events,
    grants,
    initial_access_tokens,
    keys,
    known_browsers,
    outbox,
    persons,
    pseudonyms,
    recoveries,
    refresh_tokens,
    revoked_tokens,
    sessions,
    upstream_links,
    used_jti,
)
from idp.storage.metadata import metadata

MODULES = (
    account_locks,
    agencies,
    authenticators,
    cases,
    client_sessions,
    clients,
    codes,
    consents,
    events,
    grants,
    initial_access_tokens,
    keys,
    known_browsers,
    outbox,
    persons,
    pseudonyms,
    recoveries,
    refresh_tokens,
    revoked_tokens,
    sessions,
    upstream_links,
    used_jti,
)

__all__ = ["MODULES", "metadata"]
