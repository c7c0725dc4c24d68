"""A private PostgreSQL: one server per test worker, one fresh database per test; it knows none of our tables."""

import contextlib
import itertools
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.stand.ports import free_port
from tests.stand.process import as_unprivileged, listening, private_folder, running

# Speed is what counts here: whoever kills a PostgreSQL has one of their own that forces every commit to disk.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}


class Postgres:
    """Databases on a running private server."""

    def __init__(self, port: int, programs: Path) -> None:
        self._port = port
        self._psql = programs / "psql"
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def create(self, template: str = "template0") -> str:
        """URL of a fresh database, a copy of `template`."""
        name = f"t{next(self._numbers)}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self._sql(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def template(self, name: str, prepare: Callable[[str], object]) -> str:
        """Name of a database that `prepare(url)` filled, once per worker; `create(name)` copies it in milliseconds."""
        if name not in self._templates:
            url = self.create()
            prepare(url)
            self._templates[name] = url.rsplit("/", 1)[1]
        return self._templates[name]

    def _sql(self, statement: str) -> None:
        command = [str(self._psql), "-qX", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url("postgres")]
        subprocess.run(command, check=True, capture_output=True)


@contextlib.contextmanager
def private_postgres(changes: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """A server on a free port, its data in a temporary folder; gone afterwards. `changes` are settings of its own."""
    binaries = programs()
    port = free_port()
    with private_folder("postgres") as folder:
        data = folder / "data"
        initdb = [f"{binaries}/initdb", f"--pgdata={data}", "--no-sync", "--username=postgres", "--auth=trust"]
        locale = ["--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(as_unprivileged([*initdb, *locale]), check=True, capture_output=True, cwd=folder)
        wanted = {**_SETTINGS, **(changes or {})}
        settings = [word for name, value in wanted.items() for word in ("-c", f"{name}={value}")]
        server = [f"{binaries}/postgres", "-D", str(data), "-p", str(port), *settings]
        # QUIT: an immediate shutdown; the data is thrown away in any case.
        command = as_unprivileged(server, death_signal="QUIT")
        with running(command, ready=accepts(binaries, port), log=folder / "log", stop_signal=signal.SIGQUIT):
            yield Postgres(port, binaries)


def programs() -> Path:
    """Where the newest installed version keeps its programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        message = "PostgreSQL is not installed; `make test` installs it"
        raise RuntimeError(message)
    return found[-1].parent


def accepts(binaries: Path, port: int) -> Callable[[], bool]:
    """Whether a server there takes connections: one that recovers does not yet."""
    tcp = listening(port)
    command = [f"{binaries}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    return lambda: tcp() and subprocess.run(command, check=False).returncode == 0
