"""Clients by files: what would change, and the change. Applying twice changes nothing; nothing is ever deleted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.client_document import Described, UnusableClient
from idp.flows.hall import Hall
from idp.kernel.secret import Secret, new_secret
from idp.protocol.client import ClientState
from idp.protocol.registration_response import metadata
from idp.storage.agencies import Agency
from idp.storage.clients import RegisteredClient
from idp.storage.database import Tx


@dataclass(frozen=True, slots=True)
class Change:
    """What differs for one client. `before` None: it is new. `secret`: it gets this one, handed out once."""

    wanted: RegisteredClient
    before: RegisteredClient | None
    fields: tuple[str, ...]
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`unnamed` stand in no file; they are reported, never deleted."""

    changes: tuple[Change, ...] = ()
    unnamed: tuple[RegisteredClient, ...] = ()
    # Disabled by hand: the files don't change that.
    disabled: tuple[str, ...] = ()


async def plan(
    hall: Hall,
    described: Sequence[Described],
    secrets: Mapping[str, Secret],
    *,
    origins: Iterable[str] = ("manifest",),
) -> Plan:
    """Compare the files with what is registered. `secrets` are given ones, by client id."""
    async with hall.db.read() as tx:
        present = {registered.client.client_id: registered for registered in await tx.clients.all()}
    named = {one.registered.client.client_id for one in described}
    if len(named) != len(described):
        raise UnusableClient("Two files describe the same client_id.")
    found = [_compare(one, present.get(one.registered.client.client_id), secrets) for one in described]
    return Plan(
        changes=tuple(change for change in found if change is not None),
        unnamed=tuple(
            one for client_id, one in present.items() if client_id not in named and one.origin in set(origins)
        ),
        disabled=tuple(sorted(c for c in named if c in present and present[c].client.state is ClientState.DISABLED)),
    )


async def apply(hall: Hall, planned: Plan, *, actor: str, now: datetime) -> None:
    """All changes in one transaction, each with its event; then every node is told."""
    async with hall.db.tx() as tx:
        for change in planned.changes:
            await store(tx, change, actor=actor, now=now)
    for change in planned.changes:
        client_id = change.wanted.client.client_id
        hall.clients.forget(client_id)
        await hall.cache.invalidation.publish(f"client:{client_id}")


async def store(tx: Tx, change: Change, *, actor: str, now: datetime) -> None:
    """One client, new or changed, within the caller's transaction."""
    wanted = replace(change.wanted, updated_at=now)
    client = wanted.client
    known = await tx.agencies.get(wanted.agency.id)
    if known != wanted.agency:
        await tx.agencies.put(wanted.agency)
        await tx.events.append(event(kinds.AGENCY_CHANGED, at=now, actor=actor, agency_id=wanted.agency.id))
    await _claim_sector(tx, client.sector, wanted.agency.id)
    await tx.clients.put(wanted)
    if change.before is None:
        told = event(
            kinds.CLIENT_REGISTERED,
            at=now,
            actor=actor,
            client_id=client.client_id,
            origin=wanted.origin,
            state=client.state.value,
        )
    else:
        told = event(
            kinds.CLIENT_CHANGED,
            at=now,
            actor=actor,
            client_id=client.client_id,
            origin=wanted.origin,
            fields=list(change.fields),
        )
    await tx.events.append(told)


async def _claim_sector(tx: Tx, sector: str, agency_id: str) -> None:
    """Services of one sector know a person by the same `sub`, so one agency owns it.

    Electronic identifiers of agencies are hierarchic: the sector `H48` is for H48 and every unit below it (H48.01).
    """
    owner = sector if agency_id == sector or agency_id.startswith(f"{sector}.") else agency_id
    if await tx.agencies.get(owner) is None:
        await tx.agencies.put(Agency(owner, {"vi": owner, "en": owner}))
    if not await tx.agencies.claim_sector(sector, owner):
        raise UnusableClient(f"The sector {sector!r} belongs to another agency than {agency_id}.")


def _compare(one: Described, before: RegisteredClient | None, secrets: Mapping[str, Secret]) -> Change | None:
    wanted = one.registered
    client = wanted.client
    secret = _secret(one, before, secrets)
    digest = None if not one.needs_secret else secret.digest() if secret else before and before.client.secret_digest
    state = client.state
    if before is not None and before.client.state is ClientState.DISABLED:
        # Somebody pulled the brake by hand: a file that was written before must not release it.
        state = ClientState.DISABLED
    wanted = replace(wanted, client=replace(client, secret_digest=digest or None, state=state))
    if before is None:
        return Change(wanted, None, (), secret)
    wanted = replace(wanted, created_at=before.created_at)
    fields = _differences(before, wanted)
    return Change(wanted, before, fields, secret) if fields else None


def _secret(one: Described, before: RegisteredClient | None, secrets: Mapping[str, Secret]) -> Secret | None:
    """None: there is nothing to set, since it has one or needs none."""
    if not one.needs_secret:
        return None
    given = secrets.get(one.registered.client.client_id)
    present = None if before is None else before.client.secret_digest
    if given is not None:
        return None if present is not None and given.digest().same(present) else given
    return new_secret() if present is None else None


def _differences(before: RegisteredClient, wanted: RegisteredClient) -> tuple[str, ...]:
    old, new = describe(before), describe(wanted)
    names = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    if before.client.secret_digest != wanted.client.secret_digest:
        names.append("client_secret")
    return tuple(names)


def describe(registered: RegisteredClient) -> dict[str, Any]:
    """Everything that a file can say, for comparison and for display; no secret, no digest."""
    client = registered.client
    return {
        **metadata(client),
        "state": client.state.value,
        "sector_identifier": client.sector,
        "login_policy": registered.login_policy.value,
        "agency": {"code": registered.agency.id, **registered.agency.name},
        "contacts": list(registered.contacts),
        "scopes": {
            scope: {
                "legal_basis": terms.basis.value,
                "purpose": dict(terms.purpose),
                "legal_reference": dict(terms.legal_reference),
                "necessary": terms.necessary,
            }
            for scope, terms in registered.terms.scopes.items()
        },
    }
