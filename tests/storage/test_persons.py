"""Persons and their authenticators: what goes in comes out, found by keyed index, changed only where it holds."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.person import Fact, PersonState
from idp.kernel.level import Level
from idp.storage.database import Database
from idp.storage.errors import AlreadyExists
from tests.storage.fixtures import NOW, SOON, person

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


async def test_a_person_comes_back_as_they_were(database: Database) -> None:
    someone = person(level_ends_at=None)
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        assert await tx.persons.get(someone.id) == someone
        assert await tx.persons.get("nobody") is None


async def test_a_person_is_found_by_each_identifier(database: Database) -> None:
    someone = person()
    identifiers = [
        ("national_id", "051168000123"),
        ("phone_number", "+84905123456"),
        ("email", "hien.nguyen@thu.example.vn"),
        ("code_card", "QN-7421"),
    ]
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone, [*identifiers, *identifiers])
    async with database.read() as tx:
        for kind, value in identifiers:
            assert await tx.persons.find(kind, value) == someone.id
        # The same text of another kind is another identifier.
        assert await tx.persons.find("email", "051168000123") is None
        assert await tx.persons.find("phone_number", "\ud800\x00") is None


async def test_an_identifier_belongs_to_one_person_and_a_word_of_a_name_to_many(database: Database) -> None:
    words = [("name_word", word) for word in ("nguyen", "hien")]
    one, other = person(), person()
    async with database.unaudited_tx() as tx:
        await tx.persons.add(one, [("phone_number", "+84905123456"), *words, ("name_word", "thu")])
        await tx.persons.add(other, words)
    with pytest.raises(AlreadyExists):
        async with database.unaudited_tx() as tx:
            await tx.persons.add(person(), [("phone_number", "+84905123456")])
    async with database.read() as tx:
        found = await tx.name_index.search(["hien", "nguyen"])
        assert list(found.ids) == sorted([one.id, other.id])
        assert len(await tx.persons.page(None, 10)) == 2  # the third left nothing behind


async def test_identifiers_are_replaced_kind_by_kind(database: Database) -> None:
    someone = person()
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone, [("email", "cu@thu.example.vn"), ("phone_number", "+84905123456")])
        await tx.persons.set_identifiers(someone.id, "email", ["moi@thu.example.vn", "moi@thu.example.vn"])
        assert await tx.persons.find("email", "cu@thu.example.vn") is None
        assert await tx.persons.find("email", "moi@thu.example.vn") == someone.id
        assert await tx.persons.find("phone_number", "+84905123456") == someone.id


async def test_state_and_facts_change_with_their_time(database: Database) -> None:
    someone = person()
    facts = {"name": Fact("Đinh Văn Y", "vneid", SOON)}
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        assert await tx.persons.set_state(someone.id, PersonState.SUSPENDED, SOON)
        assert await tx.persons.set_facts(someone.id, facts, SOON)
        assert not await tx.persons.set_facts("nobody", facts, SOON)
        assert not await tx.persons.set_state("nobody", PersonState.CLOSED, SOON)
        changed = await tx.persons.get(someone.id)
    assert changed is not None
    assert (changed.state, changed.updated_at, changed.created_at) == (PersonState.SUSPENDED, SOON, NOW)
    assert changed.facts == facts


async def test_pages_go_through_all_persons_once(database: Database) -> None:
    everyone = [person() for _ in range(5)]
    async with database.unaudited_tx() as tx:
        for one in everyone:
            await tx.persons.add(one)
    seen: list[str] = []
    async with database.read() as tx:
        while page := await tx.persons.page(seen[-1] if seen else None, 2):
            seen += [one.id for one in page]
    assert seen == sorted(one.id for one in everyone)


@given(facts=st.dictionaries(st.text(min_size=1), JSON, max_size=4), years=st.integers(-1500, 5000))
async def test_every_fact_survives(database: Database, facts: dict[str, object], years: int) -> None:
    as_of = NOW + timedelta(days=365 * years, microseconds=1)
    someone = person(facts={claim: Fact(value, "counter", as_of) for claim, value in facts.items()})
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        assert await tx.persons.get(someone.id) == someone


async def test_authenticators_keep_their_secret_for_their_person(database: Database) -> None:
    someone, another = person(), person()
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        await tx.persons.add(another)
        password = await tx.authenticators.add(someone.id, "password", b"$argon2id$1", NOW, level_cap=Level.HIGH)
        totp = await tx.authenticators.add(
            someone.id, "totp", b"\x00seed", SOON, level_cap=Level.HIGH, label="điện thoại của Hiền"
        )
        assert not await tx.authenticators.replace_secret(password, another.id, b"stolen")
        assert await tx.authenticators.replace_secret(password, someone.id, b"$argon2id$2")
        await tx.authenticators.used(password, SOON)
        first, second = await tx.authenticators.of_person(someone.id)
        assert not await tx.authenticators.remove(totp, another.id)
        assert await tx.authenticators.remove(totp, someone.id)
        assert [one.id for one in await tx.authenticators.of_person(someone.id)] == [password]
    assert (first.id, first.kind, first.secret, first.last_used_at) == (password, "password", b"$argon2id$2", SOON)
    assert (second.label, second.secret, second.last_step) == ("điện thoại của Hiền", b"\x00seed", None)
    assert "argon2id" not in repr(first)


async def test_a_totp_step_is_taken_once_and_never_goes_back(database: Database) -> None:
    someone = person()
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        totp = await tx.authenticators.add(someone.id, "totp", b"seed", NOW, level_cap=Level.HIGH)

    async def take(step: int) -> bool:
        async with database.unaudited_tx() as tx:
            return await tx.authenticators.take_step(totp, step, SOON)

    assert sorted(await asyncio.gather(*(take(59_000_001) for _ in range(8)))) == [False] * 7 + [True]
    assert not await take(59_000_000)
    assert await take(59_000_002)


@given(instant=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
async def test_instants_survive_to_the_microsecond(database: Database, instant: datetime) -> None:
    someone = person(created_at=instant, level_ends_at=instant)
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        found = await tx.persons.get(someone.id)
    assert found is not None
    assert (found.created_at, found.level_ends_at) == (instant, instant)
    assert found.created_at.tzinfo is UTC
