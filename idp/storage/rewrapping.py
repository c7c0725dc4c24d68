"""Everything that stands under an older key-encryption key, moved to the active one in small batches while nodes work.

Data keys are wrapped anew and records sealed anew; what a person's data key encrypts stays as it is.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Column, Table, bindparam, select, update

from idp.crypto.field_encryption import Vault
from idp.crypto.signing_keys import sealing_context
from idp.storage import clients, grants, keys, outbox, persons
from idp.storage.database import Database
from idp.storage.statement import Statement

# The value under the active key, or None where nothing is to be done.
_Move: TypeAlias = Callable[[Vault, str, Any], Any]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One column of one table; written only where it still holds what was read."""

    page: Statement
    store: Statement
    move: _Move


def _rule(table: Table, key: Column[Any], column: Column[Any], move: _Move, *, compared: bool = True) -> _Rule:
    unchanged = [column == bindparam("old", type_=column.type)] if compared else []
    return _Rule(
        Statement(select(key, column).where(key > bindparam("after")).order_by(key).limit(bindparam("count"))),
        Statement(update(table).where(key == bindparam("key"), *unchanged).values({column: bindparam("new")})),
        move,
    )


def _sealed(context: Callable[[str], str]) -> _Move:
    def move(vault: Vault, key: str, blob: bytes | None) -> bytes | None:
        return None if blob is None or vault.is_current(blob) else vault.reseal(blob, context(key))

    return move


def _wrapped(vault: Vault, _key: str, blob: bytes) -> bytes | None:
    return None if vault.is_current(blob) else vault.rewrap(blob)


def _terms(vault: Vault, key: str, terms: dict[str, Any]) -> dict[str, Any] | None:
    """Claims of a grant are sealed, as text within the document, where a service asked for values."""
    stored = terms["claims"]
    if not isinstance(stored, str):
        return None
    blob = base64.b64decode(stored)
    if vault.is_current(blob):
        return None
    return {**terms, "claims": base64.b64encode(vault.reseal(blob, grants.sealing_context(key))).decode()}


_RULES: Final[Mapping[str, _Rule]] = {
    "persons": _rule(persons.persons, persons.persons.c.id, persons.persons.c.data_key, _wrapped),
    "clients": _rule(
        clients.clients, clients.clients.c.client_id, clients.clients.c.contacts, _sealed(clients.sealing_context)
    ),
    "keys": _rule(keys.keys, keys.keys.c.kid, keys.keys.c.sealed_private, _sealed(sealing_context)),
    "outbox": _rule(outbox.outbox, outbox.outbox.c.id, outbox.outbox.c.payload, _sealed(outbox.sealing_context)),
    # A grant's terms are written once, so there is nothing to compare (and JSON has no equality in PostgreSQL).
    "grants": _rule(grants.grants, grants.grants.c.id, grants.grants.c.terms, _terms, compared=False),
}


async def rewrap(database: Database, vault: Vault, *, batch: int = 200) -> Mapping[str, int]:
    """How many of each kind were moved; a second run finds none. Raises Undecryptable where a key is missing."""
    return {name: await _rewrap(database, vault, rule, batch) for name, rule in _RULES.items()}


async def _rewrap(database: Database, vault: Vault, rule: _Rule, batch: int) -> int:
    moved, after = 0, ""
    while True:
        async with database.unaudited_tx() as tx:
            rows = await tx.connection.rows(rule.page, after=after, count=batch)
            for key, old in rows:
                new = rule.move(vault, key, old)
                if new is not None:
                    moved += await tx.connection.run(rule.store, key=key, old=old, new=new)
        if len(rows) < batch:
            return moved
        after = rows[-1][0]
