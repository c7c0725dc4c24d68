"""Sessions in this process's memory: for one process, and gone when it stops. The first choice for development."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from weakref import WeakValueDictionary

from cua_chung.logout_token import LogoutNotice
from cua_chung.session import Flight, Session, digest

# How long a logout is remembered that comes before its sign-in is complete.
LOGOUT_MEMORY = 3600


class MemoryStore:
    """Bounded: beyond `capacity` the oldest flight or session makes room, so that strangers cannot fill the memory."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._flights: OrderedDict[str, Flight] = OrderedDict()
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._jti: dict[str, float] = {}
        self._signed_out: dict[str, float] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def put_flight(self, state: str, flight: Flight, now: float) -> None:
        # The oldest come first, so those that have lapsed stand together in front.
        while self._flights and next(iter(self._flights.values())).expires_at <= now:
            self._flights.popitem(last=False)
        self._flights[digest(state)] = flight
        while len(self._flights) > self._capacity:
            self._flights.popitem(last=False)

    async def take_flight(self, state: str, now: float) -> Flight | None:
        flight = self._flights.pop(digest(state), None)
        return flight if flight is not None and flight.expires_at > now else None

    async def open(self, session_id: str, session: Session, now: float) -> bool:
        if session.sid is not None and self._signed_out.get(_name(session.issuer, session.sid), 0) > now:
            return False
        self._sessions[digest(session_id)] = session
        while len(self._sessions) > self._capacity:
            self._sessions.popitem(last=False)
        return True

    async def find(self, session_id: str, now: float) -> Session | None:
        session = self._sessions.get(digest(session_id))
        if session is not None and session.expires_at <= now:
            del self._sessions[digest(session_id)]
            return None
        return session

    async def replace(self, session_id: str, session: Session) -> bool:
        key = digest(session_id)
        if key not in self._sessions:
            return False
        self._sessions[key] = session
        return True

    async def end(self, session_id: str) -> None:
        self._sessions.pop(digest(session_id), None)

    async def accept_logout(self, notice: LogoutNotice, now: float) -> int | None:
        self._jti = {jti: until for jti, until in self._jti.items() if until > now}
        self._signed_out = {sid: until for sid, until in self._signed_out.items() if until > now}
        if notice.jti in self._jti:
            return None
        self._jti[notice.jti] = notice.expires_at + 120
        if notice.sid is not None:
            self._signed_out[_name(notice.issuer, notice.sid)] = now + LOGOUT_MEMORY
        ended = [key for key, session in self._sessions.items() if _is_meant(session, notice)]
        for key in ended:
            del self._sessions[key]
        return len(ended)

    def refreshing(self, session_id: str) -> AbstractAsyncContextManager[None]:
        return self._hold(digest(session_id))

    @asynccontextmanager
    async def _hold(self, key: str) -> AsyncIterator[None]:
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            yield


def _name(issuer: str, sid: str) -> str:
    return f"{issuer} {sid}"


def _is_meant(session: Session, notice: LogoutNotice) -> bool:
    if session.issuer != notice.issuer:
        return False
    if notice.sid is not None:
        return session.sid == notice.sid and notice.sub in (None, session.sub)
    return session.sub == notice.sub
