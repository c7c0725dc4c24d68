"""Finding people by words: what a set would find, in pages that go on, whatever is frequent and whatever the bound."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.ids import new_id
from idp.storage.database import Database
from idp.storage.name_index import MOST_WORDS, Reach
from tests.storage.fixtures import NOW, person

WORDS = ["nguien", "thi", "van", "an", "\x00commune:90001"]


async def put(database: Database, names: list[frozenset[str]]) -> dict[str, frozenset[str]]:
    people = {person().id: words for words in names}
    async with database.unaudited_tx() as tx:
        for person_id, words in people.items():
            await tx.persons.add(person(id=person_id), [("name_word", word) for word in words])
    return people


async def test_only_who_bears_every_word_is_found(database: Database) -> None:
    people = await put(database, [frozenset({"nguien", "hien"}), frozenset({"nguien", "hien", "thu"})])
    both, one = sorted(people), next(who for who, words in people.items() if "thu" in words)
    async with database.read() as tx:
        assert list((await tx.name_index.search(["hien", "nguien", "hien"])).ids) == both
        assert (await tx.name_index.search(["hien", "thu"])).ids == (one,)
        for nobody in (["hien", "tran"], [], ["\ud800"]):
            assert await tx.name_index.search(nobody) == await tx.name_index.search([])
        assert (await tx.name_index.search([f"w{n}" for n in range(MOST_WORDS + 5)])).ids == ()


async def test_what_is_frequent_is_counted_now_and_then_and_the_rarest_word_drives(database: Database) -> None:
    await put(database, [frozenset({"nguien"})] * 6 + [frozenset({"nguien", "rin"})])
    async with database.unaudited_tx() as tx:
        counted = await tx.name_index.count(frequent=5, at_once=4)
        assert list(counted.values()) == [7]
        assert await tx.name_index.keep_count(counted, NOW)
        assert not await tx.name_index.keep_count({}, NOW + timedelta(hours=1))
        assert await tx.name_index.keep_count(counted, NOW + timedelta(hours=7))
        # Walking the bearers of the frequent word, a window of one would have ended at somebody else.
        found = await tx.name_index.search(["nguien", "rin"], reach=Reach(1, 1, 1))
        assert len(found.ids) == 1
        assert (await tx.name_index.search(["nguien", "rin"], reach=Reach(1, 1, 1), after=found.after)).ids == ()


@given(
    names=st.lists(st.frozensets(st.sampled_from(WORDS), min_size=1), max_size=12),
    asked=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    limit=st.integers(1, 4),
    reach=st.builds(Reach, st.integers(1, 3), st.integers(1, 5), st.integers(1, 30)),
    counted=st.booleans(),
    at_once=st.integers(1, 50),
)
async def test_pages_together_are_what_a_set_would_find(
    database: Database,
    names: list[frozenset[str]],
    asked: list[str],
    limit: int,
    reach: Reach,
    counted: bool,
    at_once: int,
) -> None:
    # Examples share a database, and no words.
    mark = new_id()
    people = await put(database, [frozenset(mark + word for word in words) for words in names])
    wanted = {mark + word for word in asked}
    found: list[str] = []
    async with database.unaudited_tx() as tx:
        if counted:
            await tx.name_index.keep_count(await tx.name_index.count(frequent=1, at_once=at_once), NOW)
        after: str | None = None
        for _ in range(1 + 2 * len(people)):
            page = await tx.name_index.search(wanted, limit, after=after, reach=reach)
            assert len(page.ids) <= limit
            found += page.ids
            after = page.after
            if after is None:
                break
    assert after is None, "a page that goes on for ever"
    assert found == sorted(who for who, words in people.items() if wanted <= words)
