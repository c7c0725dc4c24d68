"""Registered clients with their terms, login policy and agency. Contacts are personal data, so they stand sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, bindparam, select, update

from idp.authn.login_policy import LoginPolicy
from idp.consent.policy import Basis, ScopeTerms, ServiceTerms
from idp.crypto.field_encryption import Vault
from idp.kernel.secret import Digest
from idp.protocol.client import ApplicationType, AuthMethod, Client, ClientState
from idp.protocol.security_event import Delivery
from idp.storage.agencies import Agency, agencies
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_or_replace
from idp.storage.types import Instant, Json, dumps, loads, storable

Origin: TypeAlias = Literal["manifest", "command", "dynamic"]
_ORIGINS: Mapping[str, Origin] = {origin: origin for origin in get_args(Origin)}

clients = Table(
    "clients",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("agency_id", Text, ForeignKey("agencies.id"), nullable=False),
    Column("login_policy", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("secret_digest", LargeBinary),
    Column("metadata", Json, nullable=False),
    Column("terms", Json, nullable=False),
    Column("contacts", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_clients_agency_id", "agency_id"),
)

_COLUMNS = (*(column for column in clients.c if column.name != "agency_id"), agencies.c.id, agencies.c.name)
_PUT = insert_or_replace(clients, keep=frozenset({"created_at"}))
_GET = Statement(select(*_COLUMNS).join_from(clients, agencies).where(clients.c.client_id == bindparam("key")))
_ALL = Statement(select(*_COLUMNS).join_from(clients, agencies).order_by(clients.c.client_id))
_SET_STATE = Statement(
    update(clients)
    .where(clients.c.client_id == bindparam("key"))
    .values(state=bindparam("new_state"), updated_at=bindparam("now"))
)

# These have a column of their own.
_APART = frozenset({"client_id", "state", "secret_digest"})
_METADATA = tuple(field.name for field in fields(Client) if field.name not in _APART)
_SETS = frozenset({"grant_types", "scopes", "resources"})
_TUPLES = frozenset({"redirect_uris", "default_acr_values", "post_logout_redirect_uris"})


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """Everything known of a client; each floor above takes the part that it understands."""

    client: Client
    terms: ServiceTerms
    login_policy: LoginPolicy
    agency: Agency
    contacts: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    origin: Origin


class Clients:
    """The repository."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def get(self, client_id: str) -> RegisteredClient | None:
        """Any words of a stranger may be asked for."""
        if not storable(client_id):
            return None
        row = await self._connection.row(_GET, key=client_id)
        return None if row is None else self._read(row)

    async def all(self) -> list[RegisteredClient]:
        return [self._read(row) for row in await self._connection.rows(_ALL)]

    async def put(self, registered: RegisteredClient) -> None:
        """Insert, or replace all but the time of creation."""
        client = registered.client
        await self._connection.run(
            _PUT,
            client_id=client.client_id,
            state=client.state.value,
            agency_id=registered.agency.id,
            login_policy=registered.login_policy.value,
            origin=registered.origin,
            secret_digest=client.secret_digest,
            metadata=_stored_metadata(client),
            terms=_stored_terms(registered.terms),
            contacts=self._vault.seal(dumps(registered.contacts).encode(), sealing_context(client.client_id)),
            created_at=registered.created_at,
            updated_at=registered.updated_at,
        )

    async def set_state(self, client_id: str, state: ClientState, now: datetime) -> bool:
        return await self._connection.run(_SET_STATE, key=client_id, new_state=state.value, now=now) == 1

    def _read(self, row: Row) -> RegisteredClient:
        client_id, state, policy, origin, secret, document, terms, contacts, created_at, updated_at, agency, name = row
        opened = loads(self._vault.open_(contacts, sealing_context(client_id)))
        client = Client(
            client_id=client_id,
            state=ClientState(state),
            secret_digest=None if secret is None else Digest(secret),
            **_read_metadata(document),
        )
        return RegisteredClient(
            client=client,
            terms=_read_terms(terms),
            login_policy=LoginPolicy(policy),
            agency=Agency(agency, name),
            contacts=tuple(opened),
            created_at=created_at,
            updated_at=updated_at,
            origin=_ORIGINS[origin],
        )


def _stored_metadata(client: Client) -> dict[str, Any]:
    values = {name: getattr(client, name) for name in _METADATA}
    return {name: sorted(value) if name in _SETS else value for name, value in values.items()}


def _read_metadata(document: Mapping[str, Any]) -> dict[str, Any]:
    """A member that a newer release wrote is left alone; one that an older release did not write has its default."""
    values = {name: document[name] for name in _METADATA if name in document}
    values["token_endpoint_auth_method"] = AuthMethod(values["token_endpoint_auth_method"])
    values["application_type"] = ApplicationType(values["application_type"])
    if values.get("security_events_delivery") is not None:
        values["security_events_delivery"] = Delivery(values["security_events_delivery"])
    for name in _SETS & values.keys():
        values[name] = frozenset(values[name])
    for name in _TUPLES & values.keys():
        values[name] = tuple(values[name])
    return values


def _stored_terms(terms: ServiceTerms) -> dict[str, Any]:
    return {
        "agency_id": terms.agency_id,
        "scopes": {
            scope: {
                "basis": entry.basis,
                "purpose": dict(entry.purpose),
                "legal_reference": dict(entry.legal_reference),
                "necessary": entry.necessary,
            }
            for scope, entry in terms.scopes.items()
        },
    }


def _read_terms(document: Mapping[str, Any]) -> ServiceTerms:
    scopes = {scope: ScopeTerms(**entry) for scope, entry in document["scopes"].items()}
    typed = {scope: replace(entry, basis=Basis(entry.basis)) for scope, entry in scopes.items()}
    return ServiceTerms(document["agency_id"], typed)


def sealing_context(client_id: str) -> str:
    return f"client:{client_id}:contacts"
