"""Persons: state, level, facts encrypted one by one under their own data key, and the keyed index that finds them."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from idp.crypto.field_encryption import DataKey, Vault
from idp.crypto.keyed_index import KeyedIndex
from idp.identity.person import Fact, Person, PersonState
from idp.kernel.level import Level
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant, Json, dumps, from_microseconds, loads, to_microseconds

NAME_WORD = "name_word"
# Indexed like a word of the name, though no name folds to it: whether anybody of the sandbox is here takes one look.
SANDBOX_MARK = "\x00sandbox"

persons = Table(
    "persons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("level_ends_at", Instant),
    # Wrapped by the key-encryption key; whoever destroys it has erased the person's facts.
    Column("data_key", LargeBinary, nullable=False),
    # Claim name → [ciphertext in base64, source, as_of in microseconds].
    Column("facts", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
identifiers = Table(
    "person_identifiers",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), primary_key=True),
    Index("ix_person_identifiers_person_id", "person_id"),
)
# An identifier signs in one person; a word of a name is borne by many.
Index(
    "uq_person_identifiers_owner",
    identifiers.c.kind,
    identifiers.c.digest,
    unique=True,
    postgresql_where=identifiers.c.kind != NAME_WORD,
    sqlite_where=identifiers.c.kind != NAME_WORD,
)

_COLUMNS = (
    persons.c.id,
    persons.c.state,
    persons.c.level,
    persons.c.facts,
    persons.c.data_key,
    persons.c.created_at,
    persons.c.updated_at,
    persons.c.level_ends_at,
)
_ADD = insert_row(persons)
_GET = Statement(select(*_COLUMNS).where(persons.c.id == bindparam("id")))
# A page of people in one look; places that are left over ask for nobody.
_AT_ONCE = 20
_SEVERAL = Statement(
    select(*_COLUMNS)
    .where(persons.c.id.in_([bindparam(f"id_{n}", type_=Text()) for n in range(_AT_ONCE)]))
    .order_by(persons.c.id)
)
_DATA_KEY = Statement(select(persons.c.data_key).where(persons.c.id == bindparam("id")))
_PAGE = Statement(
    select(*_COLUMNS).where(persons.c.id > bindparam("after")).order_by(persons.c.id).limit(bindparam("count"))
)
_FIND = Statement(
    select(identifiers.c.person_id)
    .where(identifiers.c.kind == bindparam("kind_"), identifiers.c.digest == bindparam("digest_"))
    .limit(1)
)
_ADD_IDENTIFIER = Statement(
    insert(identifiers).values(kind=bindparam("kind_"), digest=bindparam("digest_"), person_id=bindparam("id"))
)
_DROP_IDENTIFIERS = Statement(
    delete(identifiers).where(identifiers.c.person_id == bindparam("id"), identifiers.c.kind == bindparam("kind_"))
)
_DROP_IDENTIFIER = Statement(
    delete(identifiers).where(
        identifiers.c.person_id == bindparam("id"),
        identifiers.c.kind == bindparam("kind_"),
        identifiers.c.digest == bindparam("digest_"),
    )
)
_HAS_IDENTIFIER = Statement(
    select(identifiers.c.kind).where(
        identifiers.c.person_id == bindparam("id"),
        identifiers.c.kind == bindparam("kind_"),
        identifiers.c.digest == bindparam("digest_"),
    )
)
_KINDS_OF_IDENTIFIERS = Statement(
    select(identifiers.c.kind).where(identifiers.c.person_id == bindparam("id"), identifiers.c.kind != NAME_WORD)
)
# NO KEY: whoever writes something else about this person, a grant for instance, need not wait. SQLite has one writer.
_ALONE = Statement(select(*_COLUMNS).where(persons.c.id == bindparam("id")).with_for_update(key_share=True))
_SET_STATE = Statement(
    update(persons)
    .where(persons.c.id == bindparam("key"))
    .values(state=bindparam("new_state"), updated_at=bindparam("now"))
)
_SET_FACTS = Statement(
    update(persons)
    .where(persons.c.id == bindparam("key"))
    .values(facts=bindparam("new_facts"), updated_at=bindparam("now"))
)
_SET_LEVEL = Statement(
    update(persons)
    .where(persons.c.id == bindparam("key"))
    .values(level=bindparam("new_level"), level_ends_at=bindparam("ends_at"), updated_at=bindparam("now"))
)


class SealedFacts(Mapping[str, Fact]):
    """The facts of one person; each is decrypted when it is first looked at, since most releases need few of them."""

    __slots__ = ("_key", "_opened", "_person_id", "_stored")

    def __init__(self, person_id: str, stored: Mapping[str, tuple[str, str, int]], key: DataKey) -> None:
        self._person_id = person_id
        self._stored = stored
        self._key = key
        self._opened: dict[str, Fact] = {}

    def __getitem__(self, claim: str) -> Fact:
        fact = self._opened.get(claim)
        if fact is None:
            sealed, source, as_of = self._stored[claim]
            text = self._key.decrypt(base64.b64decode(sealed), context=_context(self._person_id, claim))
            fact = self._opened[claim] = Fact(loads(text), source, from_microseconds(as_of))
        return fact

    def __contains__(self, claim: object) -> bool:
        return claim in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    def __repr__(self) -> str:
        return "SealedFacts()"


class Persons:
    """The repository. Folding names and bringing identifiers to their one form is identity's."""

    def __init__(self, connection: Connection, vault: Vault, index: KeyedIndex) -> None:
        self._connection = connection
        self._vault = vault
        self._index = index

    async def add(self, person: Person, identifiers: Iterable[tuple[str, str]] = ()) -> None:
        """Raises AlreadyExists when an identifier other than a word of a name is somebody's already."""
        data_key = self._vault.new_data_key()
        await self._connection.run(
            _ADD,
            id=person.id,
            state=person.state.value,
            level=int(person.level),
            level_ends_at=person.level_ends_at,
            data_key=data_key,
            facts=seal_facts(person.id, person.facts, self._vault.unwrap(data_key)),
            created_at=person.created_at,
            updated_at=person.updated_at,
        )
        for kind, value in dict.fromkeys(identifiers):
            await self._identify(person.id, kind, value)

    async def get(self, person_id: str) -> Person | None:
        row = await self._connection.row(_GET, id=person_id)
        return None if row is None else _person(row, self._vault)

    async def several(self, ids: Sequence[str]) -> list[Person]:
        """Those that are here, in the order of their ids."""
        found = []
        for begin in range(0, len(ids), _AT_ONCE):
            asked = [*ids[begin : begin + _AT_ONCE], *[""] * _AT_ONCE][:_AT_ONCE]
            named = {f"id_{n}": person_id for n, person_id in enumerate(asked)}
            found += [_person(row, self._vault) for row in await self._connection.rows(_SEVERAL, **named)]
        return found

    async def find(self, kind: str, value: str) -> str | None:
        row = await self._connection.row(_FIND, kind_=kind, digest_=self._index.digest(kind, value))
        return None if row is None else str(row[0])

    async def identify(self, person_id: str, kind: str, value: str) -> None:
        """One more identifier. Raises AlreadyExists when it is somebody's already, this person's too."""
        await self._identify(person_id, kind, value)

    async def unidentify(self, person_id: str, kind: str, value: str) -> None:
        """One identifier less."""
        digest = self._index.digest(kind, value)
        await self._connection.run(_DROP_IDENTIFIER, id=person_id, kind_=kind, digest_=digest)

    async def bears(self, person_id: str, kinds: Iterable[str]) -> bool:
        """Whether any identifier of one of these kinds is theirs; which one it is no index can tell."""
        rows = await self._connection.rows(_KINDS_OF_IDENTIFIERS, id=person_id)
        return not {row[0] for row in rows}.isdisjoint(kinds)

    async def set_name_words(self, person_id: str, words: Iterable[str]) -> None:
        """All words by which this person is found. The mark of a sandbox stays: it says where a row came from."""
        sandbox = self._index.digest(NAME_WORD, SANDBOX_MARK)
        marked = await self._connection.row(_HAS_IDENTIFIER, id=person_id, kind_=NAME_WORD, digest_=sandbox)
        kept = () if marked is None else (SANDBOX_MARK,)
        await self.set_identifiers(person_id, NAME_WORD, (*words, *kept))

    async def alone(self, person_id: str) -> Person | None:
        """The person, and nobody else changes their row until this transaction ends."""
        row = await self._connection.row(_ALONE, id=person_id)
        return None if row is None else _person(row, self._vault)

    async def set_identifiers(self, person_id: str, kind: str, values: Iterable[str]) -> None:
        """All identifiers of one kind, replaced."""
        await self._connection.run(_DROP_IDENTIFIERS, id=person_id, kind_=kind)
        for value in dict.fromkeys(values):
            await self._identify(person_id, kind, value)

    async def set_state(self, person_id: str, state: PersonState, now: datetime) -> bool:
        return await self._connection.run(_SET_STATE, key=person_id, new_state=state.value, now=now) == 1

    async def set_facts(self, person_id: str, facts: Mapping[str, Fact], now: datetime) -> bool:
        """All facts, replaced."""
        key = await data_key_of(self._connection, self._vault, person_id)
        if key is None:
            return False
        sealed = seal_facts(person_id, facts, key)
        return await self._connection.run(_SET_FACTS, key=person_id, new_facts=sealed, now=now) == 1

    async def set_level(self, person_id: str, level: Level, ends_at: datetime | None, now: datetime) -> bool:
        changed = await self._connection.run(_SET_LEVEL, key=person_id, new_level=int(level), ends_at=ends_at, now=now)
        return changed == 1

    async def page(self, after_id: str | None, limit: int) -> list[Person]:
        """In the order of ids, those after the one given."""
        rows = await self._connection.rows(_PAGE, after=after_id or "", count=limit)
        return [_person(row, self._vault) for row in rows]

    async def _identify(self, person_id: str, kind: str, value: str) -> None:
        digest = self._index.digest(kind, value)
        await self._connection.run(_ADD_IDENTIFIER, id=person_id, kind_=kind, digest_=digest)


async def data_key_of(connection: Connection, vault: Vault, person_id: str) -> DataKey | None:
    """For the other tables that hold something about a person under the person's key."""
    row = await connection.row(_DATA_KEY, id=person_id)
    return None if row is None else vault.unwrap(row[0])


def _person(row: Row, vault: Vault) -> Person:
    person_id, state, level, facts, data_key, created_at, updated_at, level_ends_at = row
    opened = SealedFacts(person_id, facts, vault.unwrap(data_key))
    return Person(person_id, PersonState(state), Level(level), opened, created_at, updated_at, level_ends_at)


def seal_facts(person_id: str, facts: Mapping[str, Fact], key: DataKey) -> dict[str, Any]:
    return {claim: _sealed(person_id, claim, fact, key) for claim, fact in facts.items()}


def _sealed(person_id: str, claim: str, fact: Fact, key: DataKey) -> list[Any]:
    ciphertext = key.encrypt(dumps(fact.value).encode(), context=_context(person_id, claim))
    return [base64.b64encode(ciphertext).decode(), fact.source, to_microseconds(fact.as_of)]


def _context(person_id: str, claim: str) -> str:
    return f"person:{person_id}:{claim}"
