"""A service's back channel: a little HTTP server in the test's own loop that remembers which logout tokens arrived."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.durability.ledger import read_payload

_ANSWERS = {200: b"OK", 503: b"Service Unavailable"}


@dataclass
class Listener:
    """`answer` decides the status of each delivery, by how many came before; `open` lets answers go out."""

    answer: Callable[[int], int] = lambda _: 200
    # jti of each delivery in the order of arrival, and which session each is about.
    arrived: list[str] = field(default_factory=list)
    session_of: dict[str, str] = field(default_factory=dict)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    in_flight: int = 0
    most_in_flight: int = 0

    def jti_by_session(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for jti, sid in self.session_of.items():
            found.setdefault(sid, set()).add(jti)
        return found

    def times(self) -> Counter[str]:
        return Counter(self.arrived)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            status = await self._deliver(await reader.readexactly(length))
            head = b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            writer.write(head % (status, _ANSWERS[status]))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the node that was sending has died
        finally:
            writer.close()

    async def _deliver(self, body: bytes) -> int:
        said = read_payload(parse_qs(body.decode())["logout_token"][0])
        status = self.answer(len(self.arrived))
        self.arrived.append(said["jti"])
        self.session_of[said["jti"]] = said["sid"]
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.open.wait()
        finally:
            self.in_flight -= 1
        return status


@asynccontextmanager
async def listening_on(port: int, listener: Listener) -> AsyncIterator[Listener]:
    """It answers at once unless `listener.open` was cleared."""
    listener.open.set()
    server = await asyncio.start_server(listener._converse, "127.0.0.1", port)
    try:
        yield listener
    finally:
        server.close()
