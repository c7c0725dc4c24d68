"""Sessions, client sessions, pseudonyms, grants: what signs a person in everywhere, and what ends it."""

import asyncio
from datetime import timedelta

import pytest

from idp.authn.sso_session import Proof
from idp.storage.client_sessions import ClientSession
from idp.storage.database import Database
from idp.storage.errors import AlreadyExists
from idp.storage.sessions import proofs_of, stored_proofs
from tests.storage.fixtures import AGENCY, AGENT, CEILING, NOW, SOON, client, digest, issued, person, session, sign_in


async def test_a_session_is_found_by_its_cookie(database: Database) -> None:
    someone = person()
    begun, cookie = session(someone.id), digest()
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        await tx.sessions.add(begun, cookie, AGENT, CEILING)
        assert await tx.sessions.by_cookie(cookie) == begun
        assert await tx.sessions.get(begun.id) == begun
        assert await tx.sessions.ends_at(begun.id) == CEILING
        assert await tx.sessions.by_cookie(digest()) is None
    with pytest.raises(AlreadyExists):
        async with database.unaudited_tx() as tx:
            await tx.sessions.add(session(someone.id), cookie, AGENT, CEILING)


async def test_a_change_of_privilege_changes_the_cookie_once(database: Database) -> None:
    someone = person()
    begun, old, first, second = session(someone.id), digest(), digest(), digest()
    proofs = (*begun.proofs, Proof("totp", SOON, "a2"))
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        await tx.sessions.add(begun, old, AGENT, CEILING)
        assert await tx.sessions.rotate(begun.id, old, first, proofs, SOON + timedelta(hours=1), SOON)
        assert not await tx.sessions.rotate(begun.id, old, second, proofs, CEILING, SOON)
        assert await tx.sessions.by_cookie(old) is None
        raised = await tx.sessions.by_cookie(first)
        assert raised is not None
        assert (raised.proofs, raised.last_seen_at) == (proofs, SOON)
        assert await tx.sessions.ends_at(begun.id) == SOON + timedelta(hours=1)
        assert await tx.sessions.end(begun.id, SOON)
        assert not await tx.sessions.rotate(begun.id, first, second, proofs, CEILING, SOON)


async def test_an_ended_session_stays_ended(database: Database) -> None:
    someone = person()
    begun, cookie = session(someone.id), digest()
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        await tx.sessions.add(begun, cookie, AGENT, CEILING)
        kept = begun.proofs[:1]
        await tx.sessions.touch(begun.id, digest(), (), SOON)
        assert await tx.sessions.by_cookie(cookie) == begun
        await tx.sessions.touch(begun.id, cookie, kept, SOON)
        await tx.sessions.touch(begun.id, cookie, (), NOW)
        assert await tx.sessions.end(begun.id, SOON)
        assert not await tx.sessions.end(begun.id, CEILING)
        await tx.sessions.touch(begun.id, cookie, (), CEILING)
        ended = await tx.sessions.by_cookie(cookie)
    assert ended is not None
    assert (ended.last_seen_at, ended.ended_at, ended.proofs) == (SOON, SOON, kept)


async def test_a_person_sees_and_ends_their_living_sessions(database: Database) -> None:
    someone, another = person(), person()
    mine = [session(someone.id, begun_at=NOW + timedelta(seconds=n)) for n in range(4)]
    theirs = session(another.id)
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        await tx.persons.add(another)
        for one in mine[:3]:
            await tx.sessions.add(one, digest(), AGENT, CEILING)
        await tx.sessions.add(mine[3], digest(), AGENT, NOW)
        await tx.sessions.add(theirs, digest(), AGENT, CEILING)
        await tx.sessions.end(mine[0].id, NOW)
        assert await tx.sessions.of_person(someone.id, SOON) == [(mine[2], AGENT), (mine[1], AGENT)]
        ended = await tx.sessions.end_all(someone.id, SOON, keep=mine[1].id)
        assert set(ended) == {mine[2].id, mine[3].id}
        assert await tx.sessions.of_person(someone.id, SOON) == [(mine[1], AGENT)]
        assert await tx.sessions.end_all(someone.id, SOON) == [mine[1].id]
        assert await tx.sessions.of_person(another.id, SOON) == [(theirs, AGENT)]


def test_proofs_have_one_stored_form() -> None:
    proofs = (Proof("password", NOW, "a1"), Proof("totp", SOON, "a2"))
    assert proofs_of(stored_proofs(proofs)) == proofs


async def test_sid_is_per_session_and_client(database: Database) -> None:
    signed_in = await sign_in(database)
    session_id = signed_in.session.id
    async with database.unaudited_tx() as tx:
        await tx.clients.put(client("spa"))
        again = await tx.client_sessions.ensure(session_id, "one_stop_shop", signed_in.sub, SOON)
        other = await tx.client_sessions.ensure(session_id, "spa", signed_in.sub, SOON)
        assert again == signed_in.sid
        assert other != signed_in.sid
        expected = ClientSession(session_id, "spa", other, signed_in.sub)
        assert await tx.client_sessions.by_sid("spa", other) == expected
        assert await tx.client_sessions.by_sid("one_stop_shop", other) is None
        assert [one.client_id for one in await tx.client_sessions.of_session(session_id)] == ["one_stop_shop", "spa"]
        assert await tx.client_sessions.of_session("nothing") == []


async def test_sub_is_random_per_person_and_sector_and_the_same_for_all_who_ask_at_once(database: Database) -> None:
    someone = person()
    async with database.unaudited_tx() as tx:
        await tx.persons.add(someone)
        await tx.agencies.put(AGENCY)
        assert await tx.agencies.claim_sector("tax", AGENCY.id)
        assert await tx.agencies.claim_sector("health", AGENCY.id)

    async def ensure(sector: str) -> str:
        async with database.unaudited_tx() as tx:
            return await tx.pseudonyms.ensure(someone.id, sector, NOW)

    subs = set(await asyncio.gather(*(ensure("tax") for _ in range(8))))
    assert len(subs) == 1
    other = await ensure("health")
    assert other not in subs
    async with database.read() as tx:
        assert await tx.pseudonyms.person_of(other, "health") == someone.id
        assert await tx.pseudonyms.person_of(other, "tax") is None
        assert await tx.pseudonyms.person_of("\x00", "tax") is None
        assert await tx.pseudonyms.find(someone.id, "tax") in subs
        assert await tx.pseudonyms.find(someone.id, "schools") is None


async def test_sign_out_ends_what_has_no_offline_access_and_withdrawal_ends_all(database: Database) -> None:
    signed_in = await sign_in(database)
    plain, offline = signed_in.grant(), signed_in.grant(offline=True, created_at=SOON)
    for grant in (plain, offline):
        await issued(database, signed_in, grant)
    async with database.unaudited_tx() as tx:
        assert await tx.grants.of_person(signed_in.person.id) == [offline, plain]
        assert await tx.grants.revoke_session(signed_in.session.id, SOON) == 1
        assert await tx.grants.of_person(signed_in.person.id) == [offline]
        assert await tx.grants.revoke_all(signed_in.person.id, "spa", SOON) == 0
        assert await tx.grants.revoke_all(signed_in.person.id, "one_stop_shop", SOON) == 1
        assert not await tx.grants.revoke(offline.id, SOON)
        revoked = await tx.grants.get(plain.id)
    assert revoked is not None
    assert revoked.revoked_at == SOON
