"""Where people land at a service of a test: a listener that answers anything and remembers what came."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.stand.ports import free_port

_PAGE = (
    '<!doctype html><html lang="vi"><meta charset="utf-8"><title>Dịch vụ thử</title>'
    '<link rel="icon" href="data:,"><h1>Dịch vụ thử</h1>'
)
_TYPES = {"svg": "image/svg+xml", "json": "application/json"}
_LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 44 44"><rect width="44" height="44" rx="8" fill="#11643a"/>'
    '<path d="M12 32V12h20v20z" fill="none" stroke="#fff" stroke-width="3"/></svg>'
)


@dataclass(frozen=True)
class Arrival:
    """One request that reached the service."""

    method: str
    path: str
    values: dict[str, str]
    headers: dict[str, str]


@dataclass
class Landing:
    """A service's host, from another site than the provider's."""

    port: int
    arrivals: list[Arrival] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    _came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def callback(self) -> str:
        return f"{self.origin}/callback"

    def note(self, arrival: Arrival) -> None:
        with self._came:
            self.arrivals.append(arrival)
            self._came.notify_all()

    def wait_for(self, path: str, count: int = 1, seconds: float = 20) -> list[Arrival]:
        """What came to this path, as soon as there are so many."""

        def found() -> list[Arrival]:
            return [arrival for arrival in self.arrivals if arrival.path == path]

        with self._came:
            assert self._came.wait_for(lambda: len(found()) >= count, seconds), f"{path}: {len(found())} came"
            return found()


@contextmanager
def listening_service() -> Iterator[Landing]:
    """On 127.0.0.1, until the block ends."""
    landing = Landing(free_port())

    class _Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer("GET", parts.path, parts.query)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            self._answer("POST", urlsplit(self.path).path, body.decode("utf-8"))

        def _answer(self, method: str, path: str, encoded: str) -> None:
            values = dict(parse_qsl(encoded, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            landing.note(Arrival(method, path, values, headers))
            content = (_LOGO if path.endswith(".svg") else landing.pages.get(path, _PAGE)).encode()
            self.send_response(200)
            self.send_header("content-type", _TYPES.get(path.rpartition(".")[2], "text/html; charset=utf-8"))
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", landing.port), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield landing
        finally:
            server.shutdown()
            thread.join()
