"""A raw HTTP/1.1 client on one kept connection: sends prebuilt bytes, reads one answer; it follows nothing."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> list[bytes]:
        """Every value of a header; `name` in lower case, as our server writes it."""
        lines = self.head.split(b"\r\n")[1:]
        return [line[len(name) + 2 :] for line in lines if line.startswith(name + b": ")]


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._waiting: asyncio.Future[Answer] | None = None

    @classmethod
    async def open(cls, port: int) -> "Connection":
        _, protocol = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("the server hung up"))

    async def ask(self, request: bytes) -> Answer:
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end]
        length = _content_length(head)
        if len(self._received) < end + 4 + length:
            return
        body, self._received = self._received[end + 4 :], b""
        assert len(body) == length, "an answer that nobody asked for"
        assert self._waiting is not None
        self._waiting.set_result(Answer(int(head[9:12]), head, body))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _content_length(head: bytes) -> int:
    start = head.find(b"content-length: ")
    return int(head[start + 16 :].split(b"\r\n", 1)[0]) if start >= 0 else 0


def request(method: str, path: str, *, body: str | None = None, headers: dict[str, str] | None = None) -> bytes:
    """The bytes of a request, as a service's HTTP library sends them."""
    told = {"host": "127.0.0.1", "accept": "*/*", "accept-encoding": "gzip, deflate", "user-agent": "service/1.0"}
    content = b"" if body is None else body.encode()
    if body is not None:
        told |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(content))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**told, **(headers or {})}.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content
