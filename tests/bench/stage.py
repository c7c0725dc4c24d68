"""The processes of a run: durable PostgreSQL, Redis, the real server and the bare one, each on its core."""

import contextlib
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from idp.crypto.key_folder import KeyFolder
from idp.storage import migrate
from tests.bench import cpu
from tests.stand.ports import free_port
from tests.stand.postgres import private_postgres
from tests.stand.process import private_folder, running
from tests.stand.redis import private_redis

ROOT = Path(__file__).parents[2]

# As in production: nothing that was confirmed may be lost. The rest is Debian's default.
_DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "128MB",
}


@dataclass(frozen=True, slots=True)
class Start:
    """Until ready: seconds that passed, and seconds of CPU among them."""

    seconds: float
    cpu: float


@dataclass(slots=True)
class Stage:
    """Where everything stands. The server is started and stopped by whoever measures."""

    folder: Path
    environment: dict[str, str]
    databases: dict[str, cpu.Family] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.environment["PORT"])

    @contextlib.contextmanager
    def server(self, *program: str, first: bool = False) -> Iterator[subprocess.Popen[bytes]]:
        """`idp serve` as it is, or a `program` around it; ready when /readyz says so."""
        before_all = ["chrt", "--rr", "1"] if first and os.geteuid() == 0 else []
        command = on_server_core([*before_all, sys.executable, "-P", *(program or ("-m", "idp", "serve"))])
        log = self.folder / "server.log"
        with running(command, ready=_ready(self.port), log=log, env=self.environment, seconds=60) as process:
            yield process

    def cold_start(self) -> Start:
        """From the start of the process to the first 200 of /readyz."""
        begun = time.perf_counter()
        with self.server(first=True) as process:
            return Start(time.perf_counter() - begun, cpu.used(process.pid))

    @contextlib.contextmanager
    def bare_server(self) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
        port = free_port()
        command = on_server_core([sys.executable, "-P", "-m", "tests.bench.bare", str(port)])
        with running(command, ready=_answers(port, "/bare"), log=self.folder / "bare.log", env=_environment()) as one:
            yield one, port


@contextlib.contextmanager
def set_up() -> Iterator[Stage]:
    """Private instances on free ports, gone afterwards. What is started from here stays off the server's core."""
    os.sched_setaffinity(0, {cpu.LOAD_CORE})
    with private_postgres(_DURABLE) as postgres, private_redis() as redis, private_folder("bench") as folder:
        port = free_port()
        environment = {
            **_environment(),
            "PORT": str(port),
            "ISSUER": f"http://127.0.0.1:{port}",
            "DATABASE_URL": postgres.create(),
            "REDIS_URL": redis.url,
            "KEYS_DIR": str(folder / "keys"),
            # Plain HTTP on loopback is the sandbox's; all else is as in production.
            "IDP_PROFILE": "sandbox",
            # Tokens that are looked at again and again must outlive a run on a busy machine.
            "IDP_ACCESS_TOKEN_LIFETIME": "1h",
        }
        KeyFolder.create(folder / "keys")
        migrate.upgrade(environment["DATABASE_URL"])
        yield Stage(folder, environment, {"postgres": cpu.Family("postgres"), "redis": cpu.Family("redis-server")})


def on_server_core(command: list[str]) -> list[str]:
    return ["setpriv", "--pdeathsig=KILL", "taskset", "--cpu-list", str(cpu.SERVER_CORE), *command]


def _environment() -> dict[str, str]:
    """As in the image (Dockerfile): code is compiled beforehand, and argon2's memory goes back after each hash."""
    return {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'clients/sdk/src'}",
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(ROOT / "var" / "bench" / "pycache"),
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1048576",
    }


def _ready(port: int) -> Callable[[], bool]:
    return _answers(port, "/readyz")


def _answers(port: int, path: str) -> Callable[[], bool]:
    def answers() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    return answers
