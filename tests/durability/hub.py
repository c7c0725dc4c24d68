"""A furnished hub and its nodes: real `idp serve` processes that share one database, one key folder and one issuer."""

import asyncio
import contextlib
import http.client
import os
import secrets
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from idp.composition import hall_of
from idp.crypto.key_folder import KeyFolder
from idp.flows import clients_manifest, manage_clients, people, person_document
from idp.flows.client_document import read
from idp.flows.hall import Hall
from idp.kernel.clock import system_clock
from idp.kernel.secret import Secret
from idp.settings import Settings, load
from idp.storage.migrate import upgrade
from tests.durability.processes import Mortal
from tests.stand.ports import free_port
from tests.stand.process import private_folder

ROOT = Path(__file__).parents[2]
_MANIFESTS = ROOT / "sandbox" / "manifests"
BASIC, PKCE, LOGOUT, PAR = "harness-basic", "harness-pkce", "harness-logout", "harness-par"


@dataclass(frozen=True, slots=True)
class Account:
    """A fictional person who signs in."""

    name: str
    login: str
    password: str = field(repr=False)
    more: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        mine = {"name": self.name, "national_id": self.login, "password": self.password, "level": "substantial"}
        return {**mine, **self.more}


ACCOUNTS = tuple(
    Account(name, f"0511{year:02}99{number:04}", f"{name} đi chợ phiên {number}")
    for name, year, number in (
        ("Lê Thị Mận", 61, 2001),
        ("Đỗ Thuỵ Ân", 72, 2002),
        ("Nguyễn Phước Thọ", 58, 2003),
        ("Hồ Văn Rê", 83, 2004),
        ("Y Blưr", 90, 2005),
        ("Trịnh Ngọc Khuê", 95, 2006),
        ("Bùi Quốc Lượng", 66, 2007),
        ("Phan Thị Ngạn", 79, 2008),
    )
)


@dataclass(frozen=True, slots=True)
class Service:
    """A registered service, by what it sends."""

    client_id: str
    secret: str = field(repr=False)
    origin: str

    @property
    def redirect_uri(self) -> str:
        return f"{self.origin}/callback"

    @property
    def signed_out_uri(self) -> str:
        return f"{self.origin}/signed-out"


class Hub:
    """Keys, schema, people and services; nodes are started by whoever needs them."""

    def __init__(self, folder: Path, environment: Mapping[str, str], services: Mapping[str, Service]) -> None:
        self.folder = folder
        self.environment = environment
        self.services = services
        self.issuer = environment["ISSUER"]
        self.port = int(environment["PORT"])

    @property
    def database_url(self) -> str:
        return self.environment["DATABASE_URL"]

    def node(self, port: int | None = None, **more: str) -> Mortal:
        """`idp serve`, not started yet."""
        place = port or self.port
        environment = {**self.environment, "PORT": str(place), **more}
        command = [sys.executable, "-m", "idp", "serve"]
        return Mortal(command, ready=is_ready(place), log=self.folder / f"node-{place}.log", env=environment)

    @contextlib.asynccontextmanager
    async def serving(self, *ports: int, **more: str) -> AsyncIterator[list[Mortal]]:
        """Nodes that answer, one for each port; gone afterwards."""
        nodes = [self.node(port, **more) for port in ports or (self.port,)]
        try:
            for node in nodes:
                node.start()
            for node in nodes:
                await node.up()
            yield nodes
        finally:
            for node in nodes:
                node.end()

    def command(self, *arguments: str) -> "subprocess.Popen[str]":
        """The command line, begun: `finished` waits for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "idp", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    async def idp(self, *arguments: str) -> str:
        """The command line's output, while nodes go on."""
        return await finished(self.command(*arguments))


async def finished(command: "subprocess.Popen[str]") -> str:
    said, failed = await asyncio.to_thread(command.communicate)
    assert command.returncode == 0, f"{command.args!r}: {failed}"
    return said


@contextlib.contextmanager
def furnished(
    database_url: str | None = None,
    *,
    accounts: Sequence[Account] = ACCOUNTS,
    listener_port: int = 0,
    **more: str,
) -> Iterator[Hub]:
    """On SQLite where no database is named. `listener_port`: where the service with a back channel listens."""
    port = free_port()
    with private_folder("hub") as folder:
        environment = {
            "IDP_PROFILE": "sandbox",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "ISSUER": f"http://localhost:{port}",
            "DATABASE_URL": database_url or f"sqlite:///{folder}/idp.db",
            "KEYS_DIR": f"{folder}/keys",
            # Long enough for everything to be killed and started again on a busy machine.
            "IDP_CODE_LIFETIME": "10m",
            "IDP_ACCESS_TOKEN_LIFETIME": "15m",
            **more,
        }
        settings = load(environment)
        KeyFolder.create(settings.keys_dir)
        upgrade(settings.database_url)
        services = asyncio.run(_fill(settings, accounts, listener_port))
        yield Hub(folder, environment, services)


async def _fill(settings: Settings, accounts: Sequence[Account], listener_port: int) -> dict[str, Service]:
    async with hall_of(settings, system_clock) as hall:
        for account in accounts:
            now = system_clock()
            new = person_document.read(account.document(), now.date())
            await people.add(hall, new, actor="test", now=now)
        return await _register(hall, listener_port)


async def _register(hall: Hall, listener_port: int) -> dict[str, Service]:
    described, given, services = [], dict[str, Secret](), dict[str, Service]()
    for client_id in (BASIC, PKCE, LOGOUT, PAR):
        document = tomllib.loads((_MANIFESTS / f"{client_id}.toml").read_text("utf-8"))
        moved = f"http://127.0.0.1:{listener_port}" if client_id == LOGOUT and listener_port else None
        described.append(read(document, hall.policies.protocol, system_clock(), source="manifest", place=moved))
        secret = secrets.token_urlsafe(32)
        given[client_id] = Secret(secret)
        services[client_id] = Service(client_id, secret, moved or document["origin"])
    planned = await clients_manifest.plan(hall, described, given)
    await clients_manifest.apply(hall, planned, actor="test", now=system_clock())
    return services


async def initial_access_token(hub: Hub) -> str:
    """For dynamic registration at this hub."""
    async with hall_of(load(hub.environment), system_clock) as hall:
        token = await manage_clients.issue_initial_access_token(
            hall, "test", [], timedelta(days=1), None, actor="test", now=system_clock()
        )
    return token.reveal()


def is_ready(port: int) -> Callable[[], bool]:
    return lambda: readiness(port) == 200


def readiness(port: int) -> int:
    """What /readyz answers; 0 where nobody does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    except OSError:
        return 0
    except http.client.HTTPException:
        return 0
    finally:
        connection.close()
