"""One request straight into the application, octet for octet: what no well-behaved client library would send."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message

FORM = b"application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class RawAnswer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


async def send_raw(
    app: ASGIApp,
    method: str,
    path: str,
    query: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
    body: bytes = b"",
) -> RawAnswer:
    """As a server hands it over: the path decoded, everything else as it came."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"id.example.vn"), *headers],
        "client": ("203.0.113.7", 50000),
        "server": ("id.example.vn", 443),
    }
    sent: list[Message] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return RawAnswer(start["status"], dict(start["headers"]), content)
