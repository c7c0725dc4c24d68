"""What every SessionStore does, run over each of them."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cua_chung import AccessToken, MemoryStore, Session, SessionStore, SqliteStore
from cua_chung.logout_token import LogoutNotice
from cua_chung.session import Flight

NOW = 1_790_000_000.0
ISSUER = "http://localhost:8000"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SessionStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    with closing(SqliteStore(tmp_path / "sessions.db")) as sqlite:
        yield sqlite


def _session(sub: str = "s-rin", sid: str | None = "sid-1", expires_at: float = NOW + 60) -> Session:
    return Session(
        issuer=ISSUER,
        sub=sub,
        sid=sid,
        acr=f"{ISSUER}/loa/low",
        amr=("pwd",),
        auth_time=NOW,
        claims={"name": "Đinh Văn Rin", "address": {"region": "Quảng Ngãi"}},
        id_token="id.token",
        access_tokens=(AccessToken("access", NOW + 60), AccessToken("for-api", NOW + 60, "https://api.example")),
        refresh_token="refresh",
        expires_at=expires_at,
    )


def _flight(expires_at: float = NOW + 60) -> Flight:
    return Flight("browser", "nonce", "verifier", "/a", "high", 60, None, "s-rin", expires_at)


def _notice(sid: str | None, sub: str | None = None, jti: str = "j1") -> LogoutNotice:
    return LogoutNotice(ISSUER, sid, sub, jti, NOW + 120)


async def test_what_was_put_in_comes_out(store: SessionStore) -> None:
    await store.open("one", _session(), NOW)
    assert await store.find("one", NOW) == _session()
    assert await store.find("another", NOW) is None


async def test_a_session_ends_with_its_time(store: SessionStore) -> None:
    await store.open("one", _session(), NOW)
    assert await store.find("one", NOW + 60) is None


async def test_a_flight_lands_once_and_in_time(store: SessionStore) -> None:
    await store.put_flight("state", _flight(), NOW)
    await store.put_flight("late", _flight(), NOW)
    assert await store.take_flight("state", NOW) == _flight()
    assert await store.take_flight("state", NOW) is None
    assert await store.take_flight("late", NOW + 60) is None


async def test_replacing_changes_a_session_and_never_revives_one(store: SessionStore) -> None:
    await store.open("one", _session(), NOW)
    assert await store.replace("one", _session(expires_at=NOW + 99))
    found = await store.find("one", NOW + 90)
    assert found is not None
    await store.end("one")
    assert not await store.replace("one", _session())
    assert await store.find("one", NOW) is None


async def test_a_logout_ends_what_it_names_and_nothing_else(store: SessionStore) -> None:
    await store.open("one", _session(), NOW)
    await store.open("two", _session(sid="sid-2"), NOW)
    await store.open("three", _session(sub="s-dat", sid="sid-3"), NOW)
    assert await store.accept_logout(_notice("sid-1", "s-rin"), NOW) == 1
    assert await store.find("one", NOW) is None
    assert await store.find("two", NOW) is not None
    assert await store.accept_logout(_notice("sid-3", "s-rin", "j2"), NOW) == 0
    assert await store.accept_logout(_notice(None, "s-rin", "j3"), NOW) == 1
    assert await store.find("three", NOW) is not None


async def test_another_issuers_logout_ends_nothing(store: SessionStore) -> None:
    await store.open("one", _session(), NOW)
    notice = LogoutNotice("https://elsewhere.example", "sid-1", "s-rin", "j1", NOW + 120)
    assert await store.accept_logout(notice, NOW) == 0
    assert await store.find("one", NOW) is not None


async def test_a_notice_counts_once_and_outlives_the_sign_in_that_it_overtook(store: SessionStore) -> None:
    assert await store.accept_logout(_notice("sid-1"), NOW) == 0
    assert await store.accept_logout(_notice("sid-1"), NOW) is None
    assert not await store.open("one", _session(), NOW)
    assert await store.find("one", NOW) is None


async def test_one_refresh_at_a_time_for_one_session(store: SessionStore) -> None:
    inside: list[str] = []

    async def refresh(session_id: str) -> None:
        async with store.refreshing(session_id):
            assert session_id not in inside
            inside.append(session_id)
            await asyncio.sleep(0)
            inside.remove(session_id)

    await asyncio.gather(*(refresh(name) for name in ("one", "one", "two", "one", "two")))


async def test_the_memory_is_bounded() -> None:
    store = MemoryStore(capacity=2)
    for number in range(5):
        await store.put_flight(str(number), _flight(), NOW)
        await store.open(str(number), _session(), NOW)
    assert [await store.take_flight(str(number), NOW) is not None for number in range(5)] == [False] * 3 + [True] * 2
    assert [await store.find(str(number), NOW) is not None for number in range(5)] == [False] * 3 + [True] * 2


async def test_sessions_survive_a_restart_and_the_file_alone_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    with closing(SqliteStore(path)) as before:
        await before.open("the-cookie", _session(), NOW)
        await before.put_flight("the-state", _flight(), NOW)
    assert path.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(path)) as file:
        dump = "\n".join(file.iterdump()).encode() + path.read_bytes()
    for secret in ("the-cookie", "the-state", "refresh", "for-api", "s-rin", "Đinh Văn Rin", "sid-1", "verifier"):
        assert secret.encode() not in dump.replace(b"refreshing", b"")
    with closing(SqliteStore(path)) as after:
        assert await after.find("the-cookie", NOW) == _session()


async def test_a_refresh_whose_process_died_is_taken_over(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "a.db")) as store:
        store._lease("dead", time.time() - 1)
        assert store._lease("dead", time.time() + 30)
        assert not store._lease("dead", time.time() + 30)
