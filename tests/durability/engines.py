"""PostgreSQL that forces every commit to disk, and Redis that forgets: killed and started again on the same ports."""

import contextlib
import os
import random
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from tests.durability.processes import Mortal, command_line, descendants
from tests.stand.ports import free_port
from tests.stand.postgres import Postgres, accepts, programs
from tests.stand.process import as_unprivileged, listening, private_folder

_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class DurablePostgres:
    """One server, and the databases on it."""

    process: Mortal
    databases: Postgres

    def kill_a_backend(self, chance: random.Random) -> bool:
        """One connection's process: the server then ends all of them and recovers from its log."""
        backends = [pid for pid in descendants(self.process.pid) if "127.0.0.1(" in command_line(pid)]
        if backends:
            os.kill(chance.choice(sorted(backends)), signal.SIGKILL)
        return bool(backends)


@dataclass(frozen=True)
class ForgetfulRedis:
    """Without persistence: killed, it has forgotten everything."""

    process: Mortal
    url: str


@contextlib.contextmanager
def durable_postgres() -> Iterator[DurablePostgres]:
    binaries, port = programs(), free_port()
    with private_folder("durable-postgres") as folder:
        data = folder / "data"
        initdb = [f"{binaries}/initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust"]
        locale = ["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(as_unprivileged([*initdb, *locale]), check=True, capture_output=True, cwd=folder)
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command = as_unprivileged(
            [f"{binaries}/postgres", "-D", str(data), "-p", str(port), *settings], death_signal="QUIT"
        )
        process = Mortal(command, ready=accepts(binaries, port), log=folder / "log", stop_signal=signal.SIGQUIT)
        process.start()
        try:
            process.wait()
            yield DurablePostgres(process, Postgres(port, binaries))
        finally:
            process.end()


@contextlib.contextmanager
def forgetful_redis() -> Iterator[ForgetfulRedis]:
    port = free_port()
    with private_folder("forgetful-redis") as folder:
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port)]
        storage = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        process = Mortal(as_unprivileged([*command, *storage]), ready=listening(port), log=folder / "log")
        process.start()
        try:
            process.wait()
            yield ForgetfulRedis(process, f"redis://127.0.0.1:{port}/0")
        finally:
            process.end()
