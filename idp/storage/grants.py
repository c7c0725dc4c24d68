"""Grants: the rows on which codes, refresh tokens and access tokens hang. What ends a grant ends all of them."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, bindparam, false, select, update

from idp.crypto.field_encryption import Vault
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from idp.protocol.grant import Grant
from idp.protocol.verified_claims.asked import Verified, parse, to_json
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement
from idp.storage.types import Instant, Json, dumps, from_microseconds, loads, to_microseconds

grants = Table(
    "grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, ForeignKey("clients.client_id"), nullable=False),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("session_id", Text, ForeignKey("sessions.id"), nullable=False),
    Column("sid", Text, nullable=False),
    Column("sub", Text, nullable=False),
    Column("offline", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("family_ends_at", Instant, nullable=False),
    # Why the data may go: the hot statements copy it into the event of each issue.
    Column("purpose", Text),
    # Scope, claims, resource, nonce, proofs: read whole, searched never.
    Column("terms", Json, nullable=False),
    Index("ix_grants_person_id_client_id", "person_id", "client_id"),
    Index("ix_grants_session_id", "session_id"),
    Index("ix_grants_family_ends_at", "family_ends_at"),
)

# The order that `read_grant` decodes; the hot statements select these first.
GRANT_COLUMNS = (
    grants.c.id,
    grants.c.client_id,
    grants.c.person_id,
    grants.c.session_id,
    grants.c.sid,
    grants.c.sub,
    grants.c.offline,
    grants.c.created_at,
    grants.c.revoked_at,
    grants.c.terms,
    grants.c.purpose,
)
_NOT_REVOKED = grants.c.revoked_at.is_(None)
_GET = Statement(select(*GRANT_COLUMNS).where(grants.c.id == bindparam("key")))
_OF_PERSON = Statement(
    select(*GRANT_COLUMNS)
    .where(grants.c.person_id == bindparam("person"), _NOT_REVOKED)
    .order_by(grants.c.created_at.desc(), grants.c.id)
)
_REVOKE = Statement(
    update(grants).where(grants.c.id == bindparam("key"), _NOT_REVOKED).values(revoked_at=bindparam("now"))
)
_REVOKE_ALL = Statement(
    update(grants)
    .where(grants.c.person_id == bindparam("person"), grants.c.client_id == bindparam("client"), _NOT_REVOKED)
    .values(revoked_at=bindparam("now"))
)
_REVOKE_SESSION = Statement(
    update(grants)
    .where(grants.c.session_id == bindparam("session"), grants.c.offline == false(), _NOT_REVOKED)
    .values(revoked_at=bindparam("now"))
)


class Grants:
    """The repository. Grants are made by `hot.issue_code`, together with their code."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def get(self, grant_id: str) -> Grant | None:
        row = await self._connection.row(_GET, key=grant_id)
        return None if row is None else read_grant(row, self._vault)

    async def of_person(self, person_id: str) -> list[Grant]:
        """Those not revoked, the newest first."""
        return [read_grant(row, self._vault) for row in await self._connection.rows(_OF_PERSON, person=person_id)]

    async def revoke(self, grant_id: str, now: datetime) -> bool:
        """False when it had ended before."""
        return await self._connection.run(_REVOKE, key=grant_id, now=now) == 1

    async def revoke_all(self, person_id: str, client_id: str, now: datetime) -> int:
        """Withdrawal at one service: those with offline_access too."""
        return await self._connection.run(_REVOKE_ALL, person=person_id, client=client_id, now=now)

    async def revoke_session(self, session_id: str, now: datetime) -> int:
        """Sign-out: what has offline_access outlives the session (OpenID Connect Core §11)."""
        return await self._connection.run(_REVOKE_SESSION, session=session_id, now=now)


def grant_values(grant: Grant, family_ends_at: datetime, vault: Vault) -> dict[str, Any]:
    """One value for each column."""
    return {
        "id": grant.id,
        "client_id": grant.client_id,
        "person_id": grant.person_id,
        "session_id": grant.session_id,
        "sid": grant.sid,
        "sub": grant.sub,
        "offline": grant.offline,
        "created_at": grant.created_at,
        "revoked_at": grant.revoked_at,
        "family_ends_at": family_ends_at,
        "purpose": grant.purpose,
        "terms": {
            "scope": grant.scope,
            "claims": _stored_claims(grant, vault),
            "resource": grant.resource,
            "nonce": grant.nonce,
            "auth_time": to_microseconds(grant.auth_time),
            "proofs": grant.proofs,
            "acr": grant.acr,
            "amr": grant.amr,
        },
    }


def read_grant(row: Row, vault: Vault) -> Grant:
    """From a row that begins with GRANT_COLUMNS."""
    terms = row[9]
    claims = terms["claims"]
    return Grant(
        id=row[0],
        client_id=row[1],
        person_id=row[2],
        session_id=row[3],
        sid=row[4],
        sub=row[5],
        scope=tuple(terms["scope"]),
        claims=_NO_CLAIMS if claims is None else _read_claims(row[0], claims, vault),
        resource=tuple(terms["resource"]),
        nonce=terms["nonce"],
        auth_time=from_microseconds(terms["auth_time"]),
        proofs=tuple(terms["proofs"]),
        offline=row[6],
        created_at=row[7],
        acr=terms["acr"],
        amr=tuple(terms["amr"]),
        revoked_at=row[8],
        purpose=row[10],
    )


_NO_CLAIMS = ClaimsParameter()


def _stored_claims(grant: Grant, vault: Vault) -> list[dict[str, Any]] | str | None:
    """Lists, or sealed text where a service asked for values: `{"email": {"value": …}}` names a person."""
    claims = grant.claims
    if not claims.userinfo and not claims.id_token and not claims.verified:
        return None
    document = [_section(claims.userinfo), _section(claims.id_token)]
    if claims.verified:
        document.append({"userinfo": to_json(claims.verified.userinfo), "id_token": to_json(claims.verified.id_token)})
    elif not any(asked.values for section in (claims.userinfo, claims.id_token) for asked in section.values()):
        return document
    sealed = vault.seal(dumps(document).encode(), sealing_context(grant.id))
    return base64.b64encode(sealed).decode()


def _section(section: Mapping[str, ClaimRequest]) -> dict[str, Any]:
    return {name: [asked.essential, asked.values] for name, asked in section.items()}


def _read_claims(grant_id: str, stored: list[dict[str, Any]] | str, vault: Vault) -> ClaimsParameter:
    sections: list[dict[str, Any]] = (
        loads(vault.open_(base64.b64decode(stored), sealing_context(grant_id))) if isinstance(stored, str) else stored
    )
    userinfo, id_token = (
        {name: ClaimRequest(essential, tuple(values)) for name, (essential, values) in section.items()}
        for section in sections[:2]
    )
    if len(sections) == 2:
        return ClaimsParameter(userinfo, id_token)
    asked = sections[2]
    return ClaimsParameter(userinfo, id_token, Verified(parse(asked["userinfo"]), parse(asked["id_token"])))


def sealing_context(grant_id: str) -> str:
    return f"grant:{grant_id}:claims"
