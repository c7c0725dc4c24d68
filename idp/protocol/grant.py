"""The grant: what one person allowed one client in one session; codes, access and refresh tokens hang off it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.protocol.claims_parameter import ClaimsParameter


@dataclass(frozen=True, slots=True)
class Grant:
    """Whatever ends it (sign-out, revocation, reuse, a disabled person or client) ends every token of it at once.

    `proofs` are the authentication proofs as stored (method, time, authenticator), so that `acr` is recomputed at each
    issue; `session_id` is kept with `offline_access` too, though the grant then outlives the session.
    """

    id: str
    client_id: str
    person_id: str
    session_id: str
    sid: str
    sub: str
    scope: tuple[str, ...]
    claims: ClaimsParameter
    resource: tuple[str, ...]
    nonce: str | None
    auth_time: datetime
    proofs: tuple[Mapping[str, Any], ...]
    offline: bool
    created_at: datetime
    # The acr level's word at creation, and what the request asked for; recomputed values never exceed the session's.
    acr: str
    amr: tuple[str, ...]
    revoked_at: datetime | None = None
    # Why the data may go, for the audit: `ServiceTerms.purposes` of its scopes as they stood when it was made.
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class CodeBinding:
    """RFC 6749 §4.1.3, RFC 7636 §4.4: what a redemption must repeat."""

    client_id: str
    redirect_uri: str
    code_challenge: str | None
    expires_at: datetime
